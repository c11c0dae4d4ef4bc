"""/operations and /payments: one operation, and lists for the network, an account, ledger, pool or transaction."""

from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web
from stellar_sdk import xdr

from arb.localnet.horizon import lists, params
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, base_url, link, timestamp
from arb.localnet.horizon.operation_details import details
from arb.localnet.horizon.problem import before_history, invalid_field, not_found
from arb.localnet.horizon.transactions import transaction_json
from arb.localnet.ledger.account_ids import account_id_of_muxed
from arb.localnet.node.records import TransactionRecord
from arb.localnet.node.toid import Toid
from arb.localnet.node.touched import named_in
from arb.localnet.node.trades import operation_results, trades_of

_PAYMENTS: Final = frozenset(
    {
        xdr.OperationType.CREATE_ACCOUNT,
        xdr.OperationType.PAYMENT,
        xdr.OperationType.PATH_PAYMENT_STRICT_RECEIVE,
        xdr.OperationType.PATH_PAYMENT_STRICT_SEND,
        xdr.OperationType.ACCOUNT_MERGE,
    }
)
"""What /payments shows."""


async def get_operation(request: web.Request) -> web.Response:
    """GET /operations/{id}."""
    record, index = found(request, "id")
    join = _join(request)
    operation = list(_operations(record, base_url(request), join=join))[index]
    return answer(operation)


def found(request: web.Request, name: str) -> tuple[TransactionRecord, int]:
    """The operation whose id is in the path: its transaction and its index from 0. Problem 404 or 410."""
    toid = params.positive(request, name, "Operation ID must be an integer higher than 0")
    history = node_of(request).history
    if Toid.parse(toid).ledger < history.oldest:
        raise before_history()
    record, index = history.at(toid), Toid.parse(toid).operation - 1
    if record is None or not 0 <= index < record.operations:
        raise not_found()
    return record, index


async def list_operations(request: web.Request) -> web.StreamResponse:
    """GET /operations and /payments."""
    return await _list(request)


async def list_account_operations(request: web.Request) -> web.StreamResponse:
    """GET /accounts/{account_id}/operations and /payments."""
    return await _list(request, name=lists.account_name(request, node_of(request)))


async def list_pool_operations(request: web.Request) -> web.StreamResponse:
    """GET /liquidity_pools/{liquidity_pool_id}/operations."""
    return await _list(request, name=params.pool_id(request, "liquidity_pool_id"))


async def list_ledger_operations(request: web.Request) -> web.StreamResponse:
    """GET /ledgers/{ledger_id}/operations and /payments."""
    return await _list(request, ledger=lists.ledger_number(request, node_of(request).history))


async def list_transaction_operations(request: web.Request) -> web.StreamResponse:
    """GET /transactions/{tx_id}/operations and /payments: those of a failed transaction too."""
    record = node_of(request).history.transaction(bytes.fromhex(params.transaction_hash(request, "tx_id")))
    if record is None:
        raise not_found()
    return await _list(request, only=record)


async def _list(
    request: web.Request,
    *,
    name: str | None = None,
    ledger: int | None = None,
    only: TransactionRecord | None = None,
) -> web.StreamResponse:
    history, base = node_of(request).history, base_url(request)
    with_failed = only is not None or params.flag(request, "include_failed")
    join = _join(request)
    payments = request.path.endswith("/payments")

    def source(cursor: int | None, ascending: bool) -> Iterable[Json]:
        records: Iterable[TransactionRecord] = (
            (only,) if only else history.transactions(cursor, ascending=ascending, name=name, ledger=ledger)
        )
        for record in records:
            if not record.successful and not with_failed:
                continue
            operations = list(_operations(record, base, join=join, name=name, payments=payments))
            for operation in operations if ascending else reversed(operations):
                token = int(operation["paging_token"])
                if cursor is None or (token > cursor if ascending else token < cursor):
                    yield operation

    return await lists.serve(request, source)


def _join(request: web.Request) -> bool:
    join = params.text(request, "join")
    if join not in ("", "transactions"):
        raise invalid_field("join", "Accepted values: transactions")
    return bool(join)


def _operations(
    record: TransactionRecord, base: str, *, join: bool, name: str | None = None, payments: bool = False
) -> Iterator[Json]:
    """The operations of a transaction; with `name`, those that have to do with it; with `payments`, only such."""
    envelope = xdr.TransactionEnvelope.from_xdr_bytes(record.envelope_xdr)
    v1 = envelope.fee_bump.tx.inner_tx.v1 if envelope.fee_bump is not None else envelope.v1
    assert v1 is not None  # envelopes of version 0 are kept as version 1
    result = xdr.TransactionResult.from_xdr_bytes(record.result_xdr)
    results = operation_results(result)
    touching = _touching(result) if name is not None else {}
    transaction = transaction_json(record, base) if join else None
    tx_source = account_id_of_muxed(v1.tx.source_account)
    for index, operation in enumerate(v1.tx.operations):
        named = operation.source_account
        source = tx_source if named is None else account_id_of_muxed(named)
        if payments and operation.body.type not in _PAYMENTS:
            continue
        names = {source, *named_in(operation.body), *touching.get(index, ())}
        if name is not None and name not in names:
            continue
        own = results[index] if index < len(results) and record.successful else None
        shown = _base(record, index, operation.body.type, source, base) | details(source, operation.body, own)
        if transaction is not None:
            shown["transaction"] = transaction
        yield shown


def _touching(result: xdr.TransactionResult) -> dict[int, set[str]]:
    """Pools that operations traded with, by operation index."""
    names: dict[int, set[str]] = {}
    for trade in trades_of(result):
        if trade.pool_id is not None:
            names.setdefault(trade.operation, set()).add(trade.pool_id)
    return names


def _base(record: TransactionRecord, index: int, kind: xdr.OperationType, source: str, base: str) -> Json:
    token = str(int(Toid(record.ledger, record.order, index + 1)))
    return {
        "_links": {
            "self": link(base, f"/operations/{token}"),
            "transaction": link(base, f"/transactions/{record.hash.hex()}"),
            "effects": link(base, f"/operations/{token}/effects"),
            "succeeds": link(base, f"/effects?order=desc&cursor={token}"),
            "precedes": link(base, f"/effects?order=asc&cursor={token}"),
        },
        "id": token,
        "paging_token": token,
        "transaction_successful": record.successful,
        "source_account": source,
        "type": kind.name.lower(),
        "type_i": kind.value,
        "created_at": timestamp(record.close_time),
        "transaction_hash": record.hash.hex(),
    }
