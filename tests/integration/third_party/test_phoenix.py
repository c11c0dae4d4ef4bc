"""Phoenix's mainnet factory, xyk pool and multihop: quotes, swaps and two-hop routes equal the formula."""

import random

import pytest
from support.contract_world import fields, struct
from support.third_party import STATES, Chain, Copy, Tally
from support.venue_formulas import phoenix_out, phoenix_spread_fits

from arb.contracts.routes.call import Venue
from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue

XYK = v.u32(0)
SPREAD_LIMIT = 10_000
LIMITS = (v.i64(SPREAD_LIMIT), v.i64(SPREAD_LIMIT))
NO_LIMITS = (v.VOID, v.VOID, v.VOID, v.VOID)
Pool = tuple[int, int]


class Phoenix:
    """A factory with the pools of three tokens in a row, and its multihop."""

    def __init__(self, chain: Chain) -> None:
        self.alice = chain.alice
        self.tokens = chain.tokens(3)
        self.factory = chain.create("phoenix_factory")
        codes = ("phoenix_multihop", "phoenix_pool", "phoenix_pool_stable", "phoenix_stake", "phoenix_token")
        installed = [chain.code(name) for name in codes]
        chain.do(self.factory, "initialize", chain.alice, *installed, v.vec([chain.alice]), v.u32(7))
        self.multihop = v.address(v.strkey(dict_of(chain.see(self.factory, "get_config"))["multihop_address"]))
        self.pools = [self._pool(chain, hop) for hop in (0, 1)]

    def _pool(self, chain: Chain, hop: int) -> HostValue:
        wanted, *named = self._terms(chain, hop)
        return chain.do(self.factory, "create_liquidity_pool", chain.alice, wanted, *named, XYK, v.VOID, *LIMITS)

    def stable_pool(self, chain: Chain) -> HostValue:
        """A stable pool of the first two tokens; the factory keeps one pool for a pair, so it comes without."""
        pool = chain.create("phoenix_pool_stable")
        codes = (chain.code("phoenix_stake"), chain.code("phoenix_token"))
        wanted, *named = self._terms(chain, 0)
        ends = (v.u32(7), *named, v.u64(100), v.i64(SPREAD_LIMIT))
        chain.do(pool, "initialize", *codes, wanted, self.factory, *ends)
        return pool

    def _terms(self, chain: Chain, hop: int) -> tuple[HostValue, HostValue, HostValue]:
        """A pool's terms, and the name and symbol of its shares."""
        basis_points = dict.fromkeys(
            ("default_slippage_bps", "max_allowed_slippage_bps", "max_allowed_spread_bps"), v.i64(SPREAD_LIMIT)
        )
        stake = struct(manager=chain.alice, max_complexity=v.u32(7), min_bond=v.i128(100), min_reward=v.i128(100))
        wanted = struct(
            admin=chain.alice,
            fee_recipient=chain.alice,
            max_referral_bps=v.i64(0),
            stake_init_info=stake,
            swap_fee_bps=v.i64(30),
            token_init_info=struct(token_a=self.tokens[hop], token_b=self.tokens[hop + 1]),
            **basis_points,
        )
        return wanted, v.string("Share"), v.string("SHR")

    def adding(self, reserves: Pool) -> tuple[HostValue, ...]:
        """Arguments of provide_liquidity."""
        return self.alice, v.i128(reserves[0]), v.VOID, v.i128(reserves[1]), v.VOID, v.VOID, v.VOID

    def route(self) -> HostValue:
        """The operations of a route over both pools."""
        hops = zip(self.tokens, self.tokens[1:], strict=False)
        return v.vec(struct(ask_asset=ask, ask_asset_min_amount=v.VOID, offer_asset=offer) for offer, ask in hops)


def dict_of(value: HostValue) -> dict[str, HostValue]:
    """A struct's fields with their types."""
    return {key[1]: field for key, field in value[1]}


@pytest.fixture(scope="module")
def phoenix(chain: Chain) -> Phoenix:
    return Phoenix(chain)


def random_pool(rng: random.Random) -> Pool:
    return rng.randrange(2_000, 10 ** rng.randrange(5, 19)), rng.randrange(2_000, 10 ** rng.randrange(5, 19))


def try_pool(tally: Tally, market: Phoenix, copy: Copy, pool: Pool, amount: int, fee: int) -> None:
    """Quote and swap in the first pool; its commission goes to alice, who trades and collects."""
    expected = phoenix_out(amount, *pool, fee)
    offered = (market.tokens[0], v.i128(amount))
    before = copy.pool(Venue.PHOENIX, market.pools[0])
    quoted = copy.tried(market.pools[0], "simulate_swap", *offered)
    swapped = copy.tried(market.pools[0], "swap", market.alice, *offered, *NO_LIMITS)
    after = copy.pool(Venue.PHOENIX, market.pools[0])
    tally.foretold(before, after, (market.tokens[0], market.tokens[1], amount), swapped and swapped[1])
    if expected is None:
        tally.same((quoted, swapped), (None, None), "refused with the quote: spread below zero")
        return
    paid = expected[0]
    assert quoted is not None
    told = fields(quoted)
    tally.same((told["ask_amount"], told["commission_amount"], told["spread_amount"]), expected, "quote: equal")
    if not phoenix_spread_fits(expected, SPREAD_LIMIT):
        tally.same(swapped, None, "swap refused: spread over the limit")
        return
    if swapped is None:
        tally.same(paid, 0, "swap refused: nothing to pay")
        return
    tally.same(swapped, v.i128(paid), "swap: equal")
    info = fields(copy.call(market.pools[0], "query_pool_info"))
    left = tuple(fields((v.MAP, info[side]))["amount"] for side in ("asset_a", "asset_b"))
    tally.same(left, (pool[0] + amount, pool[0] * pool[1] // (pool[0] + amount)), "reserves after: equal")


def try_route(tally: Tally, market: Phoenix, copy: Copy, pools: list[Pool], amount: int, fee: int) -> None:
    """Quote and swap over both pools."""
    first = phoenix_out(amount, *pools[0], fee)
    second = phoenix_out(first[0], *pools[1], 30) if first and first[0] else None
    if first is None or second is None or not second[0] or not phoenix_spread_fits(first, SPREAD_LIMIT):
        return
    order = (market.route(), v.i128(amount), XYK)
    told = fields(copy.call(market.multihop, "simulate_swap", *order))
    tally.same(told["ask_amount"], second[0], "route quote: equal")
    if not phoenix_spread_fits(second, SPREAD_LIMIT):
        return
    before = copy.balance(market.tokens[2])
    arguments = (market.alice, market.route(), v.VOID, v.i128(amount), XYK, v.VOID, v.VOID)
    copy.call(market.multihop, "swap", *arguments)
    got = copy.balance(market.tokens[2]) - before - second[1]
    tally.same(got, second[0], "route swap: equal")


def test_swaps_in_a_pool_and_over_the_multihop_equal_the_formula(chain: Chain, phoenix: Phoenix) -> None:
    tally, rng = Tally("Phoenix factory, xyk pool, multihop"), random.Random(2)
    for _ in range(STATES):
        pools, fee = [random_pool(rng), random_pool(rng)], rng.choice([0, 10, 30, 100])
        amount = rng.randrange(1, max(2, pools[0][0] >> rng.randrange(12)))
        for trial in (try_pool, try_route):
            # given two pools of any shape and any fee
            with chain.copy() as copy:
                for pool, reserves in zip(phoenix.pools, pools, strict=True):
                    copy.call(pool, "provide_liquidity", *phoenix.adding(reserves))
                copy.call(phoenix.pools[0], "update_config", v.VOID, v.i64(fee), *[v.VOID] * 4)
                # when they are traded, then the numbers are the formula's
                if trial is try_pool:
                    try_pool(tally, phoenix, copy, pools[0], amount, fee)
                else:
                    try_route(tally, phoenix, copy, pools, amount, fee)
        tally["states"] += 1
    tally.show()
    assert tally["swap: equal"] > STATES // 4
    assert tally["route swap: equal"] > STATES // 8


def test_stable_pools_pay_what_they_quote(chain: Chain, phoenix: Phoenix) -> None:
    tally, rng = Tally("Phoenix stable pool"), random.Random(7)
    pool = phoenix.stable_pool(chain)
    for _ in range(STATES):
        # given a pool up to nine times deeper on one side than on the other; this release overflows u128 at ten units
        depth = 10 ** rng.randrange(4, 7)
        sides = [v.i128(rng.randrange(depth, depth * 9)) for _ in range(2)]
        offered = (phoenix.tokens[0], v.i128(rng.randrange(1, depth * 5 >> rng.randrange(12))))
        with chain.copy() as copy:
            copy.call(pool, "provide_liquidity", phoenix.alice, *sides, v.VOID, v.VOID, v.VOID)
            # when it is traded
            quoted = copy.tried(pool, "simulate_swap", *offered)
            swapped = copy.tried(pool, "swap", phoenix.alice, *offered, *NO_LIMITS)
            # then it pays its quote
            tally["states"] += 1
            if quoted is None or swapped is None:
                tally.same(swapped, None, "refused with the quote" if quoted is None else "refused the swap only")
                continue
            tally.same(swapped[1], fields(quoted)["ask_amount"], "paid as quoted")
    tally.show()
    assert tally["paid as quoted"] > STATES // 2


def test_a_route_over_two_pools_is_one_transaction(chain: Chain, phoenix: Phoenix) -> None:
    # given two pools with liquidity
    pools = [(10**12, 2 * 10**12), (5 * 10**11, 10**12)]
    for pool, reserves in zip(phoenix.pools, pools, strict=True):
        chain.do(pool, "provide_liquidity", *phoenix.adding(reserves))
    first = phoenix_out(123_456_789, *pools[0], 30)
    assert first
    assert first[0] == 246_142_450
    second = phoenix_out(first[0], *pools[1], 30)
    assert second
    # when a transaction trades through both
    before = chain.see(phoenix.tokens[2], "balance", chain.alice)[1]
    order = (chain.alice, phoenix.route(), v.VOID, v.i128(123_456_789), XYK, v.VOID, v.VOID)
    chain.do(phoenix.multihop, "swap", *order)
    # then it paid the formula's amount, and the commission beside it
    assert chain.see(phoenix.tokens[2], "balance", chain.alice)[1] - before == second[0] + second[1]
