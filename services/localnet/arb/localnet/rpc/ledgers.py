"""Methods about ledgers: getLatestLedger, getLedgers, both with the ledger's whole metadata."""

import base64
from typing import Any, Final

from arb.localnet.node.node import Node
from arb.localnet.node.records import LedgerRecord, TransactionRecord
from arb.localnet.rpc.errors import invalid_params
from arb.localnet.rpc.params import Params, whole, window

_MOST, _DEFAULT = 200, 50
_V2: Final = b"\x00\x00\x00\x02"
_ZERO: Final = b"\x00\x00\x00\x00"


def get_latest_ledger(node: Node, _params: Params) -> dict[str, Any]:
    """The last closed ledger."""
    record = node.history.ledger(node.history.latest)
    assert record is not None
    return {
        "id": record.hash.hex(),
        "protocolVersion": record.protocol_version,
        "sequence": record.seq,
        "closeTime": str(record.close_time),
        "headerXdr": _b64(record.header_xdr),
        "metadataXdr": _b64(close_meta(record)),
    }


def get_ledgers(node: Node, params: Params) -> dict[str, Any]:
    """Ledgers from a number on, or after a cursor."""
    history = node.history
    asked = window(params, history, most=_MOST, default=_DEFAULT)
    start = asked.start_ledger
    if asked.cursor:
        start = whole(asked.cursor, f'strconv.ParseUint: parsing "{asked.cursor}": invalid syntax') + 1
        if not history.oldest <= start <= history.latest:
            raise invalid_params(
                f"cursor ('{asked.cursor}') must be between the oldest ledger: {history.oldest} and the latest "
                f"ledger: {history.latest} for this rpc instance"
            )
    stop = min(history.latest, start + asked.limit - 1)
    found = [record for seq in range(start, stop + 1) if (record := history.ledger(seq)) is not None]
    oldest = history.ledger(history.oldest)
    assert oldest is not None
    return {
        "ledgers": [
            {
                "hash": record.hash.hex(),
                "sequence": record.seq,
                "ledgerCloseTime": str(record.close_time),
                "headerXdr": _b64(_header_entry(record)),
                "metadataXdr": _b64(close_meta(record)),
            }
            for record in found
        ],
        "latestLedger": history.latest,
        "latestLedgerCloseTime": node.ledger.last.close_time,
        "oldestLedger": history.oldest,
        "oldestLedgerCloseTime": oldest.close_time,
        "cursor": str(found[-1].seq),
    }


def close_meta(record: LedgerRecord) -> bytes:
    """The packed LedgerCloseMeta (version 2, protocol 23) of a ledger: no upgrades, no SCP messages."""
    transactions = [_result_meta(transaction) for transaction in record.transactions]
    head = _V2 + _ZERO + _header_entry(record) + record.tx_set
    evicted = (len(record.evicted).to_bytes(4, "big"), *record.evicted)
    return b"".join((head, len(transactions).to_bytes(4, "big"), *transactions, _ZERO, _ZERO, _ZERO * 2, *evicted))


def _header_entry(record: LedgerRecord) -> bytes:
    """The packed LedgerHeaderHistoryEntry."""
    return record.hash + record.header_xdr + _ZERO


def _result_meta(transaction: TransactionRecord) -> bytes:
    """The packed TransactionResultMetaV1, with what was refunded after all transactions were applied."""
    result = transaction.hash + transaction.result_xdr
    return _ZERO + result + transaction.fee_changes_xdr + transaction.meta_xdr + transaction.refund_changes_xdr


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
