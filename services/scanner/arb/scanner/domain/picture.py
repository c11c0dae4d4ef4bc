"""The market as the scanner sees it, kept by changes that may arrive twice or out of date."""

from collections.abc import Callable, Iterable

from arb.contracts.market_changes import MarketChange, OfferChanged, OfferRemoved, PoolChanged, PoolRemoved
from arb.markets.asset import Asset
from arb.markets.graph import MarketGraph
from arb.markets.market import Market
from arb.scanner.ports import LedgerUpdate, Seen


class MarketPicture:
    """A Market and the ledger it shows. An older state of an entry never overwrites a newer one."""

    def __init__(self) -> None:
        self.market = Market()
        self.ledger = 0
        self._left_by: dict[int | str, int] = {}
        self._graph: MarketGraph | None = None
        self._moved: set[tuple[Asset, Asset]] = set()
        """Directed pairs that changed since the graph was in step."""

    def apply(self, update: LedgerUpdate) -> None:
        """Moves to the close of the update's ledger."""
        if update.whole:
            self.market = Market()
            self._left_by = {}
            self._graph = None
        self._take(update.changes)
        self.ledger = update.close.ledger

    def entries(self) -> Callable[[], tuple[Seen, ...]]:
        """What makes, later and in any thread, a whole update of the picture as it is now.

        Every offer and pool, with the ledger that left it so. Only references are copied here: a market of 20,000
        offers would keep the loop for a tenth of a second.
        """
        offers, pools = dict(self.market.offers_by_id), dict(self.market.pools_by_id)
        left_by = dict(self._left_by)

        def made() -> tuple[Seen, ...]:
            return (
                *(Seen(OfferChanged(offer), left_by[key]) for key, offer in offers.items()),
                *(Seen(PoolChanged(pool), left_by[key]) for key, pool in pools.items()),
            )

        return made

    def graph(self) -> MarketGraph:
        """The market as a graph. It is kept: only pairs that moved are read again, unless a new one came up."""
        graph = self._graph
        new = {pair for pair in self._moved if graph is None or not graph.has(*pair)}
        if graph is None or (new and not new.isdisjoint(self.market.pairs())):
            graph = self._graph = MarketGraph(self.market, self.market.pairs())
        else:
            graph.refresh(self.market, self._moved - new)
        self._moved.clear()
        return graph

    def _take(self, changes: Iterable[Seen]) -> None:
        for change, ledger in changes:
            entry = entry_id(change)
            if ledger < self._left_by.get(entry, 0):
                continue
            self._left_by[entry] = ledger
            self._note(change)
            match change:
                case OfferChanged(offer):
                    self.market.upsert_offer(offer)
                case OfferRemoved(offer_id):
                    self.market.delete_offer(offer_id)
                    del self._left_by[entry]
                case PoolChanged(pool):
                    self.market.upsert_pool(pool)
                case PoolRemoved(pool_id):
                    self.market.delete_pool(pool_id)
                    del self._left_by[entry]

    def _note(self, change: MarketChange) -> None:
        """Marks the pair that is about to change, in both directions; an offer may leave another pair for it."""
        pairs = [pair_of(change)]
        if isinstance(change, OfferChanged) and (before := self.market.offers_by_id.get(change.offer.id)):
            pairs.append((before.selling, before.buying))
        self._moved.update(*(((a, b), (b, a)) for a, b in pairs))


def entry_id(change: MarketChange) -> int | str:
    """Offer id or pool id."""
    match change:
        case OfferChanged(offer):
            return offer.id
        case OfferRemoved(offer_id):
            return offer_id
        case PoolChanged(pool):
            return pool.id
        case PoolRemoved(pool_id):
            return pool_id


def pair_of(change: MarketChange) -> tuple[Asset, Asset]:
    """The two assets the entry trades, in either order."""
    match change:
        case OfferChanged(offer):
            return offer.selling, offer.buying
        case PoolChanged(pool):
            return pool.a, pool.b
        case OfferRemoved(_, selling, buying):
            return selling, buying
        case PoolRemoved(_, a, b):
            return a, b
