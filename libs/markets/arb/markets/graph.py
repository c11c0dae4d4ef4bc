"""The market as a graph for the search: directed pairs, the venues on each, the best marginal log-rate of each.

Rates are floats and only propose: whatever they lead to is quoted again in integers before it leaves the search.
"""

from collections.abc import Iterable
from copy import copy
from itertools import islice
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from arb.markets.asset import Asset
from arb.markets.book import WORK_LIMIT
from arb.markets.hop import MarketView
from arb.markets.venues import BookEdge, Ceiling, Edge, PoolEdge

MOST_VENUES: Final = 2
"""Venues of a directed pair: at most one pool and one book, in this order."""

NO_PAIR: Final = -1
"""The row of MarketGraph.venues that changes nothing: it stands for the hops that a shorter cycle does not have."""

_NO_VENUE: Final = (-np.inf, *Ceiling(0.0, 1.0, 0.0, 0.0))
_NO_CHANGE: Final = (0.0, *Ceiling(1.0, 1.0, 0.0, np.inf))


class PairRates(NamedTuple):
    """Directed pairs as columns: int32 indices of the asset in and out, and the best marginal log-rate (float64)."""

    asset_in: NDArray[np.int32]
    asset_out: NDArray[np.int32]
    log_rate_approx: NDArray[np.float64]


class MarketGraph:
    """The directed pairs of a market. Pairs are fixed when it is built; `refresh` re-reads the venues of some."""

    def __init__(self, view: MarketView, pairs: Iterable[tuple[Asset, Asset]]) -> None:
        """`pairs`: every (asset in, asset out) to consider; the order does not matter, the graph sorts by text."""
        known = list(pairs)
        name = {asset: str(asset) for pair in known for asset in pair}
        ordered = sorted(known, key=lambda pair: (name[pair[0]], name[pair[1]]))
        self.assets: tuple[Asset, ...] = tuple(sorted(name, key=name.__getitem__))
        self.index: dict[Asset, int] = {asset: number for number, asset in enumerate(self.assets)}
        self._row: dict[tuple[int, int], int] = {
            (self.index[asset_in], self.index[asset_out]): row for row, (asset_in, asset_out) in enumerate(ordered)
        }
        self._edges: list[tuple[Edge, ...]] = [()] * len(ordered)
        indices = np.array(list(self._row), dtype=np.int32).reshape(-1, 2)
        self.rates = PairRates(indices[:, 0], indices[:, 1], np.full(len(ordered), -np.inf))
        self.venues: NDArray[np.float64] = np.empty((len(ordered) + 1, MOST_VENUES, len(_NO_VENUE)))
        """By pair and venue: the marginal log-rate (-inf where there is no such venue), then its Ceiling."""
        self.venues[:] = _NO_VENUE
        self.venues[NO_PAIR, 0] = _NO_CHANGE
        self.refresh(view, ordered)

    def refresh(self, view: MarketView, pairs: Iterable[tuple[Asset, Asset]]) -> None:
        """Reads the venues of these pairs (known to the graph) again, as `view` shows them now."""
        for asset_in, asset_out in pairs:
            row = self._row[self.index[asset_in], self.index[asset_out]]
            edges = _edges(view, asset_in, asset_out)
            if edges == self._edges[row]:
                continue  # keeps what the known ones have worked out
            self._edges[row] = edges
            self.rates.log_rate_approx[row] = max((edge.log_rate_approx for edge in edges), default=-np.inf)
            shown = [(edge.log_rate_approx, *edge.ceiling) for edge in edges]
            self.venues[row] = shown + [_NO_VENUE] * (MOST_VENUES - len(shown))

    def copy(self) -> Self:
        """The same graph, to be refreshed on its own."""
        twin = copy(self)
        twin._edges = self._edges.copy()
        twin.rates = self.rates._replace(log_rate_approx=self.rates.log_rate_approx.copy())
        twin.venues = self.venues.copy()
        return twin

    def has(self, asset_in: Asset, asset_out: Asset) -> bool:
        """Whether the directed pair is one of the graph's."""
        return (self.index.get(asset_in, -1), self.index.get(asset_out, -1)) in self._row

    def edges(self, asset_in: int, asset_out: int) -> tuple[Edge, ...]:
        """The venues of a directed pair, by asset index."""
        return self._edges[self._row[asset_in, asset_out]]


def _edges(view: MarketView, asset_in: Asset, asset_out: Asset) -> tuple[Edge, ...]:
    found: list[Edge] = []
    reserves = view.pool(asset_in, asset_out)
    if reserves is not None and reserves.reserve_in > 0 and reserves.reserve_out > 0:
        found.append(PoolEdge(reserves))
    offers = tuple(islice(view.offers(asset_out, asset_in), WORK_LIMIT))
    if offers:
        found.append(BookEdge(offers))
    return tuple(found)
