"""The two venues of a directed pair as the search sees them: a pool or a side of a book, traded in one direction.

Rates and ceilings are floats: they order and exclude, integers decide.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf, log
from typing import NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.book import RestingOffer
from arb.markets.exchange import Rounding, adjust_amount, exchange_unbounded
from arb.markets.pool import BPS, Reserves


class Ceiling(NamedTuple):
    """No real-valued trade of a venue gives more than out * x / (deep + curve * x) for x stroops in.

    Beyond `until` stroops in, it gives no more than there.
    """

    out_approx: float
    deep_approx: float
    curve_approx: float
    until_approx: float


@dataclass(frozen=True)
class PoolEdge:
    """A classic pool traded in one direction."""

    reserves: Reserves

    @cached_property
    def log_rate_approx(self) -> float:
        """ln of stroops out per stroop in of an infinitely small trade, the fee included."""
        pool = self.reserves
        return log(pool.reserve_out) - log(pool.reserve_in) + log((BPS - pool.fee_bps) / BPS)

    @cached_property
    def ceiling(self) -> Ceiling:
        """The pool itself, unrounded: Yx / (X/g + x), with g the part kept after the fee."""
        pool = self.reserves
        return Ceiling(float(pool.reserve_out), pool.reserve_in * BPS / (BPS - pool.fee_bps), 1.0, inf)


class BookLevel(NamedTuple):
    """One offer taken whole: stroops it costs and stroops it gives."""

    sheep: int
    wheat: int


@dataclass(frozen=True)
class BookEdge:
    """One side of an order book, best offer first, as a path payment would take it."""

    offers: tuple[RestingOffer, ...]

    @cached_property
    def _standing(self) -> tuple[tuple[RestingOffer, BookLevel], ...]:
        return tuple((offer, level) for offer in self.offers if (level := _level(offer)) is not None)

    @cached_property
    def levels(self) -> tuple[BookLevel, ...]:
        """The offers as levels; those the network would delete on sight are left out."""
        return tuple(level for _, level in self._standing)

    @cached_property
    def log_rate_approx(self) -> float:
        """ln of the best price, or of the first offer taken whole when rounding makes that better still."""
        for offer, level in self._standing:
            return max(log(offer.d) - log(offer.n), log(level.wheat) - log(level.sheep))
        return -inf

    @cached_property
    def ceiling(self) -> Ceiling:
        """Everything at the best of its levels, up to what all of them take."""
        best_approx = max((level.wheat / level.sheep for level in self.levels), default=0.0)
        return Ceiling(best_approx, 1.0, 0.0, float(sum(level.sheep for level in self.levels)))


Edge = PoolEdge | BookEdge


def _level(offer: RestingOffer) -> BookLevel | None:
    amount = adjust_amount(offer.n, offer.d, offer.max_wheat_send, offer.max_sheep_receive)
    if amount == 0:
        return None
    whole = exchange_unbounded(offer.n, offer.d, amount, INT64_MAX, INT64_MAX, offer.max_sheep_receive, Rounding.RECV)
    return BookLevel(whole.sheep, whole.wheat) if whole.sheep > 0 and whole.wheat > 0 else None
