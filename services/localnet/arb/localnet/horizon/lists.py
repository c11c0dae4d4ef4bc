"""Lists out of history: one way to page and to stream them, whatever the records are."""

from collections.abc import Callable, Iterable
from itertools import islice

from aiohttp import web

from arb.localnet.horizon import params, stream
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, page_body
from arb.localnet.horizon.problem import before_history, not_found
from arb.localnet.node.history import History
from arb.localnet.node.node import Node
from arb.localnet.node.toid import Toid, after_ledger

Source = Callable[[int | None, bool], Iterable[Json]]
"""Records beyond a paging token (None: from the end to start from); the flag says whether ascending."""


async def serve(request: web.Request, source: Source, *, order_bits: int = 0) -> web.StreamResponse:
    """A page of the source, or a stream of it if the client asks for one.

    Where records come several to a place (paging tokens "place-order"), `order_bits` is how many low bits of the
    cursor handed to the source hold the order; a token without one stands after all records of its place.
    """
    node = node_of(request)
    page = params.page(request, now=after_ledger(node.history.latest))
    cursor = place(page.cursor, order_bits) if page.cursor else None
    if stream.wanted(request):

        def fetch(at: int | None, limit: int) -> list[Json]:
            return list(islice(source(at, page.ascending), limit))

        return await stream.serve(request, node, fetch, lambda token: place(token, order_bits), cursor, page.limit)
    if cursor is not None and not page.ascending and cursor >> order_bits <= int(Toid(node.history.oldest)):
        raise before_history()
    return answer(page_body(request, page, list(islice(source(cursor, page.ascending), page.limit))))


def place(token: str, order_bits: int) -> int:
    """A paging token as a number that rises with it."""
    number, dash, order = token.partition("-")
    last = (1 << order_bits) - 1
    return int(number) << order_bits | (min(int(order), last) if dash and order.isdecimal() else last)


def account_name(request: web.Request, node: Node) -> str:
    """The account in the path; 404 unless it exists or has a past."""
    account_id = params.account(request, "account_id")
    known = node.ledger.root.account(account_id) is not None
    if not known and next(iter(node.history.transactions(None, ascending=True, name=account_id)), None) is None:
        raise not_found()
    return account_id


def ledger_number(request: web.Request, history: History) -> int:
    """The ledger in the path; 410 if it is forgotten, 404 if it is still to come."""
    seq = params.positive(request, "ledger_id", "Ledger ID must be an integer higher than 0", 2**31 - 1)
    if seq < history.oldest:
        raise before_history()
    if seq > history.latest:
        raise not_found()
    return seq
