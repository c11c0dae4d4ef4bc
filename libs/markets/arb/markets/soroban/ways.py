"""The cycles of 2 to 4 legs through a base token that could gain at all, highest ceiling first, in numpy joins.

A trade gets at most the marginal rate on every leg, so legs whose log-rates sum to nothing positive cannot pay. What
is left is bounded by the composition of its legs' ceilings, whose best size has a closed form.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arb.markets.cycles import LOG_RATE_FLOOR_APPROX, MOST_HOPS
from arb.markets.soroban.legs import Leg

_RELATIVE_SLACK_APPROX: Final = 1e-9
_AMOUNT_SLACK_APPROX: Final = 1e-12
"""Thousands of times what doubles round away in a gain, and in the amounts whose difference it is."""

_Floats = NDArray[np.float64]
_Indices = NDArray[np.int64]


class Way(NamedTuple):
    """Legs by index, from base to base. No size of it gains more than `ceiling_approx` units of the base."""

    ceiling_approx: float
    legs: tuple[int, ...]


def ways(legs: Sequence[Leg], base: str, least: int, largest: int, most_hops: int = MOST_HOPS) -> Iterator[Way]:
    """Every cycle that may gain `least` (>= 1) for at most `largest` units in, highest ceiling first.

    No token comes twice between the ends, no pool twice at all. Cycles of 2 to `most_hops` (at most 4) legs. Of equal
    ceilings the order is that of the legs: the same on every run.
    """
    if not legs:
        return
    market = _Market(legs, base)
    joins = (market.two_hops, market.three_hops, market.four_hops)[: most_hops - 1]
    reached = [market.reached(join().legs, least, largest) for join in joins]
    gains = np.concatenate([gain for gain, _ in reached])
    part = np.repeat(np.arange(len(reached)), [len(gain) for gain, _ in reached])
    row = np.concatenate([np.arange(len(gain)) for gain, _ in reached])
    for at in np.argsort(-gains, kind="stable").tolist():
        yield Way(float(gains[at]), tuple(reached[part[at]][1][row[at]].tolist()))


class _Paths(NamedTuple):
    """Legs one after the other, a path a row, and the sum of their log-rates."""

    legs: _Indices
    rate_approx: _Floats


class _Market:
    def __init__(self, legs: Sequence[Leg], base: str) -> None:
        tokens = sorted({token for leg in legs for token in (leg.token_in, leg.token_out)} | {base})
        number = {token: index for index, token in enumerate(tokens)}
        contracts = {leg.pool.contract: index for index, leg in enumerate(legs)}
        self._tail = np.array([number[leg.token_in] for leg in legs], np.int64)
        self._head = np.array([number[leg.token_out] for leg in legs], np.int64)
        self._pool = np.array([contracts[leg.pool.contract] for leg in legs], np.int64)
        self._rate_approx = np.array([leg.log_rate_approx for leg in legs], np.float64)
        self._ceilings_approx = np.array([leg.ceiling for leg in legs], np.float64)
        at_base, to_base = self._tail == number[base], self._head == number[base]
        self._out = self._single(np.flatnonzero(at_base))
        self._back = self._single(np.flatnonzero(to_base))
        self._between = self._single(np.flatnonzero(~at_base & ~to_base))
        self._count = len(tokens)
        self._first_two = self._joined(self._out, self._between)

    def two_hops(self) -> _Paths:
        return self._paying(self._joined(self._out, self._back))

    def three_hops(self) -> _Paths:
        return self._paying(self._joined(*self._that_reach(self._first_two, self._back)))

    def four_hops(self) -> _Paths:
        last_two = self._joined(self._between, self._back)
        return self._paying(self._joined(*self._that_reach(self._first_two, last_two)))

    def reached(self, paths: _Indices, least: int, largest: int) -> tuple[_Floats, _Indices]:
        """The paths whose ceilings reach `least`, and the ceilings."""
        gain = _gains([self._ceilings_approx[paths[:, hop]] for hop in range(paths.shape[1])], largest)
        reach = np.flatnonzero(gain >= least)
        return gain[reach], paths[reach]

    def _single(self, rows: _Indices) -> _Paths:
        return _Paths(rows[:, None], self._rate_approx[rows])

    def _that_reach(self, first: _Paths, last: _Paths) -> tuple[_Paths, _Paths]:
        """Those of either that reach a positive sum with the best of the other at the token where they meet."""
        ends, starts = self._head[first.legs[:, -1]], self._tail[last.legs[:, 0]]
        best_first, best_last = np.full(self._count, -np.inf), np.full(self._count, -np.inf)
        np.maximum.at(best_first, ends, first.rate_approx)
        np.maximum.at(best_last, starts, last.rate_approx)
        return (
            _rows(first, np.flatnonzero(first.rate_approx + best_last[ends] > LOG_RATE_FLOOR_APPROX)),
            _rows(last, np.flatnonzero(best_first[starts] + last.rate_approx > LOG_RATE_FLOOR_APPROX)),
        )

    def _joined(self, first: _Paths, second: _Paths) -> _Paths:
        """Every path of `first` followed by every one of `second` that begins where it ends, where both may meet."""
        ends, starts = self._head[first.legs[:, -1]], self._tail[second.legs[:, 0]]
        order = np.argsort(starts, kind="stable")
        begins = np.searchsorted(starts[order], ends, side="left")
        lengths = np.searchsorted(starts[order], ends, side="right") - begins
        left = np.repeat(np.arange(len(ends)), lengths)
        offsets = np.arange(len(left)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        right = order[np.repeat(begins, lengths) + offsets]
        legs = np.concatenate((first.legs[left], second.legs[right]), axis=1)
        rate_approx = first.rate_approx[left] + second.rate_approx[right]
        return _rows(_Paths(legs, rate_approx), np.flatnonzero(self._apart(legs)))

    def _apart(self, legs: _Indices) -> NDArray[np.bool_]:
        """Whether no pool comes twice, and no token is entered twice."""
        apart = np.ones(len(legs), np.bool_)
        pools, entered = self._pool[legs], self._head[legs]
        for later in range(1, legs.shape[1]):
            for earlier in range(later):
                apart &= (pools[:, later] != pools[:, earlier]) & (entered[:, later] != entered[:, earlier])
        return apart

    def _paying(self, paths: _Paths) -> _Paths:
        return _rows(paths, np.flatnonzero(paths.rate_approx > LOG_RATE_FLOOR_APPROX))


def _rows(paths: _Paths, rows: _Indices) -> _Paths:
    return _Paths(paths.legs[rows], paths.rate_approx[rows])


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _gains(hops: list[_Floats], largest: int) -> _Floats:
    """max over x <= largest of l(x) - x, with l = (a x + b) / (c x + d) the legs' ceilings in a row; rounded up."""
    count = len(hops[0])
    a, b, c, d = np.ones(count), np.zeros(count), np.zeros(count), np.ones(count)
    det, until = np.ones(count), np.full(count, float(largest))
    for hop in hops:
        p, q, r, ends = hop.T
        # The cycle's input at which this leg has given all it can: invert the map so far.
        slope = a - c * ends
        until = np.where(slope > 0.0, np.minimum(until, np.maximum(d * ends - b, 0.0) / slope), until)
        a, b, c, d = p * a + q * c, p * b + q * d, r * a + c, r * b + d
        det = det * (p - q * r)
    best = np.where(c > 0.0, (np.sqrt(det) - d) / c, np.where(det > d * d, np.inf, 0.0))
    amount = np.maximum(np.minimum(best, until), 0.0)
    gain = (a * amount + b) / (c * amount + d) - amount
    rounded_up: _Floats = gain + np.abs(gain) * _RELATIVE_SLACK_APPROX + amount * _AMOUNT_SLACK_APPROX
    return rounded_up
