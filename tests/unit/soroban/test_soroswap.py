"""Pair, factory and router: the numbers, the storage and the failures that Soroswap's clients know."""

import random

import pytest
from support.contract_world import LATER, NOON, ContractWorld, account, amounts, fields
from support.venue_formulas import soroswap_in, soroswap_out

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.values import HostValue

ALICE = account(1)
PLENTY = 10**15


class Exchange:
    """Three tokens, a factory and a router; Alice holds the tokens."""

    def __init__(self) -> None:
        self.world = ContractWorld()
        self.tokens = self.world.tokens(3, ALICE, PLENTY)
        self.factory = self.world.deploy("factory")
        self.world.call(self.factory, "initialize", ALICE, v.bytes_(self.world.upload("pair")))
        self.router = self.world.deploy("router")
        self.world.call(self.router, "initialize", self.factory)

    def add(self, a: int, b: int, amount_a: int, amount_b: int) -> HostValue:
        """Open or deepen the pool of two tokens; the pair."""
        wanted = (v.i128(amount_a), v.i128(amount_b), v.i128(0), v.i128(0))
        self.world.call(self.router, "add_liquidity", self.tokens[a], self.tokens[b], *wanted, ALICE, LATER)
        return self.world.call(self.factory, "get_pair", self.tokens[a], self.tokens[b])

    def path(self, *tokens: int) -> HostValue:
        return v.vec(self.tokens[token] for token in tokens)


def refusal(error: pytest.ExceptionInfo[HostError]) -> tuple[int, int]:
    return int(error.value.type), int(error.value.code)


def test_a_first_deposit_fills_the_storage_that_scanners_read() -> None:
    exchange = Exchange()
    pair = exchange.add(0, 1, 1_000_000, 4_000_000)
    instance = exchange.world.storage.instance(Host.contract_of(pair))
    assert instance is not None
    stored = [instance.storage[v.u32(key)] for key in range(4)]
    assert stored == [exchange.tokens[0], exchange.tokens[1], v.i128(1_000_000), v.i128(4_000_000)]
    assert exchange.world.balance(pair, ALICE) == 2_000_000 - 1000


def test_quotes_are_soroswaps_to_the_unit() -> None:
    # given reserves of any shape, which the router takes as arguments
    exchange, rng = Exchange(), random.Random(5)
    world, router = exchange.world, exchange.router
    for _ in range(200):
        x, y = (rng.randrange(1, 10 ** rng.randrange(1, 16)) for _ in range(2))
        amount = rng.randrange(1, 10 ** rng.randrange(1, 14))
        out = world.call(router, "router_get_amount_out", v.i128(amount), v.i128(x), v.i128(y))
        assert out == v.i128(soroswap_out(amount, x, y) or 0)
        wanted = rng.randrange(0, y) + 1
        if wanted < y:
            paid = world.call(router, "router_get_amount_in", v.i128(wanted), v.i128(x), v.i128(y))
            assert paid == v.i128(soroswap_in(wanted, x, y) or 0)


def test_a_swap_over_two_pools_pays_what_was_quoted_and_says_so() -> None:
    exchange = Exchange()
    exchange.add(0, 1, 10**9, 2 * 10**9)
    last = exchange.add(1, 2, 10**9, 10**9)
    quoted = exchange.world.call(exchange.router, "router_get_amounts_out", v.i128(10**6), exchange.path(0, 1, 2))
    bought = (v.i128(10**6), v.i128(0), exchange.path(0, 1, 2), ALICE, LATER)
    assert exchange.world.call(exchange.router, "swap_exact_tokens_for_tokens", *bought) == quoted
    topics = [event.topics for event in exchange.world.events]
    assert topics.count((v.string("SoroswapPair"), v.symbol("sync"))) == 2
    synced = [event.data for event in exchange.world.events if event.topics[1:] == (v.symbol("sync"),)][-1]
    reserves = exchange.world.call(last, "get_reserves")[1]
    assert list(fields(synced).values()) == [value[1] for value in reserves]


def test_withdrawing_returns_the_shares_part_of_both_reserves() -> None:
    exchange = Exchange()
    pair = exchange.add(0, 1, 10**9, 4 * 10**9)
    shares = exchange.world.balance(pair, ALICE)
    asked = (v.i128(shares), v.i128(0), v.i128(0), ALICE, LATER)
    paid = exchange.world.call(exchange.router, "remove_liquidity", *exchange.tokens[:2], *asked)
    assert paid == amounts(10**9 * shares // (2 * 10**9), 4 * 10**9 * shares // (2 * 10**9))
    assert exchange.world.balance(pair, ALICE) == 0


@pytest.mark.parametrize(
    ("amount", "least", "path", "deadline", "code"),
    [
        (-1, 0, (0, 1), NOON + 1, 502),
        (1000, 0, (0, 1), NOON, 503),
        (1000, 10**9, (0, 1), NOON + 1, 507),
        (1000, 0, (0, 2), NOON + 1, 509),
        (0, 0, (0, 1), NOON + 1, 512),
        (1000, 0, (0,), NOON + 1, 514),
        (1000, 0, (0, 0), NOON + 1, 515),
    ],
)
def test_a_swap_that_cannot_be_is_refused_by_number(
    amount: int, least: int, path: tuple[int, ...], deadline: int, code: int
) -> None:
    exchange = Exchange()
    exchange.add(0, 1, 10**9, 10**9)
    swap = (v.i128(amount), v.i128(least), exchange.path(*path), ALICE, v.u64(deadline))
    with pytest.raises(HostError) as error:
        exchange.world.call(exchange.router, "swap_exact_tokens_for_tokens", *swap)
    assert refusal(error) == (ErrorType.CONTRACT, code)


@pytest.mark.parametrize(
    ("paid", "out_0", "out_1", "code"),
    [(1000, 0, 0, 108), (1000, -1, 0, 109), (1000, 0, 10**9, 110), (0, 0, 10, 112), (1000, 0, 1000, 114)],
)
def test_a_pair_keeps_its_product(paid: int, out_0: int, out_1: int, code: int) -> None:
    # given a pair that was sent `paid` of its first token
    exchange = Exchange()
    pair = exchange.add(0, 1, 10**9, 10**9)
    exchange.world.call(exchange.tokens[0], "transfer", ALICE, pair, v.i128(paid))
    before = dict(exchange.world.storage.data)
    # when more is asked of it than that pays for
    with pytest.raises(HostError) as error:
        exchange.world.call(pair, "swap", v.i128(out_0), v.i128(out_1), ALICE)
    # then it refuses, and nothing moved
    assert refusal(error) == (ErrorType.CONTRACT, code)
    assert exchange.world.storage.data == before


def test_a_factory_makes_one_pair_of_two_tokens_whatever_their_order() -> None:
    exchange = Exchange()
    pair = exchange.world.call(exchange.factory, "create_pair", exchange.tokens[2], exchange.tokens[0])
    assert exchange.world.call(exchange.factory, "all_pairs", v.u32(0)) == pair
    assert exchange.world.call(exchange.factory, "all_pairs_length") == v.u32(1)
    with pytest.raises(HostError) as error:
        exchange.world.call(exchange.factory, "create_pair", exchange.tokens[0], exchange.tokens[2])
    assert refusal(error) == (ErrorType.CONTRACT, 203)
