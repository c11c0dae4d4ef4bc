"""Crossing a side of the order book, offer by offer, as the network does (stellar-core convertWithOffers)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.errors import OfferError
from arb.markets.exchange import Rounding, adjust_amount, check_price, exchange, exchange_unbounded, price_crosses

WORK_LIMIT: Final = 1000
"""Offers (and pools) that one operation may touch."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as the ledger holds it: `amount` stroops of `selling` at n/d `buying` per `selling`.

    OfferError for a price, amount or pair the network would not store.
    """

    id: int
    seller: str
    selling: Asset
    buying: Asset
    amount: int
    n: int
    d: int
    passive: bool = False

    def __post_init__(self) -> None:
        check_price(self.n, self.d)
        if not 0 < self.amount <= INT64_MAX:
            raise OfferError(f"offer {self.id} sells {self.amount} stroops: expected 1..{INT64_MAX}")
        if self.selling == self.buying:
            raise OfferError(f"offer {self.id} sells and buys the same asset {self.selling}")


class RestingOffer(NamedTuple):
    """An offer in the way of a taker, with what its maker can do as far as the caller knows (stroops).

    max_wheat_send is min(offer amount, what the maker can spend); max_sheep_receive is the maker's room, INT64_MAX
    when unknown: the network keeps both covered by liabilities, so the offer's own amount is what binds.
    """

    id: int
    seller: str
    n: int
    d: int
    max_wheat_send: int
    max_sheep_receive: int


class Fill(NamedTuple):
    """One offer crossed: stroops given and taken by its maker, and the amount it keeps (0: gone from the book)."""

    offer_id: int
    seller: str
    wheat: int
    sheep: int
    wheat_left: int


class Stop(Enum):
    """Why crossing ended. FILLED: the taker's side ended first, which does not yet mean that it got all it asked."""

    FILLED = "filled"
    NOT_ENOUGH = "not_enough"
    CROSS_SELF = "cross_self"
    WORK_LIMIT = "work_limit"
    PRICE_LIMIT = "price_limit"


class PriceLimit(NamedTuple):
    """The price n/d (wheat per sheep) of the new offer that crosses; a passive one leaves equal prices alone."""

    n: int
    d: int
    passive: bool = False


class Crossing(NamedTuple):
    """Outcome of walking the book: totals in stroops, one fill per offer touched, in order."""

    sheep_sent: int
    wheat_received: int
    fills: list[Fill]
    stop: Stop

    @property
    def examined(self) -> int:
        """Offers that count against the work limit."""
        return len(self.fills)


def book_order_key(n: int, d: int, offer_id: int) -> tuple[float, int]:
    """Sort key of the book: price as an IEEE double, then offer id (core: isBetterOffer).

    Prices that differ by less than a double can tell are equal here, so an older, dearer offer may come first.
    """
    return n / d, offer_id


def cross(
    offers: Iterable[RestingOffer],
    max_wheat_receive: int,
    max_sheep_send: int,
    rounding: Rounding,
    taker: str | None,
    price_limit: PriceLimit | None = None,
    work_limit: int = WORK_LIMIT,
) -> Crossing:
    """Crosses `offers` (in book order, all selling wheat for sheep) until the taker has enough or the book stops it.

    taker: address whose own offers stop the walk; None never meets itself. Each offer is adjusted to what its maker
    can do before it is crossed, and what is left of it after. An offer that adjusts to nothing is deleted by a fill of
    zeros (the ledger never stores one). The caller decides what an incomplete crossing means, and applies the fills.
    """
    fills: list[Fill] = []
    wheat_wanted, sheep_left = max_wheat_receive, max_sheep_send
    stop = Stop.NOT_ENOUGH
    if wheat_wanted <= 0 or sheep_left <= 0:
        return Crossing(0, 0, fills, Stop.FILLED)
    if work_limit <= 0:
        return Crossing(0, 0, fills, Stop.WORK_LIMIT)
    # The 1 % bound on a path payment cannot fail for an adjusted offer, so only NORMAL pays for checking it.
    crossing = exchange if rounding is Rounding.NORMAL else exchange_unbounded
    for offer_id, seller, n, d, max_wheat_send, max_sheep_receive in offers:
        if price_limit is not None and not price_crosses(n, d, *price_limit):
            stop = Stop.PRICE_LIMIT
            break
        if seller == taker:
            stop = Stop.CROSS_SELF
            break
        if len(fills) >= work_limit:
            stop = Stop.WORK_LIMIT
            break
        amount = adjust_amount(n, d, max_wheat_send, max_sheep_receive)
        wheat, sheep, stays = crossing(n, d, amount, wheat_wanted, sheep_left, max_sheep_receive, rounding)
        left = adjust_amount(n, d, amount - wheat, max_sheep_receive - sheep) if stays else 0
        fills.append(Fill(offer_id, seller, wheat, sheep, left))
        wheat_wanted -= wheat
        sheep_left -= sheep
        if stays or wheat_wanted <= 0 or sheep_left <= 0:
            stop = Stop.FILLED
            break
    return Crossing(max_sheep_send - sheep_left, max_wheat_receive - wheat_wanted, fills, stop)
