"""Steps towards recorded reserves arrive there, whatever an outsider did to the pool before."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from arb.localnet.traffic.reserves import Deposit, Step, Swap, Withdrawal, steps
from arb.markets import pool as pools
from arb.markets.asset import NATIVE, Asset
from arb.markets.exchange import INT32_MAX
from arb.markets.pool import Pool
from arb.markets.universe import default_universe

_USDC: Asset = next(asset for asset in default_universe("LOCAL") if asset.code == "USDC")
_ANY_PRICE = ((1, INT32_MAX), (INT32_MAX, 1))
_RESERVES = st.integers(10**7, 10**16)


def _pool(reserve_a: int, reserve_b: int, shares: int) -> Pool:
    return Pool("00" * 32, NATIVE, _USDC, reserve_a, reserve_b, shares)


def _walk(pool: Pool, walked: list[Step]) -> Pool:
    """What the network makes of the steps."""
    for step in walked:
        a, b = pool.reserve_a, pool.reserve_b
        match step:
            case Swap(a_in, paid, received, exact_in):
                side_in, side_out = (a, b) if a_in else (b, a)
                if exact_in:
                    assert pools.swap_send(side_in, side_out, paid) == received
                else:
                    assert pools.swap_receive(side_in, side_out, received) == paid
                a, b = (a + paid, b - received) if a_in else (a - received, b + paid)
                pool = replace(pool, reserve_a=a, reserve_b=b)
            case Deposit(max_a, max_b):
                added = pools.deposit(a, b, pool.shares, max_a, max_b, *_ANY_PRICE)
                assert isinstance(added, pools.Deposit)
                shares = pool.shares + added.shares
                pool = replace(pool, reserve_a=a + added.amount_a, reserve_b=b + added.amount_b, shares=shares)
            case Withdrawal(shares):
                gone_a, gone_b = pools.withdraw(a, b, pool.shares, shares)
                pool = replace(pool, reserve_a=a - gone_a, reserve_b=b - gone_b, shares=pool.shares - shares)
    return pool


def test_reserves_already_there_need_nothing() -> None:
    assert steps(_pool(1000, 2000, 1414), _pool(1000, 2000, 999)) == []


@given(_RESERVES, _RESERVES, st.integers(1, 3000), st.booleans())
def test_a_recorded_swap_is_repeated_to_the_stroop(a: int, b: int, share_of_10k: int, a_in: bool) -> None:
    # given a pool and what one strict send made of it
    paid = (a if a_in else b) * share_of_10k // 10_000
    got = pools.swap_send(a if a_in else b, b if a_in else a, paid)
    if got is None:
        return
    after = _pool(a + paid, b - got, 10**9) if a_in else _pool(a - got, b + paid, 10**9)
    # when asked to get there, then it is one swap, and exact
    walked = steps(_pool(a, b, 10**9), after)
    assert len(walked) == 1
    end = _walk(_pool(a, b, 10**9), walked)
    assert (end.reserve_a, end.reserve_b) == (after.reserve_a, after.reserve_b)


@given(_RESERVES, _RESERVES, st.integers(500, 2000), st.integers(500, 2000))
def test_any_reserves_are_met_within_what_stroops_and_shares_can_express(a: int, b: int, by_a: int, by_b: int) -> None:
    start = _pool(a, b, 10**12)
    target = _pool(a * by_a // 1000, b * by_b // 1000, 1)
    end = _walk(start, steps(start, target))
    grain = 1e-5 + 4 / min(a, b)
    assert abs(end.reserve_a / target.reserve_a - 1) < grain
    assert abs(end.reserve_b / target.reserve_b - 1) < grain
