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


async def serve(request: web.Request, source: Source) -> web.StreamResponse:
    """A page of the source, or a stream of it if the client asks for one."""
    node = node_of(request)
    page = params.page(request, now=after_ledger(node.history.latest))
    cursor = int(page.cursor.partition("-")[0]) if page.cursor else None
    if stream.wanted(request):
        return await stream.serve(
            request, node, lambda at, limit: list(islice(source(at, page.ascending), limit)), cursor, page.limit
        )
    if cursor is not None and not page.ascending and cursor <= int(Toid(node.history.oldest)):
        raise before_history()
    return answer(page_body(request, page, list(islice(source(cursor, page.ascending), page.limit))))


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
