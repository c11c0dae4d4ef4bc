"""/offers: single offers and lists by seller and assets."""

from aiohttp import web

from arb.localnet.horizon import params
from arb.localnet.horizon.accounts import close_time_text
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, asset_fields, base_url, link, page_body, price_text
from arb.localnet.horizon.params import Page
from arb.localnet.horizon.problem import not_found
from arb.localnet.horizon.slices import take
from arb.localnet.ledger.entries import OfferEntry
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.node.node import Node
from arb.markets.amount import format_amount
from arb.markets.asset import Asset


async def get_offer(request: web.Request) -> web.Response:
    """GET /offers/{offer_id}."""
    offer_id = params.positive(request, "offer_id", "Offer ID must be an integer higher than 0")
    node = node_of(request)
    for offer in node.ledger.root.all_offers():
        if offer.offer_id == offer_id:
            return answer(offer_json(node, offer, base_url(request)))
    raise not_found()


async def list_offers(request: web.Request) -> web.Response:
    """GET /offers, filtered by seller, selling and buying."""
    page = params.page(request)
    seller = params.account(request, "seller")
    selling, buying = params.named_asset(request, "selling"), params.named_asset(request, "buying")
    sponsored = params.account(request, "sponsor")
    found = [] if sponsored else _matching(node_of(request).ledger.root, seller, selling, buying)
    return _page(request, page, found)


async def list_account_offers(request: web.Request) -> web.Response:
    """GET /accounts/{account_id}/offers."""
    page = params.page(request)
    return _page(request, page, list(node_of(request).ledger.root.offers_of(params.account(request, "account_id"))))


def _matching(root: LedgerReads, seller: str, selling: Asset | None, buying: Asset | None) -> list[OfferEntry]:
    offers = root.offers_of(seller) if seller else root.all_offers()
    if selling is not None and buying is not None and not seller:
        offers = root.offers(selling, buying)
    return [
        offer
        for offer in offers
        if (selling is None or offer.selling == selling) and (buying is None or offer.buying == buying)
    ]


def _page(request: web.Request, page: Page, found: list[OfferEntry]) -> web.Response:
    found.sort(key=_id)
    chosen = take(found, page, _id, int(page.cursor) if page.cursor else None)
    node, base = node_of(request), base_url(request)
    return answer(page_body(request, page, [offer_json(node, offer, base) for offer in chosen]))


def _id(offer: OfferEntry) -> int:
    return offer.offer_id


def offer_json(node: Node, offer: OfferEntry, base: str) -> Json:
    """The offer resource."""
    return {
        "_links": {
            "self": link(base, f"/offers/{offer.offer_id}"),
            "offer_maker": link(base, f"/accounts/{offer.seller}"),
        },
        "id": str(offer.offer_id),
        "paging_token": str(offer.offer_id),
        "seller": offer.seller,
        "selling": asset_fields(offer.selling),
        "buying": asset_fields(offer.buying),
        "amount": format_amount(offer.amount),
        "price_r": {"n": offer.n, "d": offer.d},
        "price": price_text(offer.n, offer.d),
        "last_modified_ledger": offer.last_modified,
        "last_modified_time": close_time_text(node, offer.last_modified),
    }
