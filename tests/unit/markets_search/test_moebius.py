"""The real-valued bound: exact composition, exact maximum, exact windows."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from arb.markets.moebius import SplitBound, compose
from arb.markets.pool import Reserves
from arb.markets.pool_cycle import send_through

pools = st.builds(Reserves, st.just("p"), st.integers(1, 150), st.integers(1, 150), st.sampled_from([0, 30, 100]))
rows = st.lists(pools, min_size=1, max_size=4)


def real_output(row: list[Reserves], amount: Fraction) -> Fraction:
    for pool in row:
        kept = amount * (10_000 - pool.fee_bps) / 10_000
        amount = pool.reserve_out * kept / (pool.reserve_in + kept)
    return amount


@given(rows, st.integers(1, 1000))
def test_the_map_of_a_row_is_the_unrounded_trade(row: list[Reserves], amount: int) -> None:
    # given a row of pools and an amount / when it passes the map / then it is the trade without rounding, floored
    assert compose(row).floor(amount) == real_output(row, Fraction(amount)) // 1


@settings(max_examples=60, deadline=None)
@given(rows)
def test_no_amount_gains_more_than_the_bound_and_the_bound_is_reached(row: list[Reserves]) -> None:
    whole = compose(row)
    bound = whole.profit_bound()
    gains = [(send_through(row, x) or 0) - x for x in range(1, 250)]
    real = [real_output(row, Fraction(x)) - x for x in range(250)]
    assert max(gains) <= bound or bound == 0
    if not whole.profitable:
        assert max(real) <= 0
    else:
        # At integers the real profit comes within a rounded input of the true maximum, and never above it.
        assert max(real) < bound + 1
        best = whole.best_input()
        finer = max(real_output(row, best + Fraction(i, 50)) - best - Fraction(i, 50) for i in range(51))
        assert finer + Fraction(1, 10) >= bound


@settings(max_examples=60, deadline=None)
@given(st.lists(pools, max_size=3), st.lists(pools, max_size=3), st.integers(1, 40))
def test_a_window_holds_exactly_the_amounts_that_reach_the_profit(
    before: list[Reserves], after: list[Reserves], profit: int
) -> None:
    # given a cycle cut in two / when the window for a profit is asked
    if not before and not after:
        return
    first = compose(before)
    window = SplitBound(first, compose(after)).window(profit)
    # then it is what trying every amount gives
    reached = []
    for y in range(1, 160):
        room = first.k - first.n * y
        if room > 0 and real_output(after, Fraction(y)) - Fraction(first.m * y, room) >= profit:
            reached.append(y)
    inside = [] if window is None else [y for y in range(1, 160) if window[0] <= y <= window[1]]
    assert inside == reached
