"""Soroswap, Aquarius and Phoenix: published vectors, a naive oracle in fractions, and the laws of their pools."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arb.markets.soroban import aquarius, phoenix, soroswap
from arb.markets.soroban.swap import I128_MAX, U128_MAX, Refusal, Swap

X, Y = 10**12, 2 * 10**12

reserves = st.integers(1, 5_000) | st.integers(1, 10**15) | st.integers(1, 2**62)
amounts = st.integers(1, 5_000) | st.integers(1, 10**12) | st.integers(1, 2**62)
fees = st.sampled_from([10, 30, 100]) | st.integers(0, 9_999)
shares = st.sampled_from([0, 5_000]) | st.integers(0, 9_999)


def test_the_published_vectors_in() -> None:
    assert soroswap.quote_in(X, Y, 123_456_789) == 246_142_539
    assert aquarius.quote_in(X, Y, 123_456_789, 30) == 246_142_539
    answer = phoenix.computed(X, Y, 123_456_789, 30)
    assert isinstance(answer, phoenix.Computed)
    assert answer.amount_out == 246_142_450


def test_the_published_vectors_out() -> None:
    assert soroswap.quote_out(X, Y, 10**7) == 5_015_072
    assert aquarius.quote_out(X, Y, 10**7, 30) == 5_015_072


@given(reserves, reserves, amounts)
def test_soroswap_sells_as_fractions_say(x: int, y: int, amount: int) -> None:
    kept = amount - ceil(Fraction(3 * amount, 1000))
    paid = floor(Fraction(kept * y, x + kept))
    assert soroswap.quote_in(x, y, amount) == paid
    answer = soroswap.swap(x, y, amount)
    assert answer == (Swap(amount, paid, x + amount, y - paid) if paid else Refusal.NOTHING_OUT)


@given(reserves, reserves, amounts, fees, shares)
def test_aquarius_sells_as_fractions_say(x: int, y: int, amount: int, fee: int, share: int) -> None:
    kept = floor(Fraction(amount * (10_000 - fee), 10_000))
    paid = floor(Fraction(kept * y, x + kept))
    assert aquarius.quote_in(x, y, amount, fee) == paid
    protocol = floor(Fraction((amount - kept) * share, 10_000))
    answer = aquarius.swap(x, y, amount, fee, share)
    assert answer == (Swap(amount, paid, x + amount - protocol, y - paid) if paid else Refusal.NOTHING_OUT)


@given(reserves, reserves, amounts, fees)
def test_phoenix_sells_as_fractions_say(x: int, y: int, amount: int, fee: int) -> None:
    gross = y - floor(Fraction(x * y, x + amount))
    spread = floor(Fraction(amount * y, x)) - gross
    paid = gross - floor(Fraction(gross * fee, 10_000))
    answer = phoenix.computed(x, y, amount, fee)
    if spread < 0:
        assert answer is Refusal.SPREAD_BELOW_ZERO
        assert phoenix.computed(x, y, amount, fee, clamps_spread=True) == (paid, gross - paid, 0)
    else:
        assert answer == (paid, gross - paid, spread)


@given(reserves, reserves, amounts, fees, st.integers(0, 10_000))
def test_phoenix_refuses_beyond_its_spread_limit_and_pays_the_fee_out(
    x: int, y: int, amount: int, fee: int, limit: int
) -> None:
    quoted = phoenix.computed(x, y, amount, fee)
    assume(isinstance(quoted, phoenix.Computed))
    assert isinstance(quoted, phoenix.Computed)
    gross = quoted.amount_out + quoted.commission
    answer = phoenix.swap(x, y, amount, fee, limit)
    if gross == 0:
        assert answer is Refusal.NOTHING_OUT
    elif quoted.spread * 10**18 > I128_MAX:
        assert answer is Refusal.OVERFLOW
    elif Fraction(floor(Fraction(quoted.spread * 10**18, gross)), 10**18) > Fraction(limit, 10_000):
        assert answer is Refusal.SPREAD_ABOVE_LIMIT
    else:
        assert answer == Swap(amount, quoted.amount_out, x + amount, y - gross)


@given(reserves, reserves, amounts, fees)
def test_more_in_never_pays_less_and_the_product_never_falls(x: int, y: int, amount: int, fee: int) -> None:
    sold = [
        (soroswap.swap(x, y, amount), soroswap.swap(x, y, amount + 1)),
        (aquarius.swap(x, y, amount, fee), aquarius.swap(x, y, amount + 1, fee)),
        (aquarius.swap(x, y, amount, fee, 9_999), aquarius.swap(x, y, amount + 1, fee, 9_999)),
    ]
    for answer, more in sold:
        if isinstance(answer, Swap):
            assert isinstance(more, Swap)
            assert more.amount_out >= answer.amount_out
            assert answer.reserve_in * answer.reserve_out >= x * y
            assert answer.reserve_in > x
            assert 0 < answer.reserve_out < y
    paid = phoenix.swap(x, y, amount, fee, 10_000, clamps_spread=True)
    more = phoenix.swap(x, y, amount + 1, fee, 10_000, clamps_spread=True)
    if isinstance(paid, Swap):
        assert not isinstance(more, Swap) or more.amount_out >= paid.amount_out
        # The pool keeps no fee and rounds for the trader: the product falls by less than one unit paid in is worth.
        assert (paid.reserve_out + 1) * paid.reserve_in > x * y


@given(reserves, reserves, st.data())
def test_least_inputs_buy_what_was_asked_and_one_less_does_not(x: int, y: int, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(1, y))
    fee = data.draw(fees)
    quotes: list[tuple[int | None, Callable[[int], int]]] = [
        (soroswap.least_in(x, y, wanted), lambda amount: soroswap.quote_in(x, y, amount) or 0),
        (aquarius.quote_out(x, y, wanted, fee), lambda amount: aquarius.quote_in(x, y, amount, fee) or 0),
        (phoenix.least_in(x, y, wanted, fee), lambda amount: _phoenix_pays(x, y, amount, fee)),
    ]
    for least, pays in quotes:
        if least is not None:
            assert pays(least) >= wanted
            assert least == 1 or pays(least - 1) < wanted


def _phoenix_pays(x: int, y: int, amount: int, fee: int) -> int:
    answer = phoenix.computed(x, y, amount, fee, clamps_spread=True)
    return answer.amount_out if isinstance(answer, phoenix.Computed) else 0


@given(st.integers(1, 3_000), st.integers(1, 3_000), st.integers(1, 500))
def test_the_least_accepted_input_is_the_first_that_phoenix_does_not_refuse(x: int, y: int, amount: int) -> None:
    least = phoenix.least_accepted(x, y, amount)
    assert phoenix.computed(x, y, least, 30) is not Refusal.SPREAD_BELOW_ZERO
    assert all(phoenix.computed(x, y, less, 30) is Refusal.SPREAD_BELOW_ZERO for less in range(amount, least))


@given(reserves, reserves, amounts, fees, shares)
def test_aquarius_exact_out_costs_what_it_says(x: int, y: int, amount: int, fee: int, share: int) -> None:
    answer = aquarius.swap_out(x, y, amount, fee, share)
    if amount >= y:
        assert answer is Refusal.WHOLE_RESERVE
        return
    kept = ceil(Fraction(x * amount, y - amount))
    cost = ceil(Fraction(kept * 10_000, 10_000 - fee))
    if isinstance(answer, Swap):
        assert answer == Swap(cost, amount, x + cost - (cost - kept) * share // 10_000, y - amount)
    else:
        assert cost > I128_MAX - x or answer is Refusal.OVERFLOW


@given(st.integers(1, 3_000), st.integers(1, 3_000), st.integers(1, 3_000))
def test_soroswap_exact_out_is_accepted_only_where_the_product_is_kept(x: int, y: int, amount: int) -> None:
    assume(amount < y)
    asked = soroswap.quote_out(x, y, amount)
    assert asked is not None
    kept = asked - ceil(Fraction(3 * asked, 1000))
    answer = soroswap.swap_out(x, y, amount)
    if Fraction(x + kept) * (y - amount) >= x * y:
        assert answer == Swap(asked, amount, x + asked, y - amount)
    else:
        assert answer is Refusal.PRODUCT_FALLS


@pytest.mark.parametrize(
    ("x", "y", "wanted", "asked"),
    [(906_227, 292_950, 140_845, 841_667), (741_147, 53_625, 29_798, 929_667), (833_630, 358_016, 39_152, 102_667)],
)
def test_where_the_router_is_a_unit_short_the_pair_refuses(x: int, y: int, wanted: int, asked: int) -> None:
    assert soroswap.quote_out(x, y, wanted) == asked
    assert soroswap.swap_out(x, y, wanted) is Refusal.PRODUCT_FALLS
    assert soroswap.least_in(x, y, wanted) == asked + 1
    assert isinstance(soroswap.swap(x, y, asked + 1), Swap)


def test_soroswap_answers_a_negative_cost_beyond_the_reserve_and_traps_at_it() -> None:
    # -(10*11*1000 // 997) + 1 for the remainder + 1
    assert soroswap.quote_out(10, 10, 11) == -110 + 2
    assert soroswap.quote_out(10, 10, 10) is None
    assert soroswap.swap_out(10, 10, 10) is Refusal.WHOLE_RESERVE
    assert soroswap.swap_out(10, 10, 11) is Refusal.WHOLE_RESERVE


def test_soroswap_quotes_nothing_where_the_swap_fails() -> None:
    assert soroswap.quote_in(1_000, 10, 1) == 0
    assert soroswap.swap(1_000, 10, 1) is Refusal.NOTHING_OUT


@pytest.mark.parametrize(
    ("x", "y", "amount"),
    [(10, 10, I128_MAX // 3 + 1), (10, I128_MAX // 4, 1_000), (I128_MAX - 5, 1, 1_000)],
)
def test_soroswap_overflow_has_no_quote(x: int, y: int, amount: int) -> None:
    assert soroswap.quote_in(x, y, amount) is None
    assert soroswap.swap(x, y, amount) is Refusal.OVERFLOW


def test_a_soroswap_pair_whose_product_does_not_fit_quotes_and_yet_swaps_nothing() -> None:
    x = y = 2**64
    assert soroswap.quote_in(x, y, 10_000) is not None
    assert soroswap.swap(x, y, 10_000) is Refusal.OVERFLOW


def test_the_last_soroswap_amounts_that_fit() -> None:
    assert soroswap.quote_in(10, 1, I128_MAX // 3) == 0
    assert soroswap.quote_out(I128_MAX // 1_000, 2, 1) is not None
    assert soroswap.quote_out(I128_MAX // 1_000 + 1, 2, 1) is None


def test_no_soroswap_amount_buys_what_only_an_overflow_could() -> None:
    assert soroswap.least_in(10**18, 10**18, 10**18 - 1) is None
    assert soroswap.least_in(10**18, 10**18, 10**17) == 111_445_447_453_471_527


def test_aquarius_traps_where_the_kept_part_does_not_fit() -> None:
    last = U128_MAX // 9_970
    assert aquarius.quote_in(10, 10, last, 30) is not None
    assert aquarius.quote_in(10, 10, last + 1, 30) is None
    assert aquarius.swap(10, 10, last + 1, 30) is Refusal.OVERFLOW


def test_phoenix_refuses_the_small_trade_that_its_arithmetic_cannot_say() -> None:
    assert phoenix.computed(1_000, 10, 1, 30) is Refusal.SPREAD_BELOW_ZERO
    assert phoenix.swap(1_000, 10, 1, 30, 10_000) is Refusal.SPREAD_BELOW_ZERO
    assert phoenix.computed(1_000, 10, 1, 30, clamps_spread=True) == (1, 0, 0)


def test_phoenix_multiplies_in_256_bits() -> None:
    assert isinstance(phoenix.computed(2**100, 2**100, 2**90, 30), phoenix.Computed)


@pytest.mark.parametrize("amount", [0, -1, I128_MAX + 1])
def test_amounts_that_no_token_moves_are_refused(amount: int) -> None:
    assert soroswap.swap(X, Y, amount) is Refusal.BAD_AMOUNT
    assert soroswap.swap_out(X, Y, amount) is Refusal.BAD_AMOUNT
    assert aquarius.swap(X, Y, amount, 30) is Refusal.BAD_AMOUNT
    assert aquarius.swap_out(X, Y, amount, 30) is Refusal.BAD_AMOUNT
    assert phoenix.swap(X, Y, amount, 30, 10_000) is Refusal.BAD_AMOUNT


@pytest.mark.parametrize(("x", "y"), [(0, 10), (10, 0), (-1, 10), (10, -1)])
def test_empty_pools_are_refused(x: int, y: int) -> None:
    assert soroswap.swap(x, y, 5) is Refusal.EMPTY
    assert soroswap.swap_out(x, y, 5) is Refusal.EMPTY
    assert aquarius.swap(x, y, 5, 30) is Refusal.EMPTY
    assert aquarius.swap_out(x, y, 5, 30) is Refusal.EMPTY
    assert phoenix.swap(x, y, 5, 30, 10_000) is Refusal.EMPTY
