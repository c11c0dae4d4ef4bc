"""What Stellar RPC answers, as values. Field meanings follow the RPC documentation; XDR stays base64 text."""

from typing import Any, Literal, NamedTuple, cast

from arb.contracts.errors import Malformed

SendStatus = Literal["PENDING", "DUPLICATE", "TRY_AGAIN_LATER", "ERROR"]
TransactionStatus = Literal["SUCCESS", "FAILED", "NOT_FOUND"]


class Health(NamedTuple):
    status: str
    latest_ledger: int
    oldest_ledger: int


class Network(NamedTuple):
    passphrase: str
    protocol_version: int
    friendbot_url: str | None


class LatestLedger(NamedTuple):
    sequence: int
    hash: str
    protocol_version: int
    close_time: int | None
    """Unix seconds; None where the node does not say."""


class FeeStats(NamedTuple):
    """Inclusion fees per operation of recent transactions of one kind, in stroops, what resources cost left out."""

    latest_ledger: int
    minimum: int
    p50: int
    p90: int
    p99: int
    maximum: int


class EntriesAnswer(NamedTuple):
    """Entries that exist among those asked for: LedgerKey (base64) -> LedgerEntryData (base64).

    `consistent` is False when many keys needed several requests and a ledger closed between them; `latest_ledger` is
    then the oldest of the ledgers they were read at. `live_until` says of contract data and code (by the same keys) the
    last ledger before they are archived.
    """

    latest_ledger: int
    entries: dict[str, str]
    consistent: bool
    live_until: dict[str, int]


class SendAnswer(NamedTuple):
    """Answer to sendTransaction. `error_result_xdr` is TransactionResult, set on ERROR."""

    status: SendStatus
    hash: str
    latest_ledger: int
    latest_close_time: int
    error_result_xdr: str | None


class TransactionAnswer(NamedTuple):
    """Answer to getTransaction. From `ledger` on, fields are None when the status is NOT_FOUND."""

    status: TransactionStatus
    hash: str
    latest_ledger: int
    latest_close_time: int
    oldest_ledger: int
    oldest_close_time: int
    ledger: int | None
    close_time: int | None
    application_order: int | None
    envelope_xdr: str | None
    result_xdr: str | None
    meta_xdr: str | None


class TransactionRecord(NamedTuple):
    """One transaction of getTransactions, in the order of application within its ledger."""

    successful: bool
    hash: str
    ledger: int
    close_time: int
    application_order: int
    fee_bump: bool
    envelope_xdr: str
    result_xdr: str
    meta_xdr: str


class TransactionsPage(NamedTuple):
    """One page; ask again with `cursor`. A ledger is whole once `latest_ledger` is beyond it or the page is short."""

    transactions: tuple[TransactionRecord, ...]
    latest_ledger: int
    latest_close_time: int
    oldest_ledger: int
    cursor: str


def number(answer: dict[str, Any], name: str) -> int:
    """An integer field; RPC writes 64-bit ones as text. Malformed when it is neither."""
    value = answer.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lstrip("-").isascii() and value.lstrip("-").isdigit():
        return int(value)
    raise Malformed(f"RPC answered {name}={value!r}: expected an integer")


def text(answer: dict[str, Any], name: str) -> str:
    """A text field. Malformed when it is missing or something else."""
    value = answer.get(name)
    if not isinstance(value, str):
        raise Malformed(f"RPC answered {name}={value!r}: expected text")
    return value


def _optional_number(answer: dict[str, Any], name: str) -> int | None:
    return number(answer, name) if answer.get(name) not in (None, "", "0", 0) else None


def entries_answer(answer: Any) -> EntriesAnswer:
    """One answer to getLedgerEntries."""
    listed = answer.get("entries") or [] if isinstance(answer, dict) else None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise Malformed(f"getLedgerEntries answered {str(answer)[:80]!r}: expected an object with a list of entries")
    found = {text(entry, "key"): text(entry, "xdr") for entry in listed}
    live = {entry["key"]: number(entry, "liveUntilLedgerSeq") for entry in listed if entry.get("liveUntilLedgerSeq")}
    return EntriesAnswer(number(answer, "latestLedger"), found, True, live)


def send_answer(answer: dict[str, Any]) -> SendAnswer:
    status = text(answer, "status")
    if status not in ("PENDING", "DUPLICATE", "TRY_AGAIN_LATER", "ERROR"):
        raise Malformed(f"sendTransaction answered status {status!r}")
    return SendAnswer(
        cast(SendStatus, status),
        text(answer, "hash"),
        number(answer, "latestLedger"),
        number(answer, "latestLedgerCloseTime"),
        answer.get("errorResultXdr") or None,
    )


def transaction_answer(transaction_hash: str, answer: dict[str, Any]) -> TransactionAnswer:
    status = text(answer, "status")
    if status not in ("SUCCESS", "FAILED", "NOT_FOUND"):
        raise Malformed(f"getTransaction answered status {status!r}")
    found = status != "NOT_FOUND"
    return TransactionAnswer(
        cast(TransactionStatus, status),
        transaction_hash,
        number(answer, "latestLedger"),
        number(answer, "latestLedgerCloseTime"),
        number(answer, "oldestLedger"),
        number(answer, "oldestLedgerCloseTime"),
        number(answer, "ledger") if found else None,
        number(answer, "createdAt") if found else None,
        number(answer, "applicationOrder") if found else None,
        text(answer, "envelopeXdr") if found else None,
        text(answer, "resultXdr") if found else None,
        text(answer, "resultMetaXdr") if found else None,
    )


def transactions_page(answer: dict[str, Any]) -> TransactionsPage:
    records = answer.get("transactions")
    if not isinstance(records, list):
        raise Malformed(f"getTransactions answered transactions={str(records)[:60]!r}: expected a list")
    return TransactionsPage(
        tuple(_record(record) for record in records),
        number(answer, "latestLedger"),
        number(answer, "latestLedgerCloseTimestamp"),
        number(answer, "oldestLedger"),
        text(answer, "cursor"),
    )


def _record(record: dict[str, Any]) -> TransactionRecord:
    return TransactionRecord(
        text(record, "status") == "SUCCESS",
        text(record, "txHash"),
        number(record, "ledger"),
        number(record, "createdAt"),
        number(record, "applicationOrder"),
        bool(record.get("feeBump", False)),
        text(record, "envelopeXdr"),
        text(record, "resultXdr"),
        text(record, "resultMetaXdr"),
    )


def latest_ledger(answer: dict[str, Any]) -> LatestLedger:
    return LatestLedger(
        number(answer, "sequence"),
        text(answer, "id"),
        number(answer, "protocolVersion"),
        _optional_number(answer, "closeTime"),
    )


def fee_stats(answer: dict[str, Any], *, contract_calls: bool = False) -> FeeStats:
    field = "sorobanInclusionFee" if contract_calls else "inclusionFee"
    fees = answer.get(field)
    if not isinstance(fees, dict):
        raise Malformed(f"getFeeStats answered {field}={fees!r}: expected an object")
    return FeeStats(
        number(answer, "latestLedger"), *(number(fees, name) for name in ("min", "p50", "p90", "p99", "max"))
    )
