"""Which cycles of 2 to 4 hops through the base could pay at all: a screen on marginal log-rates, in numpy joins.

A trade of any size gets at most the marginal rate of the best venue on every hop, so a cycle whose log-rates sum to
nothing positive cannot pay. Four hops are joined in the middle: in-legs (base, a, b) and out-legs (b, c, base) that
cannot reach a positive sum with the best partner are dropped before the join.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arb.markets.asset import Asset
from arb.markets.graph import NO_PAIR, MarketGraph, PairRates

LOG_RATE_FLOOR_APPROX: Final = 1e-10
"""Below 2 / sqrt(INT64_MAX) = 6.6e-10 no cycle of pools gains a stroop; on books this gives up 1e-10 of the amount."""

MOST_HOPS: Final = 4

_Floats = NDArray[np.float64]
_Indices = NDArray[np.int64]


class Cycle(NamedTuple):
    """Asset indices of the graph from base to base, both included, and the sum of the best marginal log-rates."""

    assets: tuple[int, ...]
    log_rate_approx: float


class CycleColumns(NamedTuple):
    """Cycles as columns. `pairs`: by cycle, the graph's rows of its hops, then NO_PAIR up to MOST_HOPS columns."""

    pairs: _Indices
    log_rate_approx: _Floats


def screen(graph: MarketGraph, base: Asset, most_hops: int = MOST_HOPS) -> CycleColumns:
    """Every cycle of 2 to `most_hops` (at most 4) hops through `base` that passes, in no order of rates.

    Cycles visit no other asset twice.
    """
    found = [CycleColumns(np.empty((0, MOST_HOPS), np.int64), np.empty(0))]
    if base in graph.index and 2 <= most_hops <= MOST_HOPS:
        legs = _Legs(graph.rates, graph.index[base], len(graph.assets))
        found += [join() for join in (legs.two_hops, legs.three_hops, legs.four_hops)[: most_hops - 1]]
    pairs, log_rate_approx = zip(*found, strict=True)
    return CycleColumns(np.concatenate(pairs), np.concatenate(log_rate_approx))


def paying_cycles(graph: MarketGraph, base: Asset, most_hops: int = MOST_HOPS) -> list[Cycle]:
    """The cycles that pass the screen, best rate first; the same order on every run: by rate, then by asset index."""
    pairs, log_rate_approx = screen(graph, base, most_hops)
    found = [Cycle(assets_of(graph, rows), rate) for rows, rate in zip(pairs, log_rate_approx.tolist(), strict=True)]
    return sorted(found, key=lambda cycle: (-cycle.log_rate_approx, cycle.assets))


def assets_of(graph: MarketGraph, pairs: _Indices) -> tuple[int, ...]:
    """Asset indices from base to base of one row of CycleColumns.pairs."""
    visited = graph.rates.asset_in[pairs[pairs != NO_PAIR]].tolist()
    return (*visited, visited[0])


class _Legs:
    """Rates out of the base, into the base, and between other assets, each with the row of its pair."""

    def __init__(self, rates: PairRates, base: int, count: int) -> None:
        self._count = count
        asset_in, asset_out, rate_approx = rates
        self._out_approx: _Floats = np.full(count, -np.inf)
        self._back_approx: _Floats = np.full(count, -np.inf)
        self._out_row: _Indices = np.zeros(count, np.int64)
        self._back_row: _Indices = np.zeros(count, np.int64)
        from_base, to_base = np.flatnonzero(asset_in == base), np.flatnonzero(asset_out == base)
        self._out_approx[asset_out[from_base]] = rate_approx[from_base]
        self._back_approx[asset_in[to_base]] = rate_approx[to_base]
        self._out_row[asset_out[from_base]] = from_base
        self._back_row[asset_in[to_base]] = to_base
        self._row = np.flatnonzero((asset_in != base) & (asset_out != base) & np.isfinite(rate_approx))
        self._tail: _Indices = asset_in[self._row].astype(np.int64)
        self._head: _Indices = asset_out[self._row].astype(np.int64)
        self._rate_approx: _Floats = rate_approx[self._row]

    def two_hops(self) -> CycleColumns:
        total_approx = self._out_approx + self._back_approx
        visited = np.flatnonzero(total_approx > LOG_RATE_FLOOR_APPROX)
        return _columns(total_approx[visited], self._out_row[visited], self._back_row[visited])

    def three_hops(self) -> CycleColumns:
        total_approx = self._out_approx[self._tail] + self._rate_approx + self._back_approx[self._head]
        legs = np.flatnonzero(total_approx > LOG_RATE_FLOOR_APPROX)
        out, back = self._out_row[self._tail[legs]], self._back_row[self._head[legs]]
        return _columns(total_approx[legs], out, self._row[legs], back)

    def four_hops(self) -> CycleColumns:
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
        out, back = self._out_row[self._tail[left]], self._back_row[self._head[right]]
        return _columns(total_approx[keep], out, self._row[left], self._row[right], back)


def _columns(total_approx: _Floats, *hops: _Indices) -> CycleColumns:
    pairs = np.full((len(total_approx), MOST_HOPS), NO_PAIR, np.int64)
    for hop, rows in enumerate(hops):
        pairs[:, hop] = rows
    return CycleColumns(pairs, total_approx)
