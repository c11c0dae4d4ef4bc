"""getEvents: what contracts published, by ledger range, type, contract and topics."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from stellar_sdk import StrKey, xdr

from arb.localnet.node.node import Node
from arb.localnet.node.records import TransactionRecord
from arb.localnet.node.toid import Toid
from arb.localnet.rpc.errors import invalid_params, invalid_request
from arb.localnet.rpc.params import Params, check_format, member, number, text, texts

_MOST, _DEFAULT, _SCANNED = 10_000, 100, 10_000
_MOST_FILTERS, _MOST_CONTRACTS, _MOST_TOPICS, _MOST_SEGMENTS = 5, 5, 5, 4
_TYPES: Final = {"system": 0, "contract": 1}
_LAST: Final = (2**20 - 1, 2**12 - 1, 2**32 - 1)
_ANY, _REST = "*", "**"


class _Cursor(NamedTuple):
    ledger: int
    transaction: int = 0
    operation: int = 0
    event: int = 0

    def __str__(self) -> str:
        return f"{int(Toid(self.ledger, self.transaction, self.operation)):019d}-{self.event:010d}"


@dataclass(frozen=True, slots=True)
class _Filter:
    """Each part that is given has to fit; within `topics` one of the alternatives, all segments of it."""

    types: frozenset[int]
    contracts: frozenset[bytes]
    topics: tuple[tuple[bytes | str, ...], ...]

    def fits(self, event: "_Event") -> bool:
        if self.types and event.kind not in self.types:
            return False
        if self.contracts and event.contract not in self.contracts:
            return False
        return not self.topics or any(_topics_fit(wanted, event.topics) for wanted in self.topics)


class _Event(NamedTuple):
    kind: int
    contract: bytes | None
    topics: list[bytes]
    value: bytes


def get_events(node: Node, params: Params) -> dict[str, Any]:
    """Events in the order of history; `cursor` continues after the last one, or after all that was searched."""
    check_format(params)
    history = node.history
    pagination = member(params, "pagination")
    cursor_text, limit = text(pagination, "cursor"), number(pagination, "limit") or _DEFAULT
    start_ledger, end_ledger = number(params, "startLedger"), number(params, "endLedger")
    if limit > _MOST:
        raise invalid_params(f"limit must not exceed {_MOST}")
    if cursor_text and (start_ledger or end_ledger):
        raise invalid_params("ledger ranges and cursor cannot both be set")
    if not cursor_text and start_ledger == 0:
        raise invalid_params("startLedger must be positive")
    if end_ledger and end_ledger <= start_ledger:
        raise invalid_params("startLedger must be before endLedger")
    start = _cursor(cursor_text) if cursor_text else _Cursor(start_ledger)
    if not history.oldest <= start.ledger <= history.latest:
        raise invalid_request(f"startLedger must be within the ledger range: {history.oldest} - {history.latest}")
    filters = _filters(params)
    stop = min(history.latest + 1, start.ledger + _SCANNED, end_ledger or 2**32)
    found: list[dict[str, Any]] = []
    for seq in range(start.ledger, stop):
        record = history.ledger(seq)
        for transaction in record.transactions if record is not None else ():
            for index, packed in enumerate(transaction.events):
                place = _Cursor(seq, transaction.order, 0, index)
                if (cursor_text and place <= start) or len(found) == limit:
                    continue
                event = _parsed(packed)
                if not filters or any(wanted.fits(event) for wanted in filters):
                    found.append(_info(event, place, transaction))
    oldest = history.ledger(history.oldest)
    assert oldest is not None
    return {
        "events": found,
        "cursor": found[-1]["id"] if len(found) == limit else str(_Cursor(stop - 1, *_LAST)),
        "latestLedger": history.latest,
        "oldestLedger": history.oldest,
        "latestLedgerCloseTime": str(node.ledger.last.close_time),
        "oldestLedgerCloseTime": str(oldest.close_time),
    }


def _info(event: _Event, place: _Cursor, transaction: TransactionRecord) -> dict[str, Any]:
    closed = datetime.fromtimestamp(transaction.close_time, UTC)
    return {
        "type": "contract" if event.kind == _TYPES["contract"] else "system",
        "ledger": place.ledger,
        "ledgerClosedAt": closed.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "contractId": "" if event.contract is None else StrKey.encode_contract(event.contract),
        "id": str(place),
        "operationIndex": place.operation,
        "transactionIndex": place.transaction,
        "txHash": transaction.hash.hex(),
        "inSuccessfulContractCall": True,
        "topic": [base64.b64encode(topic).decode() for topic in event.topics],
        "value": base64.b64encode(event.value).decode(),
    }


def _parsed(packed: bytes) -> _Event:
    event = xdr.ContractEvent.from_xdr_bytes(packed)
    assert event.body.v0 is not None
    contract = None if event.contract_id is None else event.contract_id.contract_id.hash
    topics = [topic.to_xdr_bytes() for topic in event.body.v0.topics]
    return _Event(event.type.value, contract, topics, event.body.v0.data.to_xdr_bytes())


def _topics_fit(wanted: tuple[bytes | str, ...], topics: list[bytes]) -> bool:
    if wanted and wanted[-1] == _REST:
        wanted = wanted[:-1]
        topics = topics[: len(wanted)]
    return len(wanted) == len(topics) and all(
        segment in (_ANY, topic) for segment, topic in zip(wanted, topics, strict=True)
    )


def _cursor(value: str) -> _Cursor:
    head, _, tail = value.partition("-")
    if not head.isdigit() or not tail.isdigit():
        raise invalid_params(f"invalid cursor: {value}")
    place = Toid.parse(int(head))
    return _Cursor(place.ledger, place.transaction, place.operation, int(tail))


def _filters(params: Params) -> list[_Filter]:
    given = params.get("filters") or []
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise invalid_params("invalid parameters: filters must be a list of objects")
    if len(given) > _MOST_FILTERS:
        raise invalid_params(f"maximum {_MOST_FILTERS} filters per request")
    return [_filter(item, index) for index, item in enumerate(given, start=1)]


def _filter(item: Params, index: int) -> _Filter:
    kinds = [kind for kind in text(item, "type").split(",") if kind]
    if any(kind not in _TYPES for kind in kinds):
        raise invalid_params(f"filter {index} invalid: filter type invalid: if set, type must be 'system', 'contract'")
    contracts = texts(item, "contractIds")
    if len(contracts) > _MOST_CONTRACTS:
        raise invalid_params(f"filter {index} invalid: maximum {_MOST_CONTRACTS} contract IDs per filter")
    for place, contract in enumerate(contracts, start=1):
        if not StrKey.is_valid_contract(contract):
            raise invalid_params(f"filter {index} invalid: contract ID {place} invalid")
    return _Filter(
        frozenset(_TYPES[kind] for kind in kinds),
        frozenset(StrKey.decode_contract(contract) for contract in contracts),
        _topics(item, index),
    )


def _topics(item: Params, index: int) -> tuple[tuple[bytes | str, ...], ...]:
    given = item.get("topics") or []
    if not isinstance(given, list) or not all(isinstance(topic, list) for topic in given):
        raise invalid_params("invalid parameters: topics must be a list of lists")
    if len(given) > _MOST_TOPICS:
        raise invalid_params(f"filter {index} invalid: maximum {_MOST_TOPICS} topics per filter")
    found = []
    for place, topic in enumerate(given, start=1):
        segments = len(topic) - (bool(topic) and topic[-1] == _REST)
        if not topic or segments > _MOST_SEGMENTS:
            raise invalid_params(f"filter {index} invalid: topic {place} invalid: a topic has 1 to 4 segments")
        found.append(tuple(_segment(segment, index, place) for segment in topic))
    return tuple(found)


def _segment(segment: Any, index: int, place: int) -> bytes | str:
    if segment in (_ANY, _REST):
        return str(segment)
    try:
        return xdr.SCVal.from_xdr(segment).to_xdr_bytes()
    except (ValueError, TypeError, EOFError):
        raise invalid_params(f"filter {index} invalid: topic {place} invalid: not an SCVal") from None
