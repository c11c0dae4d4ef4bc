"""Soroswap's mainnet factory, pair and router: quotes, swaps and two-hop routes equal the formulas."""

import random

import pytest
from support.contract_world import amounts
from support.third_party import STATES, Chain, Copy, Tally
from support.venue_formulas import soroswap_accepts, soroswap_in, soroswap_out

from arb.contracts.routes.call import Venue
from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue

ZERO = v.i128(0)
LATER = v.u64(2**40)


class Soroswap:
    """A factory, a router and the empty pairs of three tokens in a row."""

    def __init__(self, chain: Chain) -> None:
        self.alice = chain.alice
        self.tokens = chain.tokens(3)
        self.factory = chain.create("soroswap_factory")
        chain.do(self.factory, "initialize", chain.alice, chain.code("soroswap_pair"))
        self.router = chain.create("soroswap_router")
        chain.do(self.router, "initialize", self.factory)
        self.pairs = [chain.do(self.factory, "create_pair", *self.tokens[i : i + 2]) for i in (0, 1)]

    def adding(self, hop: int, reserves: tuple[int, int]) -> tuple[HostValue, ...]:
        """Arguments of add_liquidity to the pair of a hop."""
        wanted = (*map(v.i128, reserves), ZERO, ZERO)
        return (*self.tokens[hop : hop + 2], *wanted, self.alice, LATER)

    def path(self, hops: int) -> HostValue:
        return v.vec(self.tokens[: hops + 1])


@pytest.fixture(scope="module")
def soroswap(chain: Chain) -> Soroswap:
    return Soroswap(chain)


def reserves_of(rng: random.Random) -> tuple[int, int]:
    return rng.randrange(1_001, 10 ** rng.randrange(4, 20)), rng.randrange(1_001, 10 ** rng.randrange(4, 20))


def try_exact_in(tally: Tally, market: Soroswap, copy: Copy, pools: list[tuple[int, int]], amount: int) -> None:
    """Quote a route over the pools, then trade it: both are the formula's, or both are refused."""
    expected: list[int] | None = [amount]
    for x, y in pools:
        out = soroswap_out(expected[-1], x, y) if expected else None
        expected = None if expected is None or out is None else [*expected, out]
    path = market.path(len(pools))
    before = copy.pool(Venue.SOROSWAP, market.pairs[0])
    quoted = copy.tried(market.router, "router_get_amounts_out", v.i128(amount), path)
    swapped = copy.tried(market.router, "swap_exact_tokens_for_tokens", v.i128(amount), ZERO, path, market.alice, LATER)
    if len(pools) == 1:
        after = copy.pool(Venue.SOROSWAP, market.pairs[0])
        tally.foretold(before, after, (market.tokens[0], market.tokens[1], amount), swapped and swapped[1][1][1])
    if expected is None:
        tally.same((quoted, swapped), (None, None), "exact in: refused with the quote (no answer for nothing)")
    elif 0 in expected:
        tally.same((quoted, swapped), (amounts(*expected), None), "exact in: quoted 0, swap refused")
    else:
        tally.same((quoted, swapped), (amounts(*expected), amounts(*expected)), "exact in: equal")


def try_exact_out(tally: Tally, market: Soroswap, copy: Copy, pool: tuple[int, int], wanted: int) -> None:
    """The same for an exact amount out of one pool."""
    paid = soroswap_in(wanted, *pool)
    quoted = copy.tried(market.router, "router_get_amounts_in", v.i128(wanted), market.path(1))
    asked = (v.i128(wanted), v.i128(2**120), market.path(1), market.alice, LATER)
    swapped = copy.tried(market.router, "swap_tokens_for_exact_tokens", *asked)
    if paid is None:
        tally.same((quoted, swapped), (None, None), "exact out: refused with the quote (trap)")
    elif paid < 0 or not soroswap_accepts(paid, wanted, *pool):
        tally.same((quoted, swapped), (amounts(paid, wanted), None), "exact out: quoted negative or a unit short")
    else:
        tally.same((quoted, swapped), (amounts(paid, wanted), amounts(paid, wanted)), "exact out: equal")


def test_swaps_over_one_and_two_pairs_equal_the_formula(chain: Chain, soroswap: Soroswap) -> None:
    tally, rng = Tally("Soroswap factory, pair, router"), random.Random(1)
    for _ in range(STATES):
        # given two pairs of any shape
        pools = [reserves_of(rng), reserves_of(rng)]
        with chain.copy() as copy:
            for hop, reserves in enumerate(pools):
                copy.call(soroswap.router, "add_liquidity", *soroswap.adding(hop, reserves))
            tally.same(copy.call(soroswap.pairs[0], "get_reserves"), amounts(*pools[0]), "states")
            # when they are traded, from either end
            hops = pools[: rng.randrange(1, 3)]
            try_exact_in(tally, soroswap, copy, hops, rng.randrange(1, 10 ** rng.randrange(1, 20)))
            x, y = (value[1] for value in copy.call(soroswap.pairs[0], "get_reserves")[1])
            try_exact_out(tally, soroswap, copy, (x, y), rng.randrange(1, y + y // 20 + 1))
    # then all answers were the formulas'
    tally.show()
    assert tally["exact in: equal"] > STATES // 2
    assert tally["exact out: equal"] > STATES // 2


def test_a_route_over_two_pairs_is_one_transaction(chain: Chain, soroswap: Soroswap) -> None:
    # given two pairs with liquidity
    pools = [(10**12, 2 * 10**12), (5 * 10**11, 10**12)]
    for hop, reserves in enumerate(pools):
        chain.do(soroswap.router, "add_liquidity", *soroswap.adding(hop, reserves))
    middle = soroswap_out(123_456_789, *pools[0])
    assert middle == 246_142_539
    last = soroswap_out(middle, *pools[1])
    assert last
    # when a transaction trades through both
    order = (v.i128(123_456_789), v.i128(last), soroswap.path(2), chain.alice, LATER)
    paid = chain.do(soroswap.router, "swap_exact_tokens_for_tokens", *order)
    # then every hop was the formula's
    assert paid == amounts(123_456_789, middle, last)
    assert chain.see(soroswap.pairs[1], "get_reserves") == amounts(pools[1][0] + middle, pools[1][1] - last)
