"""Market makers: each keeps one book quoted on both sides around the reference price, and moves its quotes slowly."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stellar_sdk import xdr

from arb.localnet.ledger.balances import available
from arb.localnet.ledger.entries import OfferEntry
from arb.localnet.traffic import operations
from arb.localnet.traffic.actors import Actor, actor
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.model import fraction
from arb.localnet.traffic.universe import BOOKS, Venue, asset
from arb.markets.book import book_order_key
from arb.markets.exchange import compare_prices

LEVELS: Final = 5
_STEP: Final = 0.0008
"""Distance between two levels, as a share of the price."""
_HALF_SPREAD: Final = (0.001, 0.003)
"""Bounds of the best quote's distance from the reference price: spreads of 0.2 to 0.6 %."""
_WEIGHTS: Final = tuple(1 + level for level in range(LEVELS))


@dataclass(frozen=True, slots=True)
class Quote:
    """One level: sells `amount` stroops at `price` (n, d)."""

    price: tuple[int, int]
    amount: int


@dataclass(frozen=True, slots=True)
class Maker:
    """The market maker of one book."""

    actor: Actor
    venue: Venue


def makers() -> tuple[Maker, ...]:
    """One for each book."""
    return tuple(Maker(actor(f"maker {venue.base}-{venue.quote}"), venue) for venue in BOOKS)


def ladder(sight: MarketSight, code: str, worth: float, price: float, half: float, draw: random.Random) -> list[Quote]:
    """Levels that sell `code`, best first, together worth `worth` XLM; `half` is the best one's distance from price."""
    quotes = []
    for level, weight in enumerate(_WEIGHTS):
        size = worth * weight / sum(_WEIGHTS) * draw.uniform(0.8, 1.2)
        level_price = price * (1 + half + level * _STEP)
        quotes.append(Quote(fraction(level_price), sight.reference.stroops(code, size)))
    return quotes


def requote(maker: Maker, sight: MarketSight, draw: random.Random) -> list[xdr.Operation]:
    """Operations that move all of a maker's offers to where they belong now.

    The side that is moved away from the other goes first, so that the maker never meets its own offers.
    """
    base, quote, depth = maker.venue.base, maker.venue.quote, maker.venue.depth_xlm
    half = draw.uniform(*_HALF_SPREAD)
    mid = sight.reference.price(base, quote)
    asks, bids = _own(maker, sight, base), _own(maker, sight, quote)
    new_asks = ladder(sight, base, depth, mid, half, draw)
    new_bids = ladder(sight, quote, depth, 1 / mid, half, draw)
    move_asks = list(_move(maker, sight, base, quote, asks, new_asks))
    move_bids = list(_move(maker, sight, quote, base, bids, new_bids))
    n, d = new_asks[0].price
    rising = bool(asks) and compare_prices(n, d, asks[0].n, asks[0].d) > 0
    return move_asks + move_bids if rising else move_bids + move_asks


def _own(maker: Maker, sight: MarketSight, code: str) -> list[OfferEntry]:
    offers = (offer for offer in sight.state.offers_of(maker.actor.account_id) if offer.selling == asset(code))
    return sorted(offers, key=lambda offer: book_order_key(offer.n, offer.d, offer.offer_id))


def _move(
    maker: Maker, sight: MarketSight, code: str, other: str, resting: Sequence[OfferEntry], quotes: Sequence[Quote]
) -> Iterator[xdr.Operation]:
    """Operations from the offers of one side, best first, to its new levels, within what the maker holds."""
    selling, buying = asset(code), asset(other)
    left = available(sight.state, maker.actor.account_id, selling) + sum(offer.amount for offer in resting)
    for place, quote in enumerate(quotes):
        amount = min(quote.amount, left)
        left -= amount
        offer_id = resting[place].offer_id if place < len(resting) else 0
        if amount or offer_id:
            yield operations.sell(maker.actor, selling, buying, amount, quote.price, offer_id)
    for surplus in resting[len(quotes) :]:
        yield operations.sell(maker.actor, selling, buying, 0, (1, 1), surplus.offer_id)


def due(all_makers: Sequence[Maker], sight: MarketSight, count: int) -> list[Maker]:
    """The makers whose turn it is: those with a side more than half eaten, then those who moved longest ago."""
    return sorted(all_makers, key=lambda maker: (not _half_eaten(maker, sight), _moved_last(maker, sight)))[:count]


def _moved_last(maker: Maker, sight: MarketSight) -> int:
    """The last ledger that touched any of the maker's offers; 0 if it has none."""
    return max((offer.last_modified for offer in sight.state.offers_of(maker.actor.account_id)), default=0)


def _half_eaten(maker: Maker, sight: MarketSight) -> bool:
    base, quote = maker.venue.base, maker.venue.quote
    wanted = maker.venue.depth_xlm / 2
    return any(sight.worth_xlm(a, sight.book_depth(a, b)) < wanted for a, b in ((base, quote), (quote, base)))
