"""One hop of a path payment: the whole of it goes to the book or to the pool (core convertWithOffersAndPools)."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.book import WORK_LIMIT, Crossing, Fill, RestingOffer, Stop, cross
from arb.markets.exchange import Rounding
from arb.markets.pool import Reserves, swap_receive, swap_send


class MarketView(Protocol):
    """What a path payment can see of a ledger."""

    def offers(self, selling: Asset, buying: Asset) -> Iterable[RestingOffer]:
        """Offers selling one asset for the other, in book order (see book_order_key)."""
        ...

    def pool(self, asset_in: Asset, asset_out: Asset) -> Reserves | None:
        """The classic pool of the two assets seen from asset_in, or None where there is none or it is empty."""
        ...


class VenueKind(Enum):
    """Where a hop trades."""

    BOOK = "book"
    POOL = "pool"


class PathCode(Enum):
    """Outcome of a hop or a path payment, in the network's words."""

    SUCCESS = "SUCCESS"
    TOO_FEW_OFFERS = "TOO_FEW_OFFERS"
    CROSS_SELF = "OFFER_CROSS_SELF"
    OVER_SENDMAX = "OVER_SENDMAX"
    UNDER_DESTMIN = "UNDER_DESTMIN"
    EXCEEDED_WORK_LIMIT = "opEXCEEDED_WORK_LIMIT"


class HopResult(NamedTuple):
    """One hop: stroops in and out and what it did to its venue. A failed hop moves nothing: amounts 0, no fills.

    `work` is what the hop takes off the operation's work limit: offers crossed, also those the pool then beat, plus
    one for the pool itself.
    """

    code: PathCode
    venue: VenueKind
    asset_in: Asset
    asset_out: Asset
    amount_in: int
    amount_out: int
    fills: Sequence[Fill]
    pool_id: str | None
    work: int

    @property
    def ok(self) -> bool:
        return self.code is PathCode.SUCCESS


_BOOK_FAILURE = {
    Stop.NOT_ENOUGH: PathCode.TOO_FEW_OFFERS,
    Stop.CROSS_SELF: PathCode.CROSS_SELF,
    Stop.WORK_LIMIT: PathCode.EXCEEDED_WORK_LIMIT,
}


def hop_send(
    view: MarketView, taker: str | None, asset_in: Asset, asset_out: Asset, amount_in: int, work_left: int = WORK_LIMIT
) -> HopResult:
    """Spends exactly amount_in stroops (0..INT64_MAX) of asset_in; taker is the operation's source account."""
    reserves = view.pool(asset_in, asset_out) if work_left > 0 else None
    pool_out = None
    if reserves is not None:
        pool_out = swap_send(reserves.reserve_in, reserves.reserve_out, amount_in, reserves.fee_bps)
    book = cross(view.offers(asset_out, asset_in), INT64_MAX, amount_in, Rounding.SEND, taker, work_limit=work_left)
    if reserves is not None and pool_out is not None and not _book_beats_pool(book, amount_in, pool_out):
        return _through_pool(book, reserves, asset_in, asset_out, amount_in, pool_out, work_left)
    return _through_book(book, asset_in, asset_out, exact=book.sheep_sent == amount_in)


def hop_receive(
    view: MarketView, taker: str | None, asset_in: Asset, asset_out: Asset, amount_out: int, work_left: int = WORK_LIMIT
) -> HopResult:
    """Buys exactly amount_out stroops (0..INT64_MAX) of asset_out; taker is the operation's source account."""
    reserves = view.pool(asset_in, asset_out) if work_left > 0 else None
    pool_in = None
    if reserves is not None:
        pool_in = swap_receive(reserves.reserve_in, reserves.reserve_out, amount_out, reserves.fee_bps)
    book = cross(view.offers(asset_out, asset_in), amount_out, INT64_MAX, Rounding.RECV, taker, work_limit=work_left)
    if reserves is not None and pool_in is not None and not _book_beats_pool(book, pool_in, amount_out):
        return _through_pool(book, reserves, asset_in, asset_out, pool_in, amount_out, work_left)
    return _through_book(book, asset_in, asset_out, exact=book.wheat_received == amount_out)


def _book_beats_pool(book: Crossing, pool_in: int, pool_out: int) -> bool:
    """The pool wins ties, and every case in which the book could not end the taker's side (shouldConvertWithOffers)."""
    return book.stop is Stop.FILLED and pool_in * book.wheat_received > pool_out * book.sheep_sent


def _through_pool(
    book: Crossing,
    reserves: Reserves,
    asset_in: Asset,
    asset_out: Asset,
    amount_in: int,
    amount_out: int,
    work_left: int,
) -> HopResult:
    # From protocol 27 the offers crossed in vain count too, and one unit must be left for the pool.
    work = book.examined
    if work >= work_left:
        return _failed(PathCode.EXCEEDED_WORK_LIMIT, asset_in, asset_out)
    return HopResult(
        PathCode.SUCCESS,
        VenueKind.POOL,
        asset_in,
        asset_out,
        amount_in,
        amount_out,
        (),
        reserves.pool_id,
        work + 1,
    )


def _through_book(book: Crossing, asset_in: Asset, asset_out: Asset, *, exact: bool) -> HopResult:
    if book.stop is not Stop.FILLED:
        return _failed(_BOOK_FAILURE[book.stop], asset_in, asset_out)
    if not exact:
        return _failed(PathCode.TOO_FEW_OFFERS, asset_in, asset_out)
    return HopResult(
        PathCode.SUCCESS,
        VenueKind.BOOK,
        asset_in,
        asset_out,
        book.sheep_sent,
        book.wheat_received,
        book.fills,
        None,
        book.examined,
    )


def _failed(code: PathCode, asset_in: Asset, asset_out: Asset) -> HopResult:
    return HopResult(code, VenueKind.BOOK, asset_in, asset_out, 0, 0, (), None, 0)
