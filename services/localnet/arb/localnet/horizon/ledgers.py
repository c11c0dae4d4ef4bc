"""/ledgers: closed ledgers, as pages, one by one or streamed as they close."""

import base64

from aiohttp import web

from arb.localnet.horizon import lists
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, base_url, link, paged_link, timestamp
from arb.localnet.horizon.problem import not_found
from arb.localnet.node.records import LedgerRecord
from arb.markets.amount import format_amount


async def get_ledger(request: web.Request) -> web.Response:
    """GET /ledgers/{ledger_id}."""
    history = node_of(request).history
    record = history.ledger(lists.ledger_number(request, history))
    if record is None:
        raise not_found()
    return answer(ledger_json(record, base_url(request)))


async def list_ledgers(request: web.Request) -> web.StreamResponse:
    """GET /ledgers."""
    history, base = node_of(request).history, base_url(request)
    return await lists.serve(
        request,
        lambda cursor, ascending: (ledger_json(each, base) for each in history.ledgers(cursor, ascending=ascending)),
    )


def ledger_json(record: LedgerRecord, base: str) -> Json:
    """The ledger resource."""
    self_path = f"/ledgers/{record.seq}"
    successful = [transaction for transaction in record.transactions if transaction.successful]
    links = {"self": link(base, self_path)}
    links |= {
        name: paged_link(base, f"{self_path}/{name}") for name in ("transactions", "operations", "payments", "effects")
    }
    return {
        "_links": links,
        "id": record.hash.hex(),
        "paging_token": str(record.toid),
        "hash": record.hash.hex(),
        "prev_hash": record.prev_hash.hex(),
        "sequence": record.seq,
        "successful_transaction_count": len(successful),
        "failed_transaction_count": len(record.transactions) - len(successful),
        "operation_count": sum(transaction.operations for transaction in successful),
        "tx_set_operation_count": sum(transaction.operations for transaction in record.transactions),
        "closed_at": timestamp(record.close_time),
        "total_coins": format_amount(record.total_coins),
        "fee_pool": format_amount(record.fee_pool),
        "base_fee_in_stroops": record.base_fee,
        "base_reserve_in_stroops": record.base_reserve,
        "max_tx_set_size": record.max_tx_set_size,
        "protocol_version": record.protocol_version,
        "header_xdr": base64.b64encode(record.header_xdr).decode(),
    }
