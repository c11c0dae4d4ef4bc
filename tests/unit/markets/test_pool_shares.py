"""Pool deposits and withdrawals: the network's rounding and its reasons to refuse, in its order."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arb.markets.amount import INT64_MAX
from arb.markets.errors import PoolError
from arb.markets.pool import Deposit, DepositRefusal, deposit, withdraw

INT32_MAX = 2**31 - 1
ANY = ((1, INT32_MAX), (INT32_MAX, 1))

amounts = st.integers(1, 5_000) | st.integers(1, 10**12)


def test_the_first_deposit_takes_everything_for_the_square_root() -> None:
    assert deposit(0, 0, 0, 1000, 500, *ANY) == Deposit(1000, 500, 707)


def test_a_later_deposit_rounds_shares_down_and_amounts_up() -> None:
    # given a pool of 1000/3000 with 1732 shares, when 10/10 is offered: 17 shares by a, 5 by b
    assert deposit(1000, 3000, 1732, 10, 10, *ANY) == Deposit(3, 9, 5)


def test_a_share_quote_that_overflows_is_ignored() -> None:
    # given a pool with one stroop of a for 10**9 shares: the quote by a alone would be 10**19
    assert deposit(1, 10**9, 10**9, 10**10, 10**9, *ANY) == Deposit(1, 10**9, 10**9)


def test_a_deposit_worth_no_share_is_a_bad_price() -> None:
    assert deposit(10**9, 10**9, 10, 5, 5, *ANY) is DepositRefusal.BAD_PRICE


def test_refusals_come_in_the_networks_order() -> None:
    tight = ((3, 1), (4, 1))  # the pool's price, a per b, is 1
    pool = (100, 100, 100)
    assert deposit(*pool, 10, 10, *tight, available_a=9, share_room=9) is DepositRefusal.UNDERFUNDED
    assert deposit(*pool, 10, 10, *ANY, available_b=9) is DepositRefusal.UNDERFUNDED
    assert deposit(*pool, 10, 10, *tight, share_room=9) is DepositRefusal.BAD_PRICE
    assert deposit(*pool, 10, 10, (1, 4), (1, 3)) is DepositRefusal.BAD_PRICE
    assert deposit(*pool, 10, 10, *ANY, share_room=9) is DepositRefusal.LINE_FULL
    assert deposit(0, 0, 0, 10, 10, *ANY, share_room=9) is DepositRefusal.LINE_FULL
    full = (INT64_MAX - 9, INT64_MAX - 9, INT64_MAX - 9)
    assert deposit(*full, 10, 10, *ANY) is DepositRefusal.POOL_FULL
    assert deposit(*pool, 10, 10, *ANY) == Deposit(10, 10, 10)


def test_price_bounds_are_inclusive() -> None:
    assert deposit(0, 0, 0, 30, 20, (3, 2), (3, 2)) == Deposit(30, 20, 24)


@pytest.mark.parametrize(
    ("shares", "total", "reserve", "paid"),
    [(5, 10, 6, 3), (4, 5, 9, 7), (INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX)],
)
def test_withdrawal_vectors(shares: int, total: int, reserve: int, paid: int) -> None:
    assert withdraw(reserve, reserve, total, shares) == (paid, paid)


@pytest.mark.parametrize("shares", [0, -1, 11])
def test_more_shares_than_there_are_cannot_be_withdrawn(shares: int) -> None:
    with pytest.raises(PoolError, match="cannot withdraw"):
        withdraw(100, 100, 10, shares)


@given(amounts, amounts, amounts, amounts)
def test_depositing_and_withdrawing_never_gains(a: int, b: int, max_a: int, max_b: int) -> None:
    # given a pool somebody founded
    founded = deposit(0, 0, 0, a, b, *ANY)
    assume(isinstance(founded, Deposit))
    assert isinstance(founded, Deposit)
    # when another deposits and takes everything back
    made = deposit(a, b, founded.shares, max_a, max_b, *ANY)
    assume(isinstance(made, Deposit))
    assert isinstance(made, Deposit)
    back = withdraw(a + made.amount_a, b + made.amount_b, founded.shares + made.shares, made.shares)
    # then it gets no more than it gave, and gave no more than it offered
    assert back[0] <= made.amount_a <= max_a
    assert back[1] <= made.amount_b <= max_b
