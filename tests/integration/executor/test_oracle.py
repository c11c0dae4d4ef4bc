"""The oracle contract of a local network, as the guard reads it."""

import asyncio
from collections.abc import Callable

import pytest
from support.arbitrage import PASSPHRASE
from support.contract_routes import deployed, find_route
from support.localnet import Localnet

from arb.contracts.interfaces import InterfaceCache
from arb.contracts.rpc import RpcClient
from arb.contracts.venues.sep40 import PriceOracle
from arb.executor.adapters.oracle import ContractOracle
from arb.executor.app.oracle_watch import OracleWatch
from arb.executor.domain.oracle_guard import object_to
from arb.executor.ports import NetworkDownError
from arb.markets.universe import default_universe
from arb.messages.events.opportunity import OpportunityFound


async def test_prices_of_the_whole_universe_guard_plans_and_age(localnet: Callable[..., Localnet]) -> None:
    # Given a market whose books feed the oracle
    network = localnet(traffic="on", traffic_rate=1, ledger_seconds=0.25)
    assets = default_universe("LOCAL")
    rpc = RpcClient([network.rpc_url])
    contracts, interfaces, clock = deployed(network), InterfaceCache(), [0]
    try:
        oracle = ContractOracle(PriceOracle(rpc, contracts["oracle"], interfaces), assets, PASSPHRASE, lambda: clock[0])
        watch = OracleWatch(oracle)
        async with asyncio.timeout(60):
            while {price.asset for price in await oracle.prices()} != set(map(str, assets)):
                clock[0] = (await rpc.get_latest_ledger()).close_time or 0
        await watch.refresh(oracle)
        # When a route is found, then its exchanges are near those prices
        found = await _route(network)
        known = watch.prices_for(found.plan)
        said = object_to(found.plan, known, close_time=clock[0], max_deviation_bps=1_000, max_age=900)
        assert known
        assert said is None
        # And far from prices that are off by half
        bent = [price.model_copy(update={"price": price.price * 2}) for price in known if price.asset != "native"]
        native = [price for price in known if price.asset == "native"]
        assert object_to(found.plan, bent + native, close_time=clock[0], max_deviation_bps=1_000, max_age=900)
        # When the network goes on without new prices, then none is given but that of what prices are counted in
        clock[0] += 100_000
        (base,) = await oracle.prices()
        assert base.price == 10**base.decimals
        # And what is no oracle leaves the last prices where they are
        wrong = ContractOracle(
            PriceOracle(rpc, contracts["detector"], interfaces), assets, PASSPHRASE, lambda: clock[0]
        )
        with pytest.raises(NetworkDownError, match="is not a SEP-40 oracle"):
            await wrong.prices()
        await watch.refresh(wrong)
        assert watch.prices_for(found.plan) == known
    finally:
        await rpc.close()


async def _route(network: Localnet) -> OpportunityFound:
    """A route, once the traffic has made one."""
    for _ in range(40):
        try:
            return await find_route(network)
        except AssertionError:
            continue
    raise AssertionError("the traffic made no arbitrage in 40 ledgers")
