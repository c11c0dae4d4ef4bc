"""The market as a graph for the search: directed pairs, the venues on each, the best marginal log-rate of each.

Rates are floats and only propose: whatever they lead to is quoted again in integers before it leaves the search.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.book import WORK_LIMIT, RestingOffer
from arb.markets.exchange import Rounding, adjust_amount, exchange_unbounded
from arb.markets.hop import MarketView
from arb.markets.pool import BPS, Reserves


@dataclass(frozen=True)
class PoolEdge:
    """A classic pool traded in one direction."""

    reserves: Reserves

    @cached_property
    def log_rate_approx(self) -> float:
        """ln of stroops out per stroop in of an infinitely small trade, the fee included."""
        pool = self.reserves
        return log(pool.reserve_out) - log(pool.reserve_in) + log((BPS - pool.fee_bps) / BPS)


class BookLevel(NamedTuple):
    """One offer taken whole: stroops it costs and stroops it gives."""

    sheep: int
    wheat: int


@dataclass(frozen=True)
class BookEdge:
    """One side of an order book, best offer first, as a path payment would take it."""

    offers: tuple[RestingOffer, ...]

    @cached_property
    def levels(self) -> tuple[BookLevel, ...]:
        """The offers as levels; those the network would delete on sight are left out."""
        return tuple(level for offer in self.offers if (level := _level(offer)) is not None)

    @cached_property
    def log_rate_approx(self) -> float:
        """ln of the best price, or of the first offer taken whole when rounding makes that better still."""
        for offer in self.offers:
            level = _level(offer)
            if level is not None:
                return max(log(offer.d) - log(offer.n), log(level.wheat) - log(level.sheep))
        return -inf


Edge = PoolEdge | BookEdge


def _level(offer: RestingOffer) -> BookLevel | None:
    amount = adjust_amount(offer.n, offer.d, offer.max_wheat_send, offer.max_sheep_receive)
    if amount == 0:
        return None
    whole = exchange_unbounded(offer.n, offer.d, amount, INT64_MAX, INT64_MAX, offer.max_sheep_receive, Rounding.RECV)
    return BookLevel(whole.sheep, whole.wheat) if whole.sheep > 0 and whole.wheat > 0 else None


class PairRates(NamedTuple):
    """Directed pairs as columns: int32 indices of the asset in and out, and the best marginal log-rate (float64)."""

    asset_in: NDArray[np.int32]
    asset_out: NDArray[np.int32]
    log_rate_approx: NDArray[np.float64]


class MarketGraph:
    """The directed pairs of a market. Pairs are fixed when it is built; `refresh` re-reads the venues of some."""

    def __init__(self, view: MarketView, pairs: Iterable[tuple[Asset, Asset]]) -> None:
        """`pairs`: every (asset in, asset out) to consider; the order does not matter, the graph sorts by text."""
        ordered = sorted(pairs, key=lambda pair: (str(pair[0]), str(pair[1])))
        self.assets: tuple[Asset, ...] = tuple(sorted({asset for pair in ordered for asset in pair}, key=str))
        self.index: dict[Asset, int] = {asset: number for number, asset in enumerate(self.assets)}
        self._row: dict[tuple[int, int], int] = {
            (self.index[asset_in], self.index[asset_out]): row for row, (asset_in, asset_out) in enumerate(ordered)
        }
        self._edges: list[tuple[Edge, ...]] = [()] * len(ordered)
        indices = np.array(list(self._row), dtype=np.int32).reshape(-1, 2)
        self.rates = PairRates(indices[:, 0], indices[:, 1], np.full(len(ordered), -np.inf))
        self.refresh(view, ordered)

    def refresh(self, view: MarketView, pairs: Iterable[tuple[Asset, Asset]]) -> None:
        """Reads the venues of these pairs (known to the graph) again, as `view` shows them now."""
        for asset_in, asset_out in pairs:
            row = self._row[self.index[asset_in], self.index[asset_out]]
            edges = _edges(view, asset_in, asset_out)
            self._edges[row] = edges
            self.rates.log_rate_approx[row] = max((edge.log_rate_approx for edge in edges), default=-inf)

    def has(self, asset_in: Asset, asset_out: Asset) -> bool:
        """Whether the directed pair is one of the graph's."""
        return (self.index.get(asset_in, -1), self.index.get(asset_out, -1)) in self._row

    def edges(self, asset_in: int, asset_out: int) -> tuple[Edge, ...]:
        """The venues of a directed pair, by asset index: at most one pool and one book."""
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
