"""How much to send around a cycle of Soroban pools: floats propose, the pools' exact quotes decide.

Profit comes in whole units of every token on the way, so the amounts tried are whole units of the coarsest one, where
a unit is worth most, each for the least input that buys it; from the best of them the input climbs unit by unit.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Final

from arb.markets.soroban.legs import Leg

_GOLDEN: Final = (sqrt(5.0) - 1.0) / 2.0
_NARROWINGS: Final = 80
_ALL_UNITS: Final = 512
"""Most units of the coarsest token on either side of the proposal that are all tried: the better one may be any."""
_NEIGHBOURS: Final = 4
"""Those tried where that would be more: rounding is then worth next to nothing."""


def propose(legs: Sequence[Leg], largest: int) -> tuple[float, ...] | None:
    """Amounts at every point of the most profitable real-valued trade, input first; None where no size gains.

    largest: the most units of the base that may be sent.
    """
    amount_approx = _moebius_best_approx(legs)
    if amount_approx is not None:
        amount_approx = min(amount_approx, float(largest))
        amounts = _amounts_approx(legs, amount_approx)
        if any(amount > leg.until_approx for leg, amount in zip(legs, amounts, strict=False)):
            amount_approx = None
    if amount_approx is None:
        amount_approx = _golden_approx(legs, min(float(largest), legs[-1].out_approx))
        amounts = _amounts_approx(legs, amount_approx)
    return amounts if amounts[-1] > amounts[0] and min(amounts) > 0.0 else None


def rounding_approx(proposal: Sequence[float]) -> float:
    """What rounding may add or take, in units of the base: up to two units of its token at every point."""
    return sum(2.0 * proposal[0] / amount for amount in proposal)


def exact(legs: Sequence[Leg], proposal: Sequence[float], largest: int) -> tuple[int, ...] | None:
    """Amounts at every point of the exact trade of greatest profit near a proposal, the last the output.

    None when nothing near it gains. No input within 2 units of the answer's gains more, and none is above `largest`.
    """
    climb = _Climb(legs, largest)
    climb.attempt(int(proposal[0]))
    climb.attempt(largest)
    coarsest = min(range(len(proposal)), key=proposal.__getitem__)
    whole = int(proposal[coarsest])
    around = _units_around(proposal, coarsest)
    for units in range(max(1, whole - around), whole + around + 1):
        cost = _least_in(legs[:coarsest], units)
        if cost is not None:
            climb.attempt(cost)
    return climb.top()


class _Climb:
    """Exact trades by input, each evaluated once."""

    def __init__(self, legs: Sequence[Leg], largest: int) -> None:
        self._legs = legs
        self._largest = largest
        self._tried: set[int] = set()
        self._best: tuple[int, ...] | None = None
        self._gain = 0

    def attempt(self, amount_in: int) -> bool:
        """Evaluates one input; whether it gains more than all before."""
        if not 0 < amount_in <= self._largest or amount_in in self._tried:
            return False
        self._tried.add(amount_in)
        amounts = [amount_in]
        for leg in self._legs:
            paid = leg.quote(amounts[-1])
            if paid is None:
                return False
            amounts.append(paid)
        if amounts[-1] - amount_in <= self._gain:
            return False
        self._best, self._gain = tuple(amounts), amounts[-1] - amount_in
        return True

    def top(self) -> tuple[int, ...] | None:
        """Steps uphill from the best so far, longer while it pays, until nothing within 2 units is higher."""
        while self._best is not None:
            here = self._best[0]
            if not any(self._stride(here, step) for step in (1, -1, 2, -2)):
                break
        return self._best

    def _stride(self, here: int, step: int) -> bool:
        moved = False
        while self.attempt(here + step):
            moved, here, step = True, here + step, 2 * step
        return moved


def _least_in(legs: Sequence[Leg], amount: int) -> int | None:
    for leg in reversed(legs):
        cost = leg.least_in(amount)
        if cost is None:
            return None
        amount = cost
    return amount


def _units_around(proposal: Sequence[float], coarsest: int) -> int:
    """How far from the proposal rounding can still outweigh the unrounded profit that is given up there.

    Profit falls off about as the square of the relative distance.
    """
    lost = min(1.0, rounding_approx(proposal) / (proposal[-1] - proposal[0]))
    reach = 2.0 * proposal[coarsest] * sqrt(lost) + _NEIGHBOURS
    return int(reach) if reach <= _ALL_UNITS else _NEIGHBOURS


def _amounts_approx(legs: Sequence[Leg], amount_approx: float) -> tuple[float, ...]:
    amounts = [amount_approx]
    for leg in legs:
        amounts.append(leg.at_approx(amounts[-1]))
    return tuple(amounts)


def _moebius_best_approx(legs: Sequence[Leg]) -> float | None:
    """The best input of constant-product legs, limits aside: (sqrt(km) - m) / n of l(x) = kx / (m + nx).

    None where a leg is stable.
    """
    k, m, n = 1.0, 1.0, 0.0
    for leg in legs:
        if leg.curve is not None:
            return None
        # Scaled by each leg's depth, so that the products of large reserves stay in range.
        k, n = leg.out_approx / leg.deep_approx * k, n + k / leg.deep_approx
    return max(0.0, (sqrt(k * m) - m) / n)


def _golden_approx(legs: Sequence[Leg], most_approx: float) -> float:
    """The best input in 0..most: profit is concave, so a bracket around its top narrows by the golden section."""

    def profit(amount_approx: float) -> float:
        return _amounts_approx(legs, amount_approx)[-1] - amount_approx

    low, high = 0.0, most_approx
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = profit(left), profit(right)
    for _ in range(_NARROWINGS):
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = profit(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = profit(right)
    return (low + high) / 2.0
