"""A market taken apart payment by payment: what is best now, and what the market is once it is taken.

Choices of venues are sized best ceiling first, and only while one could still be better than what is known.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import chain, pairwise

from arb.markets.asset import Asset
from arb.markets.ceilings import Way, ways
from arb.markets.cycles import screen
from arb.markets.graph import MarketGraph
from arb.markets.hop import MarketView
from arb.markets.overlay import Overlay
from arb.markets.quotes import Quote, quote
from arb.markets.sizing import Proposal, propose

_Sized = tuple[float, tuple[int, ...], tuple[int, ...], Proposal]
"""What a heap of proposals is ordered by: profit, negative; the cycle's assets; its venues. The last never counts."""


class Search:
    """An overlay that takes each payment, and the graph kept in step with it.

    `graph` shows `view` as it is, and is changed. taker: account whose own offers are in its way, if any. largest: the
    most stroops of the base one payment may ask for.
    """

    def __init__(
        self, view: MarketView, graph: MarketGraph, base: Asset, most_hops: int, taker: str | None, largest: int
    ) -> None:
        self._overlay = Overlay(view)
        self._graph = graph
        self._base = base
        self._most_hops = most_hops
        self._taker = taker
        self._largest = largest
        self._screened = screen(graph, base, most_hops)
        self.gone = 0
        """Cycles that a float proposed and no integer amount near it gained on."""

    @property
    def paying(self) -> int:
        """Cycles that pass the screen now."""
        return len(self._screened.pairs)

    def best(self, least: int) -> Quote | None:
        """The exact payment of greatest profit, at least `least` stroops, among those whose proposal promises it."""
        best: Quote | None = None
        for proposal, assets in self._proposals(least):
            if proposal.profit_approx < (least if best is None else best.profit):
                break
            path = tuple(self._graph.assets[index] for index in assets)
            found = quote(self._overlay, self._taker, path, proposal, self._largest)
            if found is None:
                self.gone += 1
            elif found.profit >= least and (best is None or found.profit > best.profit):
                best = found
        return best

    def take(self, found: Quote) -> None:
        """Applies a payment, and reads again what it touched in both directions."""
        for hop in found.result.executed:
            self._overlay.apply(hop)
        touched = {pair for a, b in pairwise(found.path) for pair in ((a, b), (b, a))}
        self._graph.refresh(self._overlay, [pair for pair in touched if self._graph.has(*pair)])
        self._screened = screen(self._graph, self._base, self._most_hops)

    def _proposals(self, least: int) -> Iterator[tuple[Proposal, tuple[int, ...]]]:
        """The best proposal of every cycle that has one, best first, then by asset index; each sized when it is due.

        Each hop goes whole to the better venue for its amount, so the best trade of a cycle is the best over choices
        of venues, and each choice is a concave problem. A cycle that cannot gain `least` may be missing.
        """
        sized: list[_Sized] = []
        yielded: set[tuple[int, ...]] = set()
        for way in chain(ways(self._graph, self._screened, least), (None,)):
            # What no way to come can surpass is settled: the first of a cycle is its best.
            while sized and (way is None or -sized[0][0] > way.ceiling_approx):
                _, assets, _, proposal = heappop(sized)
                if assets not in yielded:
                    yielded.add(assets)
                    yield proposal, assets
            if way is not None and (proposed := self._propose(way)) is not None:
                heappush(sized, (-proposed.profit_approx, way.assets, way.venues, proposed))

    def _propose(self, way: Way) -> Proposal | None:
        hops = zip(pairwise(way.assets), way.venues, strict=True)
        return propose([self._graph.edges(*pair)[venue] for pair, venue in hops])
