"""Laws of crossing one offer, for any price and any limits."""

from hypothesis import assume, given
from hypothesis import strategies as st

from arb.markets.amount import INT64_MAX
from arb.markets.exchange import (
    INT32_MAX,
    Rounding,
    adjust_amount,
    exchange,
    offer_liabilities,
    within_one_percent,
)

parts = st.integers(1, 20) | st.integers(1, INT32_MAX)
amounts = st.integers(1, 300) | st.integers(1, 10**12) | st.integers(1, INT64_MAX)
limits = amounts | st.just(INT64_MAX)


@given(parts, parts, amounts, limits, limits, limits, st.sampled_from(Rounding))
def test_crossing_an_adjusted_offer(
    n: int, d: int, amount: int, room: int, wheat_wanted: int, sheep_offered: int, rounding: Rounding
) -> None:
    # given an offer the ledger could hold
    kept = adjust_amount(n, d, amount, room)
    assume(kept > 0)
    # when it is crossed
    wheat, sheep, stays = exchange(n, d, kept, wheat_wanted, sheep_offered, room, rounding)
    # then nobody exceeds a limit
    assert 0 <= wheat <= min(kept, wheat_wanted)
    assert 0 <= sheep <= min(room, sheep_offered)
    # and the rounding favours the side that stays
    if wheat > 0 or rounding is Rounding.SEND:
        assert (sheep * d >= wheat * n) if stays else (sheep * d <= wheat * n)
    # and the maker never loses more than 1 %, the taker of a manage offer neither
    if wheat > 0 and (rounding is Rounding.NORMAL or sheep * d < wheat * n):
        assert within_one_percent(n, d, wheat, sheep)
    # and something moves on both sides or on none, but that a strict send may pay for nothing
    if rounding is Rounding.SEND:
        assert sheep > 0
    else:
        assert (wheat > 0) == (sheep > 0)


@given(parts, parts, amounts, limits)
def test_adjusting_twice_changes_nothing(n: int, d: int, amount: int, room: int) -> None:
    kept = adjust_amount(n, d, amount, room)
    assert kept <= amount
    assert adjust_amount(n, d, kept, room) == kept


@given(parts, parts, amounts, limits)
def test_liabilities_of_an_adjusted_offer_are_covered(n: int, d: int, amount: int, room: int) -> None:
    kept = adjust_amount(n, d, amount, room)
    buying, selling = offer_liabilities(n, d, kept)
    assert selling == kept
    assert buying <= room


@given(parts, parts, amounts, amounts)
def test_strict_receive_costs_the_least_that_respects_the_price(n: int, d: int, amount: int, wanted: int) -> None:
    kept = adjust_amount(n, d, amount, INT64_MAX)
    assume(wanted < kept and wanted * n <= INT64_MAX * d)
    wheat, sheep, stays = exchange(n, d, kept, wanted, INT64_MAX, INT64_MAX, Rounding.RECV)
    assert stays
    assert wheat == wanted
    assert sheep * d >= wheat * n > (sheep - 1) * d


@given(parts, parts, amounts, amounts)
def test_strict_send_gives_the_most_that_respects_the_price(n: int, d: int, amount: int, offered: int) -> None:
    kept = adjust_amount(n, d, amount, INT64_MAX)
    assume(offered * d < kept * n)
    wheat, sheep, stays = exchange(n, d, kept, INT64_MAX, offered, INT64_MAX, Rounding.SEND)
    assert stays
    assert sheep == offered
    assert wheat * n <= sheep * d < (wheat + 1) * n
