"""Our typed calls on other people's contracts: what they store and what they answer."""

import pytest
from stellar_sdk import scval
from support.contract_world import amounts, struct
from support.ledger_node import LedgerNode
from support.third_party import PLENTY, Chain, wasm
from support.venue_formulas import soroswap_out

from arb.contracts.contract_errors import ContractCallError
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.routes.call import Venue
from arb.contracts.spec.interface import Interface
from arb.contracts.venues.aggregator import Aggregator, Protocol, Share
from arb.contracts.venues.comet import CometPool
from arb.contracts.venues.errors import NotThatContractError
from arb.contracts.venues.phoenix import Hop, PhoenixMultihop, PoolType
from arb.contracts.venues.pool_entries import PoolAt
from arb.contracts.venues.reserves import ReserveReader
from arb.contracts.venues.sep40 import OracleAsset, PriceOracle
from arb.contracts.venues.sep41 import Token
from arb.contracts.venues.soroswap import SoroswapFactory, SoroswapPair, SoroswapRouter
from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue
from arb.markets.oracle import Price

POOL = (10**12, 2 * 10**12)
LATER = v.u64(2**40)
ONE = 10**7


@pytest.fixture(scope="module")
def node(chain: Chain) -> LedgerNode:
    return LedgerNode(chain)


@pytest.fixture(scope="module")
def interfaces() -> InterfaceCache:
    return InterfaceCache()


@pytest.fixture(scope="module")
def tokens(chain: Chain) -> list[HostValue]:
    return chain.tokens(3)


@pytest.fixture(scope="module")
def soroswap(chain: Chain, tokens: list[HostValue]) -> tuple[HostValue, HostValue]:
    """A factory and a router, with liquidity between the first two tokens and between the last two."""
    factory, router = chain.create("soroswap_factory"), chain.create("soroswap_router")
    chain.do(factory, "initialize", chain.alice, chain.code("soroswap_pair"))
    chain.do(router, "initialize", factory)
    for hop in (0, 1):
        wanted = (*map(v.i128, POOL), v.i128(0), v.i128(0))
        chain.do(router, "add_liquidity", *tokens[hop : hop + 2], *wanted, chain.alice, LATER)
    return factory, router


async def test_soroswap_is_read_in_bulk_and_quoted_by_its_router(
    node: LedgerNode, interfaces: InterfaceCache, tokens: list[HostValue], soroswap: tuple[HostValue, HostValue]
) -> None:
    factory, router = (SoroswapFactory(node, v.strkey(soroswap[0]), interfaces),
                       SoroswapRouter(node, v.strkey(soroswap[1]), interfaces))  # fmt: skip
    a, b, c = map(v.strkey, tokens)
    pairs = await factory.pairs()
    assert pairs == (await factory.pair_at(0), await factory.pair_at(1))
    assert await factory.pair_of(b, a) == pairs[0] == await router.pair_for(a, b)
    assert await factory.pair_of(a, c) is None
    read = await ReserveReader(node).read(PoolAt(Venue.SOROSWAP, pair) for pair in pairs)
    assert not read.skipped
    for pool in read.pools:
        pair = SoroswapPair(node, pool.contract, interfaces)
        assert (await pair.tokens(), await pair.reserves()) == (pool.tokens, pool.reserves)
    middle = read.pools[0].quote_in(a, b, ONE)
    assert middle is not None
    assert await router.amounts_out(ONE, (a, b, c)) == (ONE, middle, read.pools[1].quote_in(b, c, middle))


async def test_the_aggregator_takes_our_split(
    chain: Chain,
    node: LedgerNode,
    interfaces: InterfaceCache,
    tokens: list[HostValue],
    soroswap: tuple[HostValue, HostValue],
) -> None:
    # given an older release, that names its exchanges
    contract = chain.create("soroswap_aggregator")
    adapter = struct(address=soroswap[1], paused=v.boolean(False), protocol_id=v.string("soroswap"))
    chain.do(contract, "initialize", chain.alice, v.vec((adapter,)))
    aggregator = Aggregator(node, v.strkey(contract), interfaces)
    a, b, c = map(v.strkey, tokens)
    # when our split is the argument of a transaction
    share = Share(Protocol.SOROSWAP, (a, b, c), 1)
    middle = soroswap_out(ONE, *POOL)
    assert middle
    last = soroswap_out(middle, *POOL)
    assert last
    call = await aggregator.swap_exact_in((share,), ONE, last, to=v.strkey(chain.alice), deadline=2**40)
    builder = chain.builder(chain.keys["alice"])
    builder.append_invoke_contract_function_op(call.contract, call.function, list(call.arguments))
    done = chain.apply("alice", chain.prepared("alice", builder))
    # then it trades along the path
    assert done.value == v.vec((amounts(ONE, middle, last),))


async def test_a_token_and_an_oracle_answer_by_their_standards(
    chain: Chain, node: LedgerNode, interfaces: InterfaceCache, tokens: list[HostValue]
) -> None:
    token = Token(node, v.strkey(tokens[2]), interfaces)
    assert (await token.decimals(), await token.name(), await token.symbol()) == (7, "Token", "TOK")
    assert 0 < await token.balance(v.strkey(chain.alice)) <= PLENTY
    oracle = chain.create("sep40_oracle")
    listed = v.vec((v.vec((v.symbol("Stellar"), tokens[0])),))
    chain.do(oracle, "set_data", chain.alice, v.vec((v.symbol("Other"), v.symbol("USD"))), listed, v.u32(7), v.u32(300))
    chain.do(oracle, "set_price_stable", amounts(ONE))
    prices = PriceOracle(node, v.strkey(oracle), interfaces)
    terms, now = await prices.terms(), chain.ledger.last.close_time
    assert (terms.base, terms.decimals, terms.resolution, terms.version) == (OracleAsset("Other", "USD"), 7, 300, 0)
    (asset,) = await prices.assets()
    found = await prices.lastprice(asset, now=now, resolution=terms.resolution)
    assert found is not None
    assert found == Price(ONE, found.timestamp)


async def test_comet_is_quoted_by_simulating_its_swap(
    chain: Chain, node: LedgerNode, interfaces: InterfaceCache, tokens: list[HostValue]
) -> None:
    factory = chain.create("comet_factory")
    chain.do(factory, "init", chain.code("comet"))
    made = v.bytes_(bytes(32)), chain.alice, v.vec(tokens[:2]), amounts(8 * ONE // 10, 2 * ONE // 10), amounts(*POOL)
    pool = CometPool(node, v.strkey(chain.do(factory, "new_c_pool", *made, v.i128(30_000))), interfaces)
    a, b = map(v.strkey, tokens[:2])
    assert await pool.tokens() == (a, b)
    assert (await pool.reserve(a), await pool.reserve(b)) == POOL
    assert await pool.swap_fee() == 30_000
    quote = await pool.quote(v.strkey(chain.alice), a, 10**9, b)
    order = tokens[0], v.i128(10**9), tokens[1], v.i128(quote.amount_out), v.i128(2**127 - 1), chain.alice
    paid = chain.do(v.address(pool.id), "swap_exact_amount_in", *order)
    assert paid == amounts(quote.amount_out, quote.spot_price)
    # more than a third of the reserve is refused, by the contract's own error
    with pytest.raises(ContractCallError):
        await pool.quote(v.strkey(chain.alice), a, POOL[0], b)


async def test_a_multihop_is_asked_as_it_declares(chain: Chain, interfaces: InterfaceCache) -> None:
    interface = Interface.from_wasm(wasm("phoenix_multihop"))
    hop = Hop(v.strkey(v.contract(bytes(32))), v.strkey(v.contract(bytes(range(32)))))
    operation = {"offer_asset": hop.offer_asset, "ask_asset": hop.ask_asset, "ask_asset_min_amount": hop.least_out}
    operations, _, kind = interface.encode_arguments("simulate_swap", ([operation], 5, int(PoolType.XYK)))
    assert scval.from_uint32(kind) == 0
    assert len(scval.from_vec(operations)) == 1
    with pytest.raises(NotThatContractError, match="is not a Phoenix multihop"):
        await PhoenixMultihop(LedgerNode(chain), v.strkey(chain.create("sep41_token")), interfaces).check()
