"""/transactions: applied transactions by hash, and lists of them for the network, an account, a ledger or a pool."""

import base64
from collections.abc import Iterable

from aiohttp import web

from arb.localnet.horizon import lists, params
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, base_url, link, paged_link, timestamp
from arb.localnet.horizon.problem import not_found
from arb.localnet.horizon.transaction_parts import common_parts
from arb.localnet.node.records import TransactionRecord


async def get_transaction(request: web.Request) -> web.Response:
    """GET /transactions/{tx_id}: by the hash of the transaction, or of one inside a fee bump."""
    asked = bytes.fromhex(params.transaction_hash(request, "tx_id"))
    record = node_of(request).history.transaction(asked)
    if record is None:
        raise not_found()
    return answer(transaction_json(record, base_url(request), asked))


async def list_transactions(request: web.Request) -> web.StreamResponse:
    """GET /transactions."""
    return await _list(request)


async def list_account_transactions(request: web.Request) -> web.StreamResponse:
    """GET /accounts/{account_id}/transactions."""
    return await _list(request, name=lists.account_name(request, node_of(request)))


async def list_pool_transactions(request: web.Request) -> web.StreamResponse:
    """GET /liquidity_pools/{liquidity_pool_id}/transactions."""
    return await _list(request, name=params.pool_id(request, "liquidity_pool_id"))


async def list_ledger_transactions(request: web.Request) -> web.StreamResponse:
    """GET /ledgers/{ledger_id}/transactions."""
    return await _list(request, ledger=lists.ledger_number(request, node_of(request).history))


async def _list(request: web.Request, *, name: str | None = None, ledger: int | None = None) -> web.StreamResponse:
    history, base = node_of(request).history, base_url(request)
    with_failed = params.flag(request, "include_failed")

    def source(cursor: int | None, ascending: bool) -> Iterable[Json]:
        for record in history.transactions(cursor, ascending=ascending, name=name, ledger=ledger):
            if (record.successful or with_failed) and record.toid != cursor:
                yield transaction_json(record, base)

    return await lists.serve(request, source)


def transaction_json(record: TransactionRecord, base: str, asked: bytes | None = None) -> Json:
    """The transaction resource; `asked` is the hash it was asked for by, if not its own."""
    shown = asked or record.hash
    name, token = shown.hex(), str(record.toid)
    parts = common_parts(record, shown)
    return {
        "_links": {
            "self": link(base, f"/transactions/{name}"),
            "account": link(base, f"/accounts/{parts['source_account']}"),
            "ledger": link(base, f"/ledgers/{record.ledger}"),
            "operations": paged_link(base, f"/transactions/{name}/operations"),
            "effects": paged_link(base, f"/transactions/{name}/effects"),
            "precedes": link(base, f"/transactions?order=asc&cursor={token}"),
            "succeeds": link(base, f"/transactions?order=desc&cursor={token}"),
            "transaction": link(base, f"/transactions/{name}"),
        },
        "id": name,
        "paging_token": token,
        "successful": record.successful,
        "hash": name,
        "ledger": record.ledger,
        "created_at": timestamp(record.close_time),
        "fee_charged": str(record.fee_charged),
        "max_fee": str(record.max_fee),
        "operation_count": record.operations,
        "envelope_xdr": base64.b64encode(record.envelope_xdr).decode(),
        "result_xdr": base64.b64encode(record.result_xdr).decode(),
        "result_meta_xdr": base64.b64encode(record.meta_xdr).decode(),
        "fee_meta_xdr": base64.b64encode(record.fee_changes_xdr).decode(),
        **parts,
    }
