"""Aquarius's stable pool against its invariant solved by bisection in fractions, and the laws of a pool."""

from collections.abc import Callable
from fractions import Fraction
from math import prod

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from arb.markets.soroban import stableswap
from arb.markets.soroban.swap import I128_MAX, Refusal, Swap

balances = st.integers(10**3, 10**7) | st.integers(10**7, 10**16)
amps = st.sampled_from([1, 85, 750, 1_500]) | st.integers(1, 1_000_000)
fees = st.sampled_from([0, 10, 30]) | st.integers(0, 5_000)


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    """Reserves, multipliers and amplification of a pool no side of which holds more than 100 times another."""
    count = draw(st.integers(2, 3))
    least = draw(balances)
    scaled = [draw(st.integers(least, 100 * least)) for _ in range(count)]
    multipliers = [1, *(draw(st.sampled_from([1, 1, 10, 100])) for _ in range(count - 1))]
    reserves = [max(1_000, balance // multiplier) for balance, multiplier in zip(scaled, multipliers, strict=True)]
    return reserves, multipliers, draw(amps)


def _bisect(low: Fraction, high: Fraction, below: Callable[[Fraction], bool]) -> Fraction:
    for _ in range(160):
        middle = (low + high) / 2
        middle = Fraction(round(middle * 2**60), 2**60)
        low, high = (middle, high) if below(middle) else (low, middle)
    return high


def _real_d(scaled: list[int], amp: int) -> Fraction:
    """Ann*S + D = Ann*D + D^(n+1) / (n^n * product), with Ann = amp * n."""
    n, total, ann = len(scaled), sum(scaled), amp * len(scaled)

    def below(d: Fraction) -> bool:
        power: Fraction = d ** (n + 1)
        whole: int = n**n
        return ann * total + d > ann * d + power / (whole * prod(scaled))

    return _bisect(Fraction(0), Fraction(total + 1), below)


def _real_y(scaled: list[int], amp: int, index_in: int, index_out: int, x: int) -> Fraction:
    n, ann, d = len(scaled), amp * len(scaled), _real_d(scaled, amp)
    others = [x if k == index_in else scaled[k] for k in range(n) if k != index_out]

    def below(y: Fraction) -> bool:
        if y == 0:
            return True
        power: Fraction = d ** (n + 1)
        whole: int = n**n
        return ann * (sum(others) + y) + d < ann * d + power / (whole * prod(others) * y)

    return _bisect(Fraction(0), Fraction(scaled[index_out] + 1), below)


def test_a_balanced_pool_is_worth_the_sum_of_what_it_holds() -> None:
    assert stableswap.invariant([10**12, 10**12], 85) == 2 * 10**12
    assert stableswap.invariant([10**12, 10**12, 10**12], 85) == 3 * 10**12


@given(pools(), fees, st.integers(1, 10_000))
@example(pool=([4651, 1000, 1000], [1, 1, 1], 124894), fee=0, part=2219)  # leaves nothing of what is bought
def test_a_swap_pays_what_the_invariant_says_less_rounding(
    pool: tuple[list[int], list[int], int], fee: int, part: int
) -> None:
    # Given a pool and an amount of up to what it holds
    reserves, multipliers, amp = pool
    amount = max(1, reserves[0] * part // 10_000)
    scaled = [reserve * multiplier for reserve, multiplier in zip(reserves, multipliers, strict=True)]
    # When it is swapped
    answer = stableswap.swap(reserves, multipliers, amp, 0, 1, amount, fee)
    paid = 0 if isinstance(answer, Refusal) else answer.amount_out
    # Then the rounded iterations end within a few units of the real curve, one unit kept by the pool included
    kept = amount - -(-amount * fee // 10_000)
    real = Fraction(scaled[1]) - _real_y(scaled, amp, 0, 1, scaled[0] + kept * multipliers[0])
    # D is a unit or two off, and where little is left of one side a unit of D is worth many of y.
    slack = 4 + 4 * (1 + scaled[0] // min(scaled)) if amp == 1 else 8
    assert real - slack * max(1, multipliers[1]) <= paid * multipliers[1] <= real + slack


@given(pools(), fees, st.integers(0, 9_999), st.integers(1, 10_000))
def test_reserves_after_a_swap(pool: tuple[list[int], list[int], int], fee: int, share: int, part: int) -> None:
    reserves, multipliers, amp = pool
    amount = max(1, reserves[0] * part // 10_000)
    answer = stableswap.swap(reserves, multipliers, amp, 0, 1, amount, fee, share)
    assume(isinstance(answer, Swap))
    assert isinstance(answer, Swap)
    fee_taken = -(-amount * fee // 10_000)
    assert answer.reserve_in == reserves[0] + amount - -(-fee_taken * share // 10_000)
    assert answer.reserve_out == reserves[1] - answer.amount_out > 0


@given(pools(), fees, st.integers(1, 10_000))
def test_the_invariant_never_falls(pool: tuple[list[int], list[int], int], fee: int, part: int) -> None:
    reserves, multipliers, amp = pool
    answer = stableswap.swap(reserves, multipliers, amp, 0, 1, max(1, reserves[0] * part // 10_000), fee)
    assume(isinstance(answer, Swap))
    assert isinstance(answer, Swap)
    before = [reserve * multiplier for reserve, multiplier in zip(reserves, multipliers, strict=True)]
    after = [answer.reserve_in * multipliers[0], answer.reserve_out * multipliers[1], *before[2:]]
    d_before, d_after = stableswap.invariant(before, amp), stableswap.invariant(after, amp)
    assert d_before is not None
    # Newton's rounded steps may go round in circles where one side holds nearly all: the contract is stuck there too.
    assume(d_after is not None)
    assert d_after is not None
    assert d_after >= d_before - 2


@given(pools(), fees, st.integers(1, 9_000))
def test_least_inputs_buy_what_was_asked_and_one_less_does_not(
    pool: tuple[list[int], list[int], int], fee: int, part: int
) -> None:
    reserves, multipliers, amp = pool
    wanted = max(1, reserves[1] * part // 10_000)
    least = stableswap.least_in(reserves, multipliers, amp, 0, 1, wanted, fee)
    assume(least is not None)
    assert least is not None
    paid = stableswap.quote_in(reserves, multipliers, amp, 0, 1, least, fee)
    assert not isinstance(paid, Refusal)
    assert paid >= wanted
    if least > 1:
        less = stableswap.quote_in(reserves, multipliers, amp, 0, 1, least - 1, fee)
        assert isinstance(less, Refusal) or less < wanted


@given(pools(), fees, st.integers(1, 9_000))
def test_exact_out_costs_about_what_exact_in_takes(pool: tuple[list[int], list[int], int], fee: int, part: int) -> None:
    reserves, multipliers, amp = pool
    wanted = max(1, reserves[1] * part // 10_000)
    answer = stableswap.swap_out(reserves, multipliers, amp, 0, 1, wanted, fee)
    least = stableswap.least_in(reserves, multipliers, amp, 0, 1, wanted, fee)
    assume(isinstance(answer, Swap) and least is not None)
    assert isinstance(answer, Swap)
    assert least is not None
    well_below = answer.amount_in * 99 // 100 - 100
    if well_below > 0:
        before = stableswap.quote_in(reserves, multipliers, amp, 0, 1, well_below, fee)
        assert isinstance(before, Refusal) or before <= wanted
    assert answer.amount_out == wanted
    assert answer.reserve_out == reserves[1] - wanted


def test_dust_traps_instead_of_paying() -> None:
    assert stableswap.quote_in([10**12, 10**12], [1, 1], 85, 0, 1, 1, 30) is Refusal.OVERFLOW


def test_precisions_differ() -> None:
    # A token of 6 places against one of 7: ten units of the second for one of the first.
    paid = stableswap.quote_in([10**12, 10**13], [10, 1], 1_500, 0, 1, 10**6, 0)
    assert isinstance(paid, int)
    assert 9_999_900 < paid < 10**7


@pytest.mark.parametrize("amount", [0, -5, I128_MAX + 1])
def test_amounts_that_no_token_moves_are_refused(amount: int) -> None:
    assert stableswap.swap([10**9, 10**9], [1, 1], 85, 0, 1, amount, 30) is Refusal.BAD_AMOUNT
    assert stableswap.swap_out([10**9, 10**9], [1, 1], 85, 0, 1, amount, 30) is Refusal.BAD_AMOUNT


def test_balances_beyond_what_the_contract_multiplies_are_refused() -> None:
    huge = 2**126
    assert stableswap.invariant([huge, huge], 85) is None
    assert stableswap.swap([huge, huge], [1, 1], 85, 0, 1, 10**9, 30) is Refusal.OVERFLOW
    assert stableswap.swap([0, 10], [1, 1], 85, 0, 1, 5, 30) is Refusal.EMPTY


def test_the_whole_reserve_is_not_for_sale() -> None:
    assert stableswap.swap_out([10**9, 10**9], [1, 1], 85, 0, 1, 10**9, 30) is Refusal.WHOLE_RESERVE


def test_so_much_that_nothing_is_left_is_quoted_at_nothing_and_pays_all_but_a_unit() -> None:
    # As aquarius_stableswap.wasm answers it: estimate_swap 0, swap 970538442821734.
    pool = [37_666_488_605_670_003, 970_538_442_821_735], [10, 1], 1_500, 0, 1
    least = 37_666_488_605_670_003 * 10**8
    assert stableswap.quote_in(*pool, least, 6) == 0
    answer = stableswap.swap(*pool, least, 6, 5_000)
    assert isinstance(answer, Swap)
    assert (answer.amount_out, answer.reserve_out) == (970_538_442_821_734, 1)


def test_units_worth_many_buy_a_few_though_there_is_no_reverse_quote() -> None:
    pool = [804, 15_837_887_750], [10, 1], 1_500, 0, 1
    assert stableswap.quote_out(*pool, 3, 6) is Refusal.OVERFLOW
    assert stableswap.least_in(*pool, 3, 6) == 2
