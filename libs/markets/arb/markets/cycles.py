"""Which cycles of 2 to 4 hops through the base could pay at all: a screen on marginal log-rates, in numpy joins.

A trade of any size gets at most the marginal rate of the best venue on every hop, so a cycle whose log-rates sum to
nothing positive cannot pay. Four hops are joined in the middle: in-legs (base, a, b) and out-legs (b, c, base) that
cannot reach a positive sum with the best partner are dropped before the join.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arb.markets.asset import Asset
from arb.markets.graph import MarketGraph, PairRates

LOG_RATE_FLOOR_APPROX: Final = 1e-10
"""Below 2 / sqrt(INT64_MAX) = 6.6e-10 no cycle of pools gains a stroop; on books this gives up 1e-10 of the amount."""

MOST_HOPS: Final = 4

_Floats = NDArray[np.float64]
_Indices = NDArray[np.int64]


class Cycle(NamedTuple):
    """Asset indices of the graph from base to base, both included, and the sum of the best marginal log-rates."""

    assets: tuple[int, ...]
    log_rate_approx: float


def paying_cycles(graph: MarketGraph, base: Asset, most_hops: int = MOST_HOPS) -> list[Cycle]:
    """Every cycle of 2 to `most_hops` (at most 4) hops through `base` that passes the screen, best rate first.

    Cycles visit no other asset twice. The order is the same on every run: by rate, then by asset index.
    """
    if base not in graph.index or not 2 <= most_hops <= MOST_HOPS:
        return []
    legs = _Legs(graph.rates, graph.index[base], len(graph.assets))
    found = legs.two_hops()
    if most_hops >= 3:
        found += legs.three_hops()
    if most_hops >= 4:
        found += legs.four_hops()
    return sorted(found, key=lambda cycle: (-cycle.log_rate_approx, cycle.assets))


class _Legs:
    """Rates out of the base, into the base, and between other assets that are reachable both ways."""

    def __init__(self, rates: PairRates, base: int, count: int) -> None:
        self._base = base
        self._count = count
        asset_in, asset_out, rate_approx = rates
        self._out_approx: _Floats = np.full(count, -np.inf)
        self._back_approx: _Floats = np.full(count, -np.inf)
        from_base, to_base = asset_in == base, asset_out == base
        self._out_approx[asset_out[from_base]] = rate_approx[from_base]
        self._back_approx[asset_in[to_base]] = rate_approx[to_base]
        middle = ~from_base & ~to_base & np.isfinite(rate_approx)
        self._tail: _Indices = asset_in[middle].astype(np.int64)
        self._head: _Indices = asset_out[middle].astype(np.int64)
        self._rate_approx: _Floats = rate_approx[middle]

    def two_hops(self) -> list[Cycle]:
        total_approx = self._out_approx + self._back_approx
        visited = np.flatnonzero(total_approx > LOG_RATE_FLOOR_APPROX)
        return self._cycles_of(total_approx[visited], visited)

    def three_hops(self) -> list[Cycle]:
        total_approx = self._out_approx[self._tail] + self._rate_approx + self._back_approx[self._head]
        rows = np.flatnonzero(total_approx > LOG_RATE_FLOOR_APPROX)
        return self._cycles_of(total_approx[rows], self._tail[rows], self._head[rows])

    def four_hops(self) -> list[Cycle]:
        in_approx = self._out_approx[self._tail] + self._rate_approx
        out_approx = self._rate_approx + self._back_approx[self._head]
        best_in_approx, best_out_approx = np.full(self._count, -np.inf), np.full(self._count, -np.inf)
        np.maximum.at(best_in_approx, self._head, in_approx)
        np.maximum.at(best_out_approx, self._tail, out_approx)
        first = np.flatnonzero(in_approx + best_out_approx[self._head] > LOG_RATE_FLOOR_APPROX)
        second = np.flatnonzero(best_in_approx[self._tail] + out_approx > LOG_RATE_FLOOR_APPROX)
        second = second[np.argsort(self._tail[second], kind="stable")]
        # Join first.head == second.tail: each first leg meets a run of second legs, sorted by the asset they share.
        begins = np.searchsorted(self._tail[second], self._head[first], side="left")
        ends = np.searchsorted(self._tail[second], self._head[first], side="right")
        lengths = ends - begins
        left = np.repeat(first, lengths)
        offsets = np.arange(len(left)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        right = second[np.repeat(begins, lengths) + offsets]
        total_approx = in_approx[left] + out_approx[right]
        keep = (total_approx > LOG_RATE_FLOOR_APPROX) & (self._tail[left] != self._head[right])
        left, right = left[keep], right[keep]
        return self._cycles_of(total_approx[keep], self._tail[left], self._head[left], self._head[right])

    def _cycles_of(self, total_approx: _Floats, *visited: _Indices) -> list[Cycle]:
        base = self._base
        columns = zip(*(column.tolist() for column in visited), strict=True)
        return [
            Cycle((base, *between, base), rate) for between, rate in zip(columns, total_approx.tolist(), strict=True)
        ]
