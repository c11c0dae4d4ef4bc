"""The order books of the last closed ledger: for each pair the offers in the order the network takes them."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from arb.localnet.ledger.entries import OfferEntry
from arb.markets.asset import Asset

Pair = tuple[Asset, Asset]
Rank = tuple[float, int]


def rank(offer: OfferEntry) -> Rank:
    """Place in the book: price as IEEE double, then offer id (core orders so; it is not the exact order of n/d)."""
    return (offer.n / offer.d, offer.offer_id)


class OrderBooks:
    """Offers by (selling, buying), each book a sorted list."""

    def __init__(self) -> None:
        self._books: dict[Pair, list[tuple[Rank, OfferEntry]]] = {}

    def add(self, offer: OfferEntry) -> None:
        """Put an offer into its book."""
        insort(self._books.setdefault((offer.selling, offer.buying), []), (rank(offer), offer), key=_rank_of)

    def remove(self, offer: OfferEntry) -> None:
        """Take an offer out of its book; it has to be the very version that was added."""
        pair = (offer.selling, offer.buying)
        book = self._books[pair]
        del book[bisect_left(book, rank(offer), key=_rank_of)]
        if not book:
            del self._books[pair]

    def offers(self, selling: Asset, buying: Asset) -> Iterator[OfferEntry]:
        """The offers that sell one asset for the other, best first."""
        return (offer for _, offer in self._books.get((selling, buying), ()))

    def pairs(self) -> list[Pair]:
        """Every (selling, buying) that has an offer."""
        return list(self._books)


def _rank_of(item: tuple[Rank, OfferEntry]) -> Rank:
    return item[0]
