"""How to bring a pool from the reserves it has to given ones by a swap, and a deposit or withdrawal where need be.

A swap is recorded as the reserves after it. Most recorded changes are one swap and are met to the stroop or nearly (the
recording cannot tell which side was the exact one, and several swaps in a ledger leave more fees than one).
"""

from dataclasses import dataclass
from math import isqrt
from typing import Final

from arb.markets.pool import BPS, POOL_FEE_BPS, Pool, swap_receive, swap_send

_KEEP: Final = BPS - POOL_FEE_BPS
TOLERANCE: Final = 1_000_000
"""A swap that lands within one part of this is good enough: anything nearer would cost a deposit to gain nothing."""


@dataclass(frozen=True, slots=True)
class Swap:
    """Pay `paid` of one asset for `received` of the other; `exact_in` says which of the two is asked for."""

    a_in: bool
    paid: int
    received: int
    exact_in: bool


@dataclass(frozen=True, slots=True)
class Deposit:
    """Add at most these amounts."""

    max_a: int
    max_b: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Hand in these shares."""

    shares: int


Step = Swap | Deposit | Withdrawal


def steps(now: Pool, target: Pool) -> list[Step]:
    """What brings `now` to the reserves of `target` as nearly as the rounding of the network allows.

    Empty if it is there. The shares of `target` play no part: who holds how many of them is not recorded.
    """
    want_a, want_b = target.reserve_a, target.reserve_b
    if (now.reserve_a, now.reserve_b) == (want_a, want_b):
        return []
    single = _single_swap(now, want_a, want_b)
    if single is not None:
        return [single]
    taken: list[Step] = []
    have_a, have_b = now.reserve_a, now.reserve_b
    swap = _swap_to_price(have_a, have_b, want_a, want_b)
    if swap is not None:
        taken.append(swap)
        have_a, have_b = _after(have_a, have_b, swap)
    if want_a > have_a and want_b > have_b:
        taken.append(Deposit(want_a - have_a, want_b - have_b))
    elif want_a < have_a and want_b < have_b:
        shares = min(now.shares * (have - want) // have for have, want in ((have_a, want_a), (have_b, want_b)))
        if shares:
            taken.append(Withdrawal(shares))
    return taken


def _single_swap(now: Pool, want_a: int, want_b: int) -> Swap | None:
    """The one swap that lands on the wanted reserves, or so near that it does not matter; None if there is none."""
    a_in = want_a > now.reserve_a
    have_in, have_out = (now.reserve_a, now.reserve_b) if a_in else (now.reserve_b, now.reserve_a)
    want_in, want_out = (want_a, want_b) if a_in else (want_b, want_a)
    paid, received = want_in - have_in, have_out - want_out
    if paid <= 0 or received <= 0:
        return None
    got = swap_send(have_in, have_out, paid)
    cost = swap_receive(have_in, have_out, received)
    if got is not None and abs(got - received) * TOLERANCE <= want_out and (got == received or cost != paid):
        return Swap(a_in, paid, got, exact_in=True)
    if cost is not None and abs(cost - paid) * TOLERANCE <= want_in:
        return Swap(a_in, cost, received, exact_in=False)
    return None


def _swap_to_price(have_a: int, have_b: int, want_a: int, want_b: int) -> Swap | None:
    """The swap after which the reserves have the wanted ratio; None if they have it as nearly as a swap can tell."""
    a_in = have_a * want_b < want_a * have_b
    have_in, have_out = (have_a, have_b) if a_in else (have_b, have_a)
    want_in, want_out = (want_a, want_b) if a_in else (want_b, want_a)
    # (X + x) * (BPS*X + KEEP*x) = BPS * X * Y * want_in / want_out, solved for the amount x paid in
    middle = (BPS + _KEEP) * have_in
    rest = BPS * have_in * (have_in - have_out * want_in // want_out)
    root = middle * middle - 4 * _KEEP * rest
    paid = (isqrt(root) - middle) // (2 * _KEEP) if root > 0 else 0
    got = swap_send(have_in, have_out, paid)
    return None if got is None else Swap(a_in, paid, got, exact_in=True)


def _after(have_a: int, have_b: int, swap: Swap) -> tuple[int, int]:
    if swap.a_in:
        return have_a + swap.paid, have_b - swap.received
    return have_a - swap.received, have_b + swap.paid
