"""Oracle prices: averages, cross prices, age and deviation, exact in integers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb.markets.errors import OracleError
from arb.markets.oracle import Price, cross_price, deviation_bps, is_stale, twap

NOW, RESOLUTION = 1_700_000_100, 300
START = 1_700_000_100 // RESOLUTION * RESOLUTION
prices_above_zero = st.integers(1, 10**30)


def records(*prices: int) -> list[Price]:
    """Newest first, an interval apart, as `prices` answers."""
    return [Price(price, START - number * RESOLUTION) for number, price in enumerate(prices)]


def test_an_average_of_even_intervals_is_the_mean_rounded_down() -> None:
    assert twap(records(10, 20, 31), NOW, RESOLUTION) == 20
    assert twap(records(7), NOW, RESOLUTION) == 7


def test_a_price_that_held_longer_weighs_more() -> None:
    # 100 held for three intervals, since two were missed, 200 for one
    gap = [Price(200, START), Price(100, START - 3 * RESOLUTION)]
    assert twap(gap, NOW, RESOLUTION) == 125


def test_order_and_repeats_do_not_matter() -> None:
    found = records(10, 20, 31)
    assert twap([*reversed(found), found[0]], NOW, RESOLUTION) == 20


@given(st.lists(prices_above_zero, min_size=1, max_size=20))
def test_an_average_lies_between_its_prices(prices: list[int]) -> None:
    average = twap(records(*prices), NOW, RESOLUTION)
    assert average is not None
    assert min(prices) <= average <= max(prices)
    assert average == Fraction(sum(prices), len(prices)).__floor__()


@pytest.mark.parametrize("prices", [(), (10, 0), (10, -5), (0,)])
def test_what_cannot_be_trusted_has_no_average(prices: tuple[int, ...]) -> None:
    assert twap(records(*prices), NOW, RESOLUTION) is None


def test_too_few_records_have_no_average() -> None:
    assert twap(records(10, 20), NOW, RESOLUTION, least_records=3) is None
    assert twap(records(10, 20, 30), NOW, RESOLUTION, least_records=3) == 20


@pytest.mark.parametrize(
    ("age", "stale"), [(0, False), (600, False), (601, True), (-300, False), (-301, True), (10**9, True)]
)
def test_a_record_is_stale_after_two_resolutions_or_from_the_future(age: int, stale: bool) -> None:
    assert is_stale(NOW - age, NOW, RESOLUTION) is stale
    average = twap([Price(5, NOW - age)], NOW, RESOLUTION)
    assert (average is None) is stale


@pytest.mark.parametrize("resolution", [0, -300])
def test_a_resolution_that_no_oracle_has(resolution: int) -> None:
    with pytest.raises(OracleError, match=str(resolution)):
        is_stale(NOW, NOW, resolution)


def test_cross_prices() -> None:
    # 0.10 in the base against 2.00: 0.05
    assert cross_price(10**13, 2 * 10**14, 14) == 5 * 10**12
    assert cross_price(1, 3, 2) == 33
    assert cross_price(0, 5, 14) is None
    assert cross_price(5, -1, 14) is None
    assert cross_price(1, 1_000, 2) is None


@pytest.mark.parametrize("decimals", [-1, 39])
def test_decimals_that_lie(decimals: int) -> None:
    with pytest.raises(OracleError, match=str(decimals)):
        cross_price(1, 1, decimals)
    with pytest.raises(OracleError, match=str(decimals)):
        deviation_bps(1, 1, 1, 1, decimals_in=decimals)


def test_deviation() -> None:
    # Given 100 of the first for 50 of the second at 0.10 and 0.20: what the oracle says
    assert deviation_bps(100, 50, 10, 20) == 0
    assert deviation_bps(100, 51, 10, 20) == 200
    assert deviation_bps(100, 49, 10, 20) == -200
    assert deviation_bps(100, 0, 10, 20) == -10_000
    # One unit of 6 places is worth ten of 7
    assert deviation_bps(10**6, 10**7, 5, 5, decimals_in=6, decimals_out=7) == 0
    assert deviation_bps(100, 50, 0, 20) is None
    assert deviation_bps(100, 50, 10, -20) is None


def test_deviation_rounds_away_from_agreement() -> None:
    assert deviation_bps(10**9, 10**9 + 1, 1, 1) == 1
    assert deviation_bps(10**9, 10**9 - 1, 1, 1) == -1


@given(st.integers(1, 10**30), st.integers(1, 10**30), prices_above_zero, prices_above_zero)
def test_deviation_is_the_ratio_of_worths(amount_in: int, amount_out: int, price_in: int, price_out: int) -> None:
    off = deviation_bps(amount_in, amount_out, price_in, price_out)
    exact = (Fraction(amount_out * price_out, amount_in * price_in) - 1) * 10_000
    assert off is not None
    assert abs(exact) <= abs(off) < abs(exact) + 1


@pytest.mark.parametrize(("amount_in", "amount_out"), [(0, 5), (-1, 5), (5, -1)])
def test_a_swap_that_is_none_has_no_deviation(amount_in: int, amount_out: int) -> None:
    with pytest.raises(OracleError, match="no price"):
        deviation_bps(amount_in, amount_out, 1, 1)
