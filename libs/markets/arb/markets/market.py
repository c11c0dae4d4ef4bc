"""The picture of a ledger's offers and pools, kept up to date change by change."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.book import Offer, RestingOffer, book_order_key
from arb.markets.overlay import Overlay
from arb.markets.pool import Pool, Reserves


class _Book:
    """One side of one pair: offers and their order keys, side by side and sorted."""

    __slots__ = ("keys", "resting")

    def __init__(self) -> None:
        self.keys: list[tuple[float, int]] = []
        self.resting: list[RestingOffer] = []


class Market:
    """Offers by id and pools by id, as last told. A MarketView.

    Makers are taken to be good for their offers: the network keeps liabilities, so an offer in the ledger is covered
    by what its maker holds and has room for. Changes are idempotent: the same one twice, or the deletion of something
    unknown, alters nothing.
    """

    def __init__(self) -> None:
        self._offers: dict[int, Offer] = {}
        self._pools: dict[str, Pool] = {}
        self._books: dict[tuple[Asset, Asset], _Book] = {}
        self._reserves: dict[tuple[Asset, Asset], Reserves] = {}

    def offers(self, selling: Asset, buying: Asset) -> Sequence[RestingOffer]:
        """Offers selling one asset for the other, best first. A live view: read it before the next change."""
        book = self._books.get((selling, buying))
        return () if book is None else book.resting

    def pool(self, asset_in: Asset, asset_out: Asset) -> Reserves | None:
        """The pool of the pair seen from asset_in; None where there is none or it is empty."""
        return self._reserves.get((asset_in, asset_out))

    @property
    def offers_by_id(self) -> Mapping[int, Offer]:
        return MappingProxyType(self._offers)

    @property
    def pools_by_id(self) -> Mapping[str, Pool]:
        return MappingProxyType(self._pools)

    def pairs(self) -> set[tuple[Asset, Asset]]:
        """Every directed pair (asset in, asset out) that some offer or some funded pool trades."""
        return {(buying, selling) for selling, buying in self._books} | set(self._reserves)

    def overlay(self) -> Overlay:
        """A what-if layer: trades applied to it leave this market as it is."""
        return Overlay(self)

    def upsert_offer(self, offer: Offer) -> None:
        """Adds the offer, or replaces the one of the same id, whatever pair that one was on."""
        self.delete_offer(offer.id)
        self._offers[offer.id] = offer
        book = self._books.setdefault((offer.selling, offer.buying), _Book())
        key = book_order_key(offer.n, offer.d, offer.id)
        at = bisect_left(book.keys, key)
        book.keys.insert(at, key)
        book.resting.insert(at, RestingOffer(offer.id, offer.seller, offer.n, offer.d, offer.amount, INT64_MAX))

    def delete_offer(self, offer_id: int) -> None:
        offer = self._offers.pop(offer_id, None)
        if offer is None:
            return
        pair = (offer.selling, offer.buying)
        book = self._books[pair]
        at = bisect_left(book.keys, book_order_key(offer.n, offer.d, offer_id))
        del book.keys[at], book.resting[at]
        if not book.keys:
            del self._books[pair]

    def upsert_pool(self, pool: Pool) -> None:
        """Adds the pool, or replaces its state."""
        self.delete_pool(pool.id)
        self._pools[pool.id] = pool
        if pool.reserve_a > 0 and pool.reserve_b > 0:
            self._reserves[pool.a, pool.b] = Reserves(pool.id, pool.reserve_a, pool.reserve_b, pool.fee_bps)
            self._reserves[pool.b, pool.a] = Reserves(pool.id, pool.reserve_b, pool.reserve_a, pool.fee_bps)

    def delete_pool(self, pool_id: str) -> None:
        pool = self._pools.pop(pool_id, None)
        if pool is not None:
            self._reserves.pop((pool.a, pool.b), None)
            self._reserves.pop((pool.b, pool.a), None)
