"""The HTTP server: Horizon, RPC and friendbot on one port, and what all their answers have in common."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiohttp import web

from arb.localnet.horizon import (
    accounts,
    friendbot,
    hal,
    ledgers,
    network,
    offers,
    operations,
    order_book,
    paths,
    pools,
    problem,
    status,
    submit,
    trades,
    transactions,
)
from arb.localnet.horizon.context import CONTRACTS, FRIENDBOT, NODE, SUBMIT_TIMEOUT
from arb.localnet.node.friendbot import Friendbot
from arb.localnet.node.node import Node
from arb.localnet.rpc import endpoint

MAX_BODY: Final = 512 * 1024
"""Bytes of a request body (stellar-rpc's limit; an envelope of 100 operations has about 40,000)."""

log = structlog.get_logger("localnet.server")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_GET: Final[dict[str, Handler]] = {
    "/": network.get_root,
    "/health": network.get_health,
    "/fee_stats": network.get_fee_stats,
    "/accounts": accounts.list_accounts,
    "/accounts/{account_id}": accounts.get_account,
    "/accounts/{account_id}/data/{key}": accounts.get_data,
    "/accounts/{account_id}/offers": offers.list_account_offers,
    "/accounts/{account_id}/transactions": transactions.list_account_transactions,
    "/accounts/{account_id}/operations": operations.list_account_operations,
    "/accounts/{account_id}/payments": operations.list_account_operations,
    "/accounts/{account_id}/trades": trades.list_account_trades,
    "/offers": offers.list_offers,
    "/offers/{offer_id}": offers.get_offer,
    "/offers/{offer_id}/trades": trades.list_offer_trades,
    "/order_book": order_book.get_order_book,
    "/liquidity_pools": pools.list_pools,
    "/liquidity_pools/{liquidity_pool_id}": pools.get_pool,
    "/liquidity_pools/{liquidity_pool_id}/transactions": transactions.list_pool_transactions,
    "/liquidity_pools/{liquidity_pool_id}/operations": operations.list_pool_operations,
    "/liquidity_pools/{liquidity_pool_id}/trades": trades.list_pool_trades,
    "/ledgers": ledgers.list_ledgers,
    "/ledgers/{ledger_id}": ledgers.get_ledger,
    "/ledgers/{ledger_id}/transactions": transactions.list_ledger_transactions,
    "/ledgers/{ledger_id}/operations": operations.list_ledger_operations,
    "/ledgers/{ledger_id}/payments": operations.list_ledger_operations,
    "/transactions": transactions.list_transactions,
    "/transactions/{tx_id}": transactions.get_transaction,
    "/transactions/{tx_id}/operations": operations.list_transaction_operations,
    "/transactions/{tx_id}/payments": operations.list_transaction_operations,
    "/operations": operations.list_operations,
    "/operations/{id}": operations.get_operation,
    "/operations/{op_id}/trades": trades.list_operation_trades,
    "/payments": operations.list_operations,
    "/trades": trades.list_trades,
    "/paths": paths.strict_receive,
    "/paths/strict-receive": paths.strict_receive,
    "/paths/strict-send": paths.strict_send,
    "/friendbot": friendbot.fund,
    "/localnet/status": status.get_status,
}
_POST: Final[dict[str, Handler]] = {
    "/transactions": submit.submit,
    "/transactions_async": submit.submit_async,
    "/friendbot": friendbot.fund,
    "/rpc": endpoint.serve,
}


def application(
    node: Node,
    bot: Friendbot,
    *,
    submit_timeout: float,
    manual: bool = False,
    contracts: dict[str, Any] | None = None,
) -> web.Application:
    """The application. `submit_timeout` is how many seconds a submission waits for its ledger.

    `manual` adds POST /localnet/close for tests, which closes a ledger and answers it; `contracts`, if the market has
    any, is what GET /localnet/contracts answers.
    """
    app = web.Application(middlewares=[_answers], client_max_size=MAX_BODY)
    app[NODE] = node
    app[FRIENDBOT] = bot
    app[SUBMIT_TIMEOUT] = submit_timeout
    for path, handler in _GET.items():
        app.router.add_get(path, handler)
    for path, handler in _POST.items():
        app.router.add_post(path, handler)
    if manual:
        app.router.add_post("/localnet/close", _close)
    if contracts is not None:
        app[CONTRACTS] = contracts
        app.router.add_get("/localnet/contracts", _contracts)
    return app


async def _contracts(request: web.Request) -> web.StreamResponse:
    """GET /localnet/contracts: where the market's contracts are."""
    return web.json_response(request.app[CONTRACTS])


async def _close(request: web.Request) -> web.StreamResponse:
    """POST /localnet/close: the ledger that was closed for it."""
    node = request.app[NODE]
    record = node.history.ledger(node.close().seq)
    assert record is not None
    return hal.answer(ledgers.ledger_json(record, hal.base_url(request)))


@web.middleware
async def _answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as problems, and the headers every answer has. Nothing a client sends may end the server."""
    if request.method == "OPTIONS":
        response: web.StreamResponse = web.Response(status=204)
    else:
        try:
            response = await handler(request)
        except problem.Problem as error:
            response = error.response()
        except web.HTTPRequestEntityTooLarge:
            response = problem.too_large(MAX_BODY).response()
        except web.HTTPMethodNotAllowed as error:
            response = problem.method_not_allowed(request.method).response()
            response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        except web.HTTPNotFound:
            response = await _without_slash(request)
        except web.HTTPException as error:
            response = problem.bad_request(error.reason).response()
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            log.exception("request failed", method=request.method, path=request.path)
            response = problem.server_error().response()
    if not response.prepared:
        response.headers["Latest-Ledger"] = str(request.app[NODE].history.latest)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Date, Latest-Ledger"
    return response


async def _without_slash(request: web.Request) -> web.StreamResponse:
    """Horizon does not mind a slash at the end of a path."""
    bare = request.path.rstrip("/")
    if request.path == "/" or bare == request.path:
        return problem.not_found().response()
    clone = request.clone(rel_url=request.rel_url.with_path(bare, keep_query=True))
    match = await request.app.router.resolve(clone)
    if match.http_exception is not None:
        return problem.not_found().response()
    clone._match_info = match
    match.add_app(request.app)
    return await _answers(clone, match.handler)
