"""Methods about transactions: sendTransaction, getTransaction, getTransactions."""

import base64
from typing import Any, Final

from arb.localnet.node.node import Node
from arb.localnet.node.records import TransactionRecord
from arb.localnet.node.toid import Toid
from arb.localnet.rpc.errors import invalid_params
from arb.localnet.rpc.params import Params, check_format, packed, text, whole, window
from arb.localnet.transactions.envelope import MalformedEnvelopeError

_MOST, _DEFAULT = 200, 50
_HASH_LENGTH: Final = 64


def send_transaction(node: Node, params: Params) -> dict[str, Any]:
    """Submit; the answer is the queue's, the outcome is for getTransaction."""
    check_format(params)
    try:
        frame = node.parse(packed(text(params, "transaction"), "invalid_xdr"))
    except MalformedEnvelopeError:
        raise invalid_params("invalid_xdr") from None
    submission = node.submit_frame(frame)
    answer: dict[str, Any] = {
        "status": submission.status.value,
        "hash": submission.hash.hex(),
        "latestLedger": node.history.latest,
        "latestLedgerCloseTime": str(node.ledger.last.close_time),
    }
    if submission.result is not None:
        answer["errorResultXdr"] = _b64(submission.result.packed())
    return answer


def get_transaction(node: Node, params: Params) -> dict[str, Any]:
    """What became of a transaction, by its hash or that of the transaction inside a fee bump."""
    check_format(params)
    wanted = text(params, "hash")
    if len(wanted) != _HASH_LENGTH:
        raise invalid_params(f"unexpected hash length ({len(wanted)})")
    try:
        tx_hash = bytes.fromhex(wanted)
    except ValueError:
        raise invalid_params("incorrect hash: not hexadecimal") from None
    history = node.history
    oldest = history.ledger(history.oldest)
    answer: dict[str, Any] = {
        "latestLedger": history.latest,
        "latestLedgerCloseTime": str(node.ledger.last.close_time),
        "oldestLedger": history.oldest,
        "oldestLedgerCloseTime": str(oldest.close_time) if oldest is not None else "0",
    }
    record = history.transaction(tx_hash)
    if record is None:
        missing = {"status": "NOT_FOUND", "txHash": wanted, "applicationOrder": 0, "feeBump": False, "events": {}}
        return {**answer, **missing, "ledger": 0, "createdAt": "0"}
    return {**answer, **_details(record), "txHash": record.hash.hex(), "createdAt": str(record.close_time)}


def get_transactions(node: Node, params: Params) -> dict[str, Any]:
    """Transactions in the order of history, from a ledger on or after a cursor."""
    history = node.history
    asked = window(params, history, most=_MOST, default=_DEFAULT)
    message = f'strconv.ParseInt: parsing "{asked.cursor}": invalid syntax'
    after = whole(asked.cursor, message) if asked.cursor else int(Toid(asked.start_ledger))
    place = Toid.parse(after)
    if place.ledger < history.oldest:
        raise invalid_params(f"database does not contain metadata for ledger: {place.ledger}")
    found: list[dict[str, Any]] = []
    cursor = int(Toid(history.latest, len(history.last(1)[0].transactions), 1))
    token = int(Toid(place.ledger, place.transaction))
    for record in history.transactions(token, ascending=True):
        found.append({**_details(record), "txHash": record.hash.hex(), "createdAt": record.close_time})
        if len(found) == asked.limit:
            cursor = int(Toid(record.ledger, record.order, 1))
            break
    oldest = history.ledger(history.oldest)
    assert oldest is not None
    return {
        "transactions": found,
        "latestLedger": history.latest,
        "latestLedgerCloseTimestamp": node.ledger.last.close_time,
        "oldestLedger": history.oldest,
        "oldestLedgerCloseTimestamp": oldest.close_time,
        "cursor": str(cursor),
    }


def _details(record: TransactionRecord) -> dict[str, Any]:
    diagnostics = {"diagnosticEventsXdr": [_b64(event) for event in record.diagnostics]} if record.diagnostics else {}
    return {
        **diagnostics,
        "status": "SUCCESS" if record.successful else "FAILED",
        "applicationOrder": record.order,
        "feeBump": record.inner_hash is not None,
        "envelopeXdr": _b64(record.envelope_xdr),
        "resultXdr": _b64(record.result_xdr),
        "resultMetaXdr": _b64(record.meta_xdr),
        "events": {"contractEventsXdr": _events(record)},
        "ledger": record.ledger,
    }


def _events(record: TransactionRecord) -> list[list[str]]:
    """Events by operation; a contract call is the only one of its transaction."""
    if record.contract_call:
        return [[_b64(event) for event in record.events]]
    return [[] for _ in range(record.operations)]


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
