"""How much to send around a cycle of pools and book sides: the optimum of the real-valued trade, in closed form.

A pool is the map x -> Yx / (X/g + x) with g the part kept after the fee; one offer of a book is affine. Both are
Moebius maps, so on the stretch of inputs where every book stays within one offer the whole cycle is one Moebius map
l(x) = (ax + b) / (cx + d) with slope det / (cx + d)^2. The walk goes from stretch to stretch until the slope meets 1.
Everything here is a float proposal: `quotes` decides in integers.
"""

from collections.abc import Sequence
from math import inf, prod, sqrt
from typing import NamedTuple

from arb.markets.pool import BPS
from arb.markets.venues import BookEdge, Edge, PoolEdge


class Proposal(NamedTuple):
    """A proposed trade around one choice of venues: stroops at every point of the cycle, input first, output last."""

    edges: tuple[Edge, ...]
    amounts_approx: tuple[float, ...]

    @property
    def profit_approx(self) -> float:
        return self.amounts_approx[-1] - self.amounts_approx[0]


def propose(edges: Sequence[Edge]) -> Proposal | None:
    """The most profitable size through exactly these venues; None when no size gains anything."""
    legs = [_PoolLeg(edge) if isinstance(edge, PoolEdge) else _BookLeg(edge) for edge in edges]
    if not all(leg.open for leg in legs):
        return None
    begin_approx = 0.0
    while True:
        stretch = _stretch(legs)
        best_approx = stretch.flat_at()
        if best_approx <= stretch.end_approx or stretch.ends is None:
            amount_approx = max(begin_approx, best_approx)
            break
        begin_approx = amount_approx = stretch.end_approx
        if not stretch.ends.advance():
            break
    if not 0.0 < amount_approx < inf:
        return None
    amounts = [amount_approx]
    for leg in legs:
        amounts.append(leg.at(amounts[-1]))
    proposal = Proposal(tuple(edges), tuple(amounts))
    return proposal if proposal.profit_approx > 0.0 else None


class _PoolLeg:
    """y = Yx / (X/g + x)."""

    open = True
    ends_at_approx = inf

    def __init__(self, edge: PoolEdge) -> None:
        pool = edge.reserves
        self.out_approx = float(pool.reserve_out)
        self.deep_approx = pool.reserve_in * BPS / (BPS - pool.fee_bps)
        self.det_approx = self.out_approx * self.deep_approx

    def then(self, a: float, b: float, c: float, d: float) -> tuple[float, float, float, float]:
        return self.out_approx * a, self.out_approx * b, self.deep_approx * c + a, self.deep_approx * d + b

    def at(self, amount_approx: float) -> float:
        return self.out_approx * amount_approx / (self.deep_approx + amount_approx)

    def advance(self) -> bool:
        return False


class _BookLeg:
    """y = rate * x + shift within the current offer; `advance` moves on to the next one."""

    def __init__(self, edge: BookEdge) -> None:
        self._levels = edge.levels
        self._level = 0
        self._sheep = 0
        self._wheat = 0
        self.open = bool(self._levels)
        if self.open:
            self._enter()

    def _enter(self) -> None:
        level = self._levels[self._level]
        self.ends_at_approx = float(self._sheep + level.sheep)
        self.det_approx = level.wheat / level.sheep
        self._shift_approx = self._wheat - self._sheep * self.det_approx

    def then(self, a: float, b: float, c: float, d: float) -> tuple[float, float, float, float]:
        rate, shift = self.det_approx, self._shift_approx
        return rate * a + shift * c, rate * b + shift * d, c, d

    def at(self, amount_approx: float) -> float:
        return self.det_approx * min(amount_approx, self.ends_at_approx) + self._shift_approx

    def advance(self) -> bool:
        """Steps to the next offer; False when this was the last."""
        if self._level + 1 == len(self._levels):
            return False
        level = self._levels[self._level]
        self._sheep += level.sheep
        self._wheat += level.wheat
        self._level += 1
        self._enter()
        return True


_Leg = _PoolLeg | _BookLeg


class _Stretch(NamedTuple):
    """One Moebius map of the cycle, the input at which it stops holding, and the book that ends it."""

    c_approx: float
    d_approx: float
    det_approx: float
    end_approx: float
    ends: _Leg | None

    def flat_at(self) -> float:
        """The input at which the slope is 1: infinite or 0 where the slope is the same everywhere (books only)."""
        if self.c_approx > 0.0:
            return (sqrt(self.det_approx) - self.d_approx) / self.c_approx
        return inf if self.det_approx > self.d_approx * self.d_approx else 0.0


def _stretch(legs: Sequence[_Leg]) -> _Stretch:
    a, b, c, d = 1.0, 0.0, 0.0, 1.0
    end_approx, ends = inf, None
    for leg in legs:
        if leg.ends_at_approx < inf:
            # The cycle's input at which this leg's offer is used up: invert the map so far.
            slope = a - c * leg.ends_at_approx
            reached_at = (d * leg.ends_at_approx - b) / slope if slope > 0.0 else inf
            if reached_at < end_approx:
                end_approx, ends = reached_at, leg
        a, b, c, d = leg.then(a, b, c, d)
    return _Stretch(c, d, prod(leg.det_approx for leg in legs), end_approx, ends)
