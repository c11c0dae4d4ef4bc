"""Aquarius's router and pools: quotes, swaps, chains, reserves equal the formulas; concentrated pools their quotes."""

import random

import pytest
from support.third_party import STATES, Chain, Copy, Tally
from support.venue_formulas import StablePool, aquarius_in, aquarius_out, ceil_div

from arb.contracts.routes.call import Venue
from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue

FEES = (10, 30, 100)
PROTOCOL_SHARE = 5_000
"""Of 10,000: the part of every fee that leaves the reserves."""
STABLE_FEE = 6
DECIMALS = (7, 6, 7)
MOST = v.u128(2**100)
Pool = tuple[int, int]


def units(*numbers: int) -> HostValue:
    return v.vec(map(v.u128, numbers))


class Aquarius:
    """A router; of three tokens in a row the constant-product pools of every fee, and a stable pool of all three."""

    def __init__(self, chain: Chain) -> None:
        self.alice = alice = chain.alice
        self.tokens = chain.tokens(3, *DECIMALS)
        self.router = router = chain.create("aquarius_router")
        chain.do(router, "init_admin", alice)
        chain.do(router, "init_config_storage", alice, chain.create("aquarius_config_storage", alice, alice))
        chain.do(router, "set_privileged_addrs", alice, alice, alice, alice, v.vec([alice]), alice)
        for what, code in (("", "pool"), ("stableswap_", "stableswap"), ("concentrated_", "concentrated")):
            chain.do(router, f"set_{what}pool_hash", alice, chain.code(f"aquarius_{code}"))
        chain.do(router, "set_token_hash", alice, chain.code("aquarius_token"))
        chain.do(router, "set_reward_token", alice, self.tokens[0])
        chain.do(router, "configure_init_pool_payment", alice, self.tokens[0], *[v.u128(0)] * 3, alice)
        feed = chain.create("aquarius_locker_feed", alice, alice, alice)
        chain.do(router, "set_reward_boost_config", alice, self.tokens[0], feed)
        chain.do(router, "set_protocol_fee_fraction", alice, v.u32(PROTOCOL_SHARE))
        plane = chain.create("aquarius_plane")
        chain.do(plane, "init_admin", alice)
        chain.do(router, "set_pools_plane", alice, plane)
        self.pools = {
            (hop, fee): chain.do(router, "init_standard_pool", alice, self.pair(hop), v.u32(fee))[1]
            for hop in (0, 1)
            for fee in FEES
        }
        self.concentrated = chain.do(router, "init_concentrated_pool", alice, self.pair(0), v.u32(30))[1]
        self.stable = chain.do(router, "init_stableswap_pool", alice, v.vec(self.tokens), v.u32(STABLE_FEE))[1]

    def pair(self, hop: int) -> HostValue:
        return v.vec(self.tokens[hop : hop + 2])

    def chained(self, fee: int) -> HostValue:
        """The hops of a route over both pairs."""
        return v.vec(v.vec((self.pair(hop), self.pools[hop, fee][0], self.tokens[hop + 1])) for hop in (0, 1))


@pytest.fixture(scope="module")
def aquarius(chain: Chain) -> Aquarius:
    return Aquarius(chain)


def random_pool(rng: random.Random) -> Pool:
    return rng.randrange(2_000, 10 ** rng.randrange(5, 20)), rng.randrange(2_000, 10 ** rng.randrange(5, 20))


def try_exact_in(tally: Tally, market: Aquarius, copy: Copy, pool: Pool, amount: int, fee: int) -> Pool:
    """Quote and swap in the first pool; what its reserves are then."""
    expected = aquarius_out(amount, *pool, fee)
    assert expected is not None
    contract, order = market.pools[0, fee][1], (v.u32(0), v.u32(1), v.u128(amount))
    before = copy.pool(Venue.AQUARIUS, contract)
    quoted = copy.call(contract, "estimate_swap", *order)
    swapped = copy.call(contract, "swap", market.alice, *order, v.u128(0))
    tally.foretold(
        before, copy.pool(Venue.AQUARIUS, contract), (market.tokens[0], market.tokens[1], amount), swapped[1]
    )
    tally.same((quoted, swapped), (v.u128(expected), v.u128(expected)), "exact in: equal")
    share = (amount - amount * (10_000 - fee) // 10_000) * PROTOCOL_SHARE // 10_000
    left = pool[0] + amount - share, pool[1] - expected
    tally.same(copy.call(contract, "get_reserves"), units(*left), "reserves after: equal")
    return left


def try_exact_out(tally: Tally, market: Aquarius, copy: Copy, pool: Pool, wanted: int, fee: int) -> None:
    expected = aquarius_in(wanted, *pool, fee)
    contract, order = market.pools[0, fee][1], (v.u32(0), v.u32(1), v.u128(wanted))
    quoted = copy.tried(contract, "estimate_swap_strict_receive", *order)
    swapped = copy.tried(contract, "swap_strict_receive", market.alice, *order, MOST)
    if expected is None:
        tally.same((quoted, swapped, copy.refusal.code), (None, None, 2019), "exact out: refused, 2019")
    else:
        tally.same((quoted, swapped), (v.u128(expected), v.u128(expected)), "exact out: equal")


def try_chains(tally: Tally, market: Aquarius, copy: Copy, pools: list[Pool], amount: int, fee: int) -> None:
    """Trade over both pools, from either end."""
    route, start = market.chained(fee), market.tokens[0]
    middle = aquarius_out(amount, *pools[0], fee)
    assert middle is not None
    expected = aquarius_out(middle, *pools[1], fee)
    assert expected is not None
    paid = copy.tried(market.router, "swap_chained", market.alice, route, start, v.u128(amount), v.u128(0))
    if middle == 0:
        tally.same((paid, copy.refusal.code), (None, 2018), "chain refused, 2018: the first hop gives nothing")
    else:
        tally.same(paid, v.u128(expected), "chain exact in: equal")


def try_chain_exact_out(tally: Tally, market: Aquarius, copy: Copy, pools: list[Pool], wanted: int, fee: int) -> None:
    middle = aquarius_in(wanted, *pools[1], fee)
    expected = None if middle is None else aquarius_in(middle, *pools[0], fee)
    asked = (market.alice, market.chained(fee), market.tokens[0], v.u128(wanted), MOST)
    paid = copy.tried(market.router, "swap_chained_strict_receive", *asked)
    if expected is None:
        tally.same(paid, None, "chain exact out refused: more than a reserve")
    else:
        tally.same(paid, v.u128(expected), "chain exact out: equal")


def test_constant_product_pools_and_chains_equal_the_formula(chain: Chain, aquarius: Aquarius) -> None:
    tally, rng = Tally("Aquarius router, constant-product pools"), random.Random(3)
    for _ in range(STATES):
        # given two pools of any shape with one of the fees
        pools, fee = [random_pool(rng), random_pool(rng)], rng.choice(FEES)
        amount, wanted = rng.randrange(1, 10 ** rng.randrange(1, 19)), rng.randrange(1, pools[1][1] * 21 // 20)
        for trial in range(3):
            with chain.copy() as copy:
                for hop, reserves in enumerate(pools):
                    pool = aquarius.pools[hop, fee][1]
                    copy.call(pool, "deposit", aquarius.alice, units(*reserves), v.u128(0))
                # when they are traded, then the numbers are the formula's
                if trial == 0:
                    left = try_exact_in(tally, aquarius, copy, pools[0], amount, fee)
                    try_exact_out(tally, aquarius, copy, left, rng.randrange(1, left[1] * 21 // 20 + 2), fee)
                elif trial == 1:
                    try_chains(tally, aquarius, copy, pools, amount, fee)
                else:
                    try_chain_exact_out(tally, aquarius, copy, pools, wanted, fee)
        tally["states"] += 1
    tally.show()
    assert tally["chain exact in: equal"] > STATES // 2
    assert tally["exact out: equal"] > STATES // 2


def test_stable_pools_equal_curves_formula(chain: Chain, aquarius: Aquarius) -> None:
    tally, rng = Tally("Aquarius stable pool of three"), random.Random(4)
    contract = aquarius.stable[1]
    amp = chain.see(contract, "a")[1]
    multipliers = [10 ** (max(DECIMALS) - places) for places in DECIMALS]
    for _ in range(STATES):
        # given a pool up to a hundred times deeper on one side than on another
        depth = 10 ** rng.randrange(6, 17)
        reserves = [rng.randrange(depth, depth * 100) // multiplier for multiplier in multipliers]
        sold, bought = rng.sample(range(3), 2)
        amount = rng.randrange(1, max(2, reserves[sold] >> rng.randrange(20)))
        pool = StablePool(reserves, multipliers, amp, STABLE_FEE)
        with chain.copy() as copy:
            copy.call(contract, "deposit", aquarius.alice, units(*reserves), v.u128(0))
            # when it is traded
            order = (v.u32(sold), v.u32(bought), v.u128(amount))
            before = copy.pool(Venue.AQUARIUS, contract)
            quoted = copy.tried(contract, "estimate_swap", *order)
            swapped = copy.tried(contract, "swap", aquarius.alice, *order, v.u128(0))
            # then the numbers are the formula's
            tally["states"] += 1
            trade = (aquarius.tokens[sold], aquarius.tokens[bought], amount)
            tally.foretold(before, copy.pool(Venue.AQUARIUS, contract), trade, swapped and swapped[1])
            expected = pool.out(sold, bought, amount)
            if expected is None:
                tally.same((quoted, swapped), (None, None), "refused with the quote: dust")
                continue
            tally.same((quoted, swapped), (v.u128(expected), v.u128(expected)), "equal")
            share = ceil_div(ceil_div(amount * STABLE_FEE, 10_000) * PROTOCOL_SHARE, 10_000)
            reserves[sold] += amount - share
            reserves[bought] -= expected
            tally.same(copy.call(contract, "get_reserves"), units(*reserves), "reserves after: equal")
    tally.show()
    assert tally["equal"] > STATES // 2


def test_concentrated_pools_pay_what_they_quote(chain: Chain, aquarius: Aquarius) -> None:
    tally, rng = Tally("Aquarius concentrated pool"), random.Random(6)
    contract = aquarius.concentrated[1]
    spacing = chain.see(contract, "get_tick_spacing")[1]
    for _ in range(STATES):
        # given a pool with liquidity everywhere, and more of it around the price
        depth = 10 ** rng.randrange(8, 17)
        near = spacing * rng.randrange(1, 100)
        with chain.copy() as copy:
            copy.call(contract, "deposit", aquarius.alice, units(depth, depth), v.u128(0))
            position = (aquarius.alice, v.i32(-near), v.i32(near), units(depth, depth), v.u128(0))
            copy.call(contract, "deposit_position", *position)
            # when it is traded
            sold = rng.randrange(2)
            order = (v.u32(sold), v.u32(1 - sold), v.u128(rng.randrange(1, (2 * depth) >> rng.randrange(20))))
            quoted = copy.tried(contract, "estimate_swap", *order)
            before = copy.balance(aquarius.tokens[1 - sold])
            swapped = copy.tried(contract, "swap", aquarius.alice, *order, v.u128(0))
            # then it pays its quote
            tally["states"] += 1
            tally.same(swapped, quoted, "refused with the quote" if quoted is None else "paid as quoted")
            if swapped is not None:
                tally.same(copy.balance(aquarius.tokens[1 - sold]) - before, swapped[1], "balance grew by it")
    tally.show()
    assert tally["paid as quoted"] > STATES // 2


def test_a_chain_over_two_pools_is_one_transaction(chain: Chain, aquarius: Aquarius) -> None:
    # given two pools with liquidity
    pools = [(10**12, 2 * 10**12), (5 * 10**11, 10**12)]
    for hop, reserves in enumerate(pools):
        chain.do(aquarius.pools[hop, 30][1], "deposit", chain.alice, units(*reserves), v.u128(0))
    middle = aquarius_out(123_456_789, *pools[0], 30)
    assert middle == 246_142_539
    expected = aquarius_out(middle, *pools[1], 30)
    assert expected
    # when a transaction trades through both
    order = (chain.alice, aquarius.chained(30), aquarius.tokens[0], v.u128(123_456_789), v.u128(expected))
    # then it pays the formula's amount
    assert chain.do(aquarius.router, "swap_chained", *order) == v.u128(expected)
