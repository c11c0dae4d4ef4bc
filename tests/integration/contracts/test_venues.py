"""Typed calls on a localnet with contracts: reserves in bulk equal the contracts' own words, quotes the formulas."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import requests
from stellar_sdk import Keypair, scval
from support.localnet import Localnet, running_localnet
from support.stored_pools import contract_id

from arb.contracts.contract_errors import ContractCallError, NotAContractError
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.routes.call import Venue
from arb.contracts.rpc import RpcClient
from arb.contracts.venues.aggregator import Aggregator
from arb.contracts.venues.aquarius import AquariusPool, AquariusRouter, AquariusStablePool
from arb.contracts.venues.comet import CometPool
from arb.contracts.venues.detector import Detector, SupportedAsset
from arb.contracts.venues.errors import NotThatContractError
from arb.contracts.venues.phoenix import PhoenixMultihop, PhoenixPool
from arb.contracts.venues.pool_entries import PoolAt, SkipReason
from arb.contracts.venues.reserves import ReserveReader
from arb.contracts.venues.sep40 import OracleAsset, PriceOracle
from arb.contracts.venues.sep41 import Token
from arb.contracts.venues.soroswap import SoroswapFactory, SoroswapPair, SoroswapRouter
from arb.contracts.venues.typed_contract import TypedContract
from arb.markets.soroban import phoenix
from arb.markets.soroban.pools import PhoenixPool as PhoenixState
from arb.markets.soroban.pools import SorobanPool

LEDGERS = 12
AMOUNTS = (1, 999, 10**6, 10**9 + 7)
KINDS: list[type[TypedContract]] = [
    AquariusPool, CometPool, Detector, PhoenixPool, PriceOracle, SoroswapFactory, SoroswapPair, SoroswapRouter, Token,
    Aggregator, AquariusRouter, AquariusStablePool, PhoenixMultihop,
]  # fmt: skip


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    """A market with contracts, traded for some ledgers and then still."""
    with running_localnet(traffic="on", manual="on", seed=11) as running:
        for _ in range(LEDGERS):
            requests.post(f"{running.url}/localnet/close", timeout=20).raise_for_status()
        yield running


@pytest.fixture(scope="module")
def contracts(network: Localnet) -> dict[str, Any]:
    return dict(requests.get(f"{network.url}/localnet/contracts", timeout=10).json())


@pytest.fixture
async def rpc(network: Localnet) -> AsyncIterator[RpcClient]:
    client = RpcClient([network.rpc_url])
    yield client
    await client.close()


@pytest.fixture(scope="module")
def interfaces() -> InterfaceCache:
    return InterfaceCache()


def pools_of(contracts: dict[str, Any]) -> list[PoolAt]:
    return [
        *(PoolAt(Venue.SOROSWAP, pool["contract"]) for pool in contracts["pairs"]),
        *(PoolAt(Venue.AQUARIUS, pool["contract"]) for pool in contracts["aquarius_pools"]),
        *(PoolAt(Venue.PHOENIX, pool["contract"]) for pool in contracts["phoenix_pools"]),
    ]


async def test_reserves_in_bulk_are_what_every_contract_says(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    wanted = pools_of(contracts)
    read = await ReserveReader(rpc).read(wanted)
    assert not read.skipped
    assert len(read.pools) == len(wanted)
    for at, pool in zip(wanted, read.pools, strict=True):
        if at.venue is Venue.SOROSWAP:
            pair = SoroswapPair(rpc, at.contract, interfaces)
            said: object = (await pair.tokens(), await pair.reserves())
        elif at.venue is Venue.AQUARIUS:
            aquarius = AquariusPool(rpc, at.contract, interfaces)
            said = (await aquarius.tokens(), await aquarius.reserves())
            assert await aquarius.fee_bps() == pool.fee_bps  # type: ignore[attr-defined]
            assert await aquarius.pool_type() == "constant_product"
        else:
            said = await PhoenixPool(rpc, at.contract, interfaces).tokens_and_reserves()
        assert said == (pool.tokens, pool.reserves)


async def test_the_contracts_own_quotes_are_the_formulas_on_the_reserves_read(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    wanted = pools_of(contracts)
    read = await ReserveReader(rpc).read(wanted)
    router = SoroswapRouter(rpc, contracts["soroswap_router"], interfaces)
    compared = []

    async def check(at: PoolAt, pool: SorobanPool, sold: int, amount: int) -> None:
        token_in, token_out = pool.tokens[sold], pool.tokens[1 - sold]
        try:
            if at.venue is Venue.SOROSWAP:
                quoted: int | None = (await router.amounts_out(amount, (token_in, token_out)))[1]
            elif at.venue is Venue.AQUARIUS:
                quoted = await AquariusPool(rpc, at.contract, interfaces).estimate_swap(sold, 1 - sold, amount)
            else:
                assert isinstance(pool, PhoenixState)
                said = await PhoenixPool(rpc, at.contract, interfaces).simulate_swap(token_in, amount)
                x, y = pool.reserves[sold], pool.reserves[1 - sold]
                assert tuple(said) == phoenix.computed(x, y, amount, pool.fee_bps, clamps_spread=False)
                compared.append(at)
                return
        except ContractCallError:
            quoted = None
        # where the formula refuses, the contract refuses or quotes nothing
        assert (pool.quote_in(token_in, token_out, amount) or 0) == (quoted or 0), (at, sold, amount)
        compared.append(at)

    checks = (
        check(at, pool, sold, amount)
        for at, pool in zip(wanted, read.pools, strict=True)
        for sold in (0, 1)
        for amount in AMOUNTS
        if at.venue is not Venue.PHOENIX or amount > 10**5
    )
    await asyncio.gather(*checks)
    assert {at.contract for at in compared} == {at.contract for at in wanted}


async def test_the_router_quotes_both_ways_along_a_path(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    router = SoroswapRouter(rpc, contracts["soroswap_router"], interfaces)
    pair = contracts["pairs"][0]
    out = await router.amounts_out(10**7, pair["tokens"])
    assert out[0] == 10**7
    back = await router.amounts_in(out[1], pair["tokens"])
    assert back[0] <= 10**7 + 1
    assert await router.pair_for(*pair["tokens"]) == pair["contract"]


async def test_the_factory_lists_every_pair(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    factory = SoroswapFactory(rpc, contracts["soroswap_factory"], interfaces)
    listed = await factory.pairs()
    assert set(listed) == {pair["contract"] for pair in contracts["pairs"]}
    assert len(listed) == await factory.pair_count()
    assert await factory.pairs(len(listed) - 1) == listed[-1:]
    assert await factory.pairs(len(listed)) == ()
    first = contracts["pairs"][0]
    assert await factory.pair_of(*first["tokens"]) == first["contract"]
    assert await factory.pair_of(*reversed(first["tokens"])) == first["contract"]
    assert await factory.pair_of(first["tokens"][0], contract_id("no token")) is None


async def test_tokens_are_read_by_sep_41(rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache) -> None:
    pair = contracts["pairs"][0]
    (reserves,) = (await ReserveReader(rpc).read([PoolAt(Venue.SOROSWAP, pair["contract"])])).pools
    names = {each["contract"]: each["asset"] for each in contracts["assets"]}
    for token, reserve in zip(pair["tokens"], reserves.reserves, strict=True):
        asset = Token(rpc, token, interfaces)
        await asset.check()
        assert await asset.balance(pair["contract"]) == reserve
        assert await asset.decimals() == 7
        assert await asset.name() == names[token]
        assert await asset.symbol() == names[token].split(":")[0]
        assert await asset.allowance(pair["contract"], contracts["soroswap_router"]) == 0


async def test_the_oracle_is_read_by_sep_40(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    oracle = PriceOracle(rpc, contracts["oracle"], interfaces)
    await oracle.check()
    terms = await oracle.terms()
    assert terms.decimals == 14
    assert terms.base.kind == "Stellar"
    assets = await oracle.assets()
    newest = await oracle.last_timestamp()
    for asset in assets:
        records = await oracle.prices(asset)
        assert records
        assert list(records) == sorted(records, key=lambda record: -record.timestamp)
        assert records[0].timestamp <= newest
        fresh = await oracle.lastprice(asset, now=records[0].timestamp, resolution=terms.resolution)
        assert fresh == records[0] == await oracle.price(asset, records[0].timestamp)
        average = await oracle.twap(asset, terms, now=records[0].timestamp)
        assert average is not None
        assert min(records).price <= average <= max(records).price
        cross = await oracle.cross_price(asset, terms.base, terms, now=records[0].timestamp)
        assert cross == records[0].price
        late = records[0].timestamp + 2 * terms.resolution + 1
        assert await oracle.lastprice(asset, now=late, resolution=terms.resolution) is None
    unknown = OracleAsset("Other", "NOPE")
    assert await oracle.lastprice(unknown, now=newest, resolution=terms.resolution) is None
    assert await oracle.price(unknown, newest) is None
    assert await oracle.prices(unknown) == ()


async def test_the_detector_s_four_functions(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    detector = Detector(rpc, contracts["detector"], interfaces)
    await detector.check()
    assets = await detector.get_supported_assets()
    issued = [each["asset"].split(":") for each in contracts["assets"] if each["asset"] != "native"]
    assert set(assets) <= {SupportedAsset(code, issuer) for code, issuer in issued}
    assert assets
    assert await detector.is_asset_supported(assets[0].code)
    assert not await detector.is_asset_supported("nope")
    codes = [asset.code for asset in assets]
    seen = await detector.scan_opportunities(codes, 1)
    assert all(each.asset in codes and each.estimated_profit >= 1 and each.expiry_time > 0 for each in seen)
    # nothing found is an answer, an unknown asset is a refusal
    assert await detector.scan_opportunities(codes, 10**20) == ()
    with pytest.raises(ContractCallError, match="InvalidAsset") as refused:
        await detector.scan_opportunities(["nope"], 1)
    assert refused.value.code == 2


async def test_the_oracle_is_set_as_the_detector_declares_it(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    detector = Detector(rpc, contracts["detector"], interfaces)
    call = await detector.set_reflector_contract_id(contracts["oracle"])
    assert (call.contract, call.function) == (contracts["detector"], "set_reflector_contract_id")
    (argument,) = call.arguments
    assert len(scval.from_bytes(argument)) == 32
    with pytest.raises(NotAContractError):
        await detector.set_reflector_contract_id(Keypair.random().public_key)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_contract_that_is_not_what_it_is_taken_for(
    kind: type[TypedContract], rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    # the route executor has none of their functions; a token has no oracle's
    for other in (contracts["route_executor"], contracts["assets"][0]["contract"]):
        if kind is Token and other != contracts["route_executor"]:
            continue
        with pytest.raises(NotThatContractError) as wrong:
            await kind(rpc, other, interfaces).check()
        assert wrong.value.contract == other
        assert wrong.value.function in kind.functions
        assert other in str(wrong.value)
    with pytest.raises(NotAContractError):
        await kind(rpc, contract_id("nobody"), interfaces).check()
    with pytest.raises(NotAContractError):
        kind(rpc, "not an id", interfaces)


async def test_calls_on_another_contract_name_it_and_the_function(
    rpc: RpcClient, contracts: dict[str, Any], interfaces: InterfaceCache
) -> None:
    token = contracts["assets"][0]["contract"]
    with pytest.raises(NotThatContractError, match="is not a SEP-40 oracle: resolution"):
        await PriceOracle(rpc, token, interfaces).resolution()
    with pytest.raises(NotThatContractError, match="is not an arbitrage detector: scan_opportunities"):
        await Detector(rpc, token, interfaces).scan_opportunities(["USDC"], 1)
    with pytest.raises(NotThatContractError, match="set_reflector_contract_id"):
        await Detector(rpc, token, interfaces).set_reflector_contract_id(token)
    # a function of that name with other arguments: the pair's swap is not the Aquarius pool's
    with pytest.raises(NotThatContractError, match="takes"):
        await PhoenixPool(rpc, contracts["pairs"][0]["contract"], interfaces)._read("swap", 1)


async def test_contracts_that_are_no_pools_are_left_out_of_the_reserves(
    rpc: RpcClient, contracts: dict[str, Any]
) -> None:
    good = PoolAt(Venue.SOROSWAP, contracts["pairs"][0]["contract"])
    token = contracts["assets"][0]["contract"]
    wrong = [
        PoolAt(Venue.SOROSWAP, contracts["aquarius_pools"][0]["contract"]),
        PoolAt(Venue.AQUARIUS, good.contract),
        PoolAt(Venue.PHOENIX, good.contract),
        PoolAt(Venue.AQUARIUS, token),
        PoolAt(Venue.SOROSWAP, contract_id("nobody")),
    ]
    read = await ReserveReader(rpc).read([*wrong, good])
    assert [pool.contract for pool in read.pools] == [good.contract]
    assert [skipped.pool for skipped in read.skipped] == wrong
    shape, absent = SkipReason.ANOTHER_SHAPE, SkipReason.ABSENT
    assert [skipped.reason for skipped in read.skipped] == [shape, shape, absent, shape, absent]
