"""Contract pools of a real local network, read at a ledger's close; contracts that are not what they are said to be."""

from collections.abc import AsyncIterator, Callable

import pytest
from support.contract_routes import deployed
from support.localnet import Localnet

from arb.contracts.horizon import HorizonClient
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.routes.call import Venue
from arb.contracts.rpc import RpcClient
from arb.contracts.venues.detector import Detector
from arb.contracts.venues.pool_entries import PoolAt
from arb.contracts.venues.reserves import ReserveReader
from arb.contracts.venues.soroswap import SoroswapFactory
from arb.scanner.adapters.contract_pools import ContractPools
from arb.scanner.adapters.detector import ContractDetector
from arb.scanner.ports import DetectorError, LedgerClose, MarketUnreadError


class Network:
    """A still local network and what reads it."""

    def __init__(self, localnet: Localnet) -> None:
        self.contracts = deployed(localnet)
        self.rpc, self.horizon = RpcClient([localnet.rpc_url]), HorizonClient(localnet.url)
        self.interfaces = InterfaceCache()

    async def closed(self) -> LedgerClose:
        """The next ledger."""
        ledger = await anext(aiter(self.horizon.stream_ledgers()))
        return LedgerClose(ledger.sequence, ledger.closed_at, ledger.base_fee, 1)

    def pools(self, factory: str, *named: PoolAt) -> ContractPools:
        return ContractPools(ReserveReader(self.rpc), named, SoroswapFactory(self.rpc, factory, self.interfaces))


@pytest.fixture
async def network(localnet: Callable[..., Localnet]) -> AsyncIterator[Network]:
    running = Network(localnet(traffic="on", traffic_rate=0, ledger_seconds=0.5))
    yield running
    await running.rpc.close()
    await running.horizon.close()


async def test_every_pair_of_the_factory_and_every_named_pool_is_read_at_that_ledger(network: Network) -> None:
    named = [PoolAt(Venue.AQUARIUS, pool["contract"]) for pool in network.contracts["aquarius_pools"]]
    pools = network.pools(network.contracts["soroswap_factory"], *named)
    close = await network.closed()
    seen = await pools.read(close)
    assert seen.ledger == close.ledger
    assert seen.skipped == ()
    wanted = {pool["contract"] for kind in ("pairs", "aquarius_pools") for pool in network.contracts[kind]}
    assert {pool.contract for pool in seen.pools} == wanted
    # A ledger that is gone has no state any more
    with pytest.raises(MarketUnreadError, match=r"RPC shows ledger \d+, asked for 2"):
        await pools.read(close._replace(ledger=2))


async def test_a_contract_that_is_no_factory_or_no_pool_is_left_out_and_the_rest_goes_on(network: Network) -> None:
    oracle, detector = network.contracts["oracle"], network.contracts["detector"]
    good = PoolAt(Venue.PHOENIX, network.contracts["phoenix_pools"][0]["contract"])
    pools = network.pools(oracle, good, PoolAt(Venue.AQUARIUS, detector))
    seen = await pools.read(await network.closed())
    assert [pool.contract for pool in seen.pools] == [good.contract]
    out = {skipped.contract: skipped for skipped in seen.skipped}
    assert out[oracle].code == "not_a_factory"
    assert "all_pairs_length" in out[oracle].reason
    assert out[detector].code == "another_shape"


async def test_the_detector_answers_typed_and_another_contract_is_named(network: Network) -> None:
    detector = ContractDetector(network.rpc, Detector(network.rpc, network.contracts["detector"], network.interfaces))
    assets = await detector.supported_assets()
    assert {asset.code for asset in assets} >= {"USDC", "EURC"}
    ledger, signals = await detector.scan([asset.code for asset in assets], 1)
    assert ledger > 0
    assert all(signal.estimated_profit >= 1 for signal in signals)
    factory = network.contracts["soroswap_factory"]
    other = ContractDetector(network.rpc, Detector(network.rpc, factory, network.interfaces))
    with pytest.raises(DetectorError) as wrong:
        await other.supported_assets()
    assert wrong.value.code == "not_a_detector"
    assert factory in str(wrong.value)
