"""Aquarius's and Phoenix's pools: their refusals, their storage, whom they pay."""

import pytest
from support.contract_world import LATER, ContractWorld, account, fields
from support.venue_formulas import phoenix_out, phoenix_spread_fits

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.ports import Durability
from arb.localnet.soroban.values import HostValue

PROVIDER, TRADER, COLLECTOR = account(1), account(2), account(3)
PLENTY = 10**24
NO_LIMITS = (v.VOID, v.VOID, v.VOID, v.VOID)


class Pools:
    """Two tokens in two hands, and pools of them with any reserves."""

    def __init__(self) -> None:
        self.world = ContractWorld()
        self.tokens = self.world.tokens(2, PROVIDER, PLENTY)
        for token in self.tokens:
            self.world.call(token, "mint", TRADER, v.i128(PLENTY))

    def aquarius(self, reserves: tuple[int, int], fee: int) -> HostValue:
        pool = self.world.deploy("aquarius_pool", v.vec(self.tokens), v.u32(fee))
        self.world.call(pool, "deposit", PROVIDER, v.vec(map(v.u128, reserves)), v.u128(0))
        return pool

    def phoenix(self, reserves: tuple[int, int], fee: int, spread: int = 10_000) -> HostValue:
        pool = self.world.deploy("phoenix_pool", *self.tokens, v.i64(fee), v.i64(spread), COLLECTOR)
        wanted = (v.i128(reserves[0]), v.VOID, v.i128(reserves[1]), v.VOID, v.VOID, LATER)
        self.world.call(pool, "provide_liquidity", PROVIDER, *wanted, v.boolean(False))
        return pool


@pytest.mark.parametrize(
    ("function", "args", "code"),
    [
        ("swap", (0, 0, 1000, 0), 2007),
        ("swap", (2, 0, 1000, 0), 2008),
        ("swap", (0, 2, 1000, 0), 2009),
        ("swap", (0, 1, 0, 0), 2018),
        ("swap", (0, 1, 1000, 10**9), 2006),
        ("swap_strict_receive", (0, 1, 10**8, 10**20), 2019),
        ("swap_strict_receive", (0, 1, 1000, 1), 2020),
    ],
)
def test_aquarius_refuses_by_number(function: str, args: tuple[int, int, int, int], code: int) -> None:
    pools = Pools()
    pool = pools.aquarius((10**8, 10**8), 30)
    order = (TRADER, v.u32(args[0]), v.u32(args[1]), v.u128(args[2]), v.u128(args[3]))
    with pytest.raises(HostError) as error:
        pools.world.call(pool, function, *order)
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, code)


def test_phoenix_pays_its_collector_and_stores_its_reserves_where_scanners_read() -> None:
    pools = Pools()
    pool = pools.phoenix((10**12, 2 * 10**12), 30)
    order = (TRADER, pools.tokens[0], v.i128(123_456_789), *NO_LIMITS)
    assert pools.world.call(pool, "swap", *order) == v.i128(246_142_450)
    assert pools.world.balance(pools.tokens[1], COLLECTOR) == 740_649
    stored = pools.world.storage.data
    kept = [stored[Host.contract_of(pool), v.u32(key), Durability.PERSISTENT] for key in (1, 2)]
    assert kept == [v.i128(10**12 + 123_456_789), v.i128(2 * 10**12 - 246_142_450 - 740_649)]


def test_phoenix_refuses_a_spread_beyond_its_limit_that_it_still_quotes() -> None:
    pools = Pools()
    pool = pools.phoenix((10**8, 10**8), 30, spread=100)
    quoted = pools.world.call(pool, "simulate_swap", pools.tokens[0], v.i128(10**7))
    assert fields(quoted)["ask_amount"] > 0
    with pytest.raises(HostError) as error:
        pools.world.call(pool, "swap", TRADER, pools.tokens[0], v.i128(10**7), *NO_LIMITS)
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, 1)


def test_phoenix_holds_a_spread_against_its_limit_to_the_last_unit() -> None:
    # given a pool whose limit is a hundredth, and the most that its price moves by no more than that
    reserves, limit = (10**8, 10**8), 100
    pools = Pools()
    pool = pools.phoenix(reserves, 30, spread=limit)
    passes = {n: phoenix_spread_fits(phoenix_out(n, *reserves, 30) or (0, 0, 0), limit) for n in range(1, 2 * 10**6)}
    most = max(amount for amount, fits in passes.items() if fits)
    # when that is offered it is taken, and one unit whose spread is a trifle above is not
    over = next(amount for amount in range(most + 1, 2 * 10**6) if not passes[amount])
    assert pools.world.tried(pool, "swap", TRADER, pools.tokens[0], v.i128(over), *NO_LIMITS) is None
    assert pools.world.tried(pool, "swap", TRADER, pools.tokens[0], v.i128(most), *NO_LIMITS) is not None


def test_phoenix_multiplies_beyond_128_bits() -> None:
    # given reserves whose product is beyond i128: they came in two parts
    half = 2**63
    pools = Pools()
    pool = pools.phoenix((half, half), 30)
    wanted = (v.i128(half), v.VOID, v.i128(half), v.VOID, v.VOID, LATER)
    pools.world.call(pool, "provide_liquidity", PROVIDER, *wanted, v.boolean(False))
    # when it is traded, then it pays what the formula says
    expected = phoenix_out(10**18, 2 * half, 2 * half, 30)
    assert expected
    paid = pools.world.call(pool, "swap", TRADER, pools.tokens[0], v.i128(10**18), *NO_LIMITS)
    assert paid == v.i128(expected[0])


def test_shares_are_worth_what_went_in() -> None:
    pools = Pools()
    aquarius, phoenix = pools.aquarius((10**8, 4 * 10**8), 30), pools.phoenix((10**8, 4 * 10**8), 30)
    paid = pools.world.call(aquarius, "withdraw", PROVIDER, v.u128(10**8), v.vec([v.u128(0)] * 2))
    assert paid == v.vec([v.u128(5 * 10**7), v.u128(2 * 10**8)])
    asked = (v.i128(10**8), v.i128(0), v.i128(0), v.VOID, v.VOID)
    assert pools.world.call(phoenix, "withdraw_liquidity", PROVIDER, *asked) == v.vec(
        [v.i128(5 * 10**7), v.i128(2 * 10**8)]
    )
