"""/order_book: both sides of a pair, offers of one price summed up."""

from collections.abc import Iterable

from aiohttp import web

from arb.localnet.horizon import params
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, asset_fields, price_text
from arb.localnet.horizon.problem import Problem
from arb.localnet.ledger.entries import OfferEntry
from arb.markets.amount import format_amount


async def get_order_book(request: web.Request) -> web.Response:
    """GET /order_book: asks sell the base (selling) asset, bids sell the counter (buying) asset for it."""
    try:
        selling, buying = params.asset(request, "selling_"), params.asset(request, "buying_")
        limit = params.limit(request, default=20)
    except Problem:
        raise _invalid() from None
    if selling is None or buying is None:
        raise _invalid()
    root = node_of(request).ledger.root
    return answer(
        {
            "bids": _levels(root.offers(buying, selling), limit, inverted=True),
            "asks": _levels(root.offers(selling, buying), limit, inverted=False),
            "base": asset_fields(selling),
            "counter": asset_fields(buying),
        }
    )


def _levels(offers: Iterable[OfferEntry], limit: int, *, inverted: bool) -> list[Json]:
    """The best `limit` prices. Amounts are in the asset sold; the price of a bid is turned to counter per base."""
    totals: dict[tuple[int, int], int] = {}
    for offer in offers:
        price = (offer.n, offer.d)
        if price not in totals and len(totals) == limit:
            break
        totals[price] = totals.get(price, 0) + offer.amount
    levels: list[Json] = []
    for (n, d), amount in totals.items():
        shown_n, shown_d = (d, n) if inverted else (n, d)
        levels.append(
            {
                "price_r": {"n": shown_n, "d": shown_d},
                "price": price_text(shown_n, shown_d),
                "amount": format_amount(amount),
            }
        )
    return levels


def _invalid() -> Problem:
    return Problem(
        "invalid_order_book",
        "Invalid Order Book Parameters",
        400,
        "The parameters that specify what order book to view are invalid in some way. Please ensure that your type "
        "parameters (selling_asset_type and buying_asset_type) are one the following valid values: native, "
        "credit_alphanum4, credit_alphanum12.  Also ensure that you have specified selling_asset_code and "
        "selling_asset_issuer if selling_asset_type is not 'native', as well as buying_asset_code and "
        "buying_asset_issuer if buying_asset_type is not 'native'",
    )
