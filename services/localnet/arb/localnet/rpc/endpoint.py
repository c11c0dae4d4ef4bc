"""POST /rpc: JSON-RPC 2.0, one call or a batch, as stellar-rpc's bridge serves it."""

from collections.abc import Callable
from typing import Any, Final

import orjson
import structlog
from aiohttp import web

from arb.localnet.horizon.context import node_of
from arb.localnet.node.node import Node
from arb.localnet.rpc import entries, events, ledgers, network, simulate_transaction, transactions
from arb.localnet.rpc.errors import (
    INTERNAL_ERROR,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    RpcError,
    invalid_params,
    invalid_request,
)

log = structlog.get_logger("localnet.rpc")
Method = Callable[[Node, dict[str, Any]], dict[str, Any]]

METHODS: Final[dict[str, Method]] = {
    "getHealth": network.get_health,
    "getNetwork": network.get_network,
    "getVersionInfo": network.get_version_info,
    "getLatestLedger": ledgers.get_latest_ledger,
    "getLedgers": ledgers.get_ledgers,
    "getFeeStats": network.get_fee_stats,
    "getLedgerEntries": entries.get_ledger_entries,
    "getEvents": events.get_events,
    "simulateTransaction": simulate_transaction.simulate_transaction,
    "sendTransaction": transactions.send_transaction,
    "getTransaction": transactions.get_transaction,
    "getTransactions": transactions.get_transactions,
}


async def serve(request: web.Request) -> web.Response:
    """Answers 200 with a response or a list of them, 204 to notifications only, 415 to anything but JSON."""
    if request.content_type != "application/json":
        return web.Response(status=415, text="content-type must be application/json\n")
    body = await request.read()
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _json(_failure(None, RpcError(PARSE_ERROR, "parse error")))
    node = node_of(request)
    if not isinstance(asked, list):
        response = _answer(node, asked)
        return _json(response) if response is not None else web.Response(status=204)
    if not asked:
        return _json(_failure(None, invalid_request("empty request batch")))
    responses = [response for call in asked if (response := _answer(node, call)) is not None]
    if not responses:
        return web.Response(status=204)
    return _json(responses[0] if len(responses) == 1 else responses)


def _json(body: Any) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _answer(node: Node, call: Any) -> dict[str, Any] | None:
    """The response to one call; None to a notification."""
    if not isinstance(call, dict):
        return _failure(None, invalid_request("request is not a JSON object"))
    call_id = call.get("id")
    if isinstance(call_id, bool | dict | list):
        return _failure(None, invalid_request("invalid request ID"))
    try:
        result = _call(node, call)
    except RpcError as error:
        return _failure(call_id, error)
    except Exception:
        log.exception("call failed", method=call.get("method"))
        return _failure(call_id, RpcError(INTERNAL_ERROR, "internal error"))
    return {"jsonrpc": "2.0", "id": call_id, "result": result} if "id" in call else None


def _call(node: Node, call: dict[str, Any]) -> dict[str, Any]:
    if call.get("jsonrpc") != "2.0":
        raise invalid_request("invalid version marker")
    name = call.get("method")
    if not isinstance(name, str) or not name:
        raise invalid_request("empty method name")
    method = METHODS.get(name)
    if method is None:
        raise RpcError(METHOD_NOT_FOUND, "method not found", name)
    params = call.get("params")
    if params is None or params == []:
        params = {}
    if not isinstance(params, dict):
        raise invalid_params("invalid parameters: an object is expected")
    return method(node, params)


def _failure(call_id: Any, error: RpcError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "error": error.body()}
