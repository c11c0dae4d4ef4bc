"""What getEvents is asked and answers: events that contracts published, by ledger, contract and topics."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from arb.contracts.errors import Malformed
from arb.contracts.rpc_answers import number, text


class EventFilter(NamedTuple):
    """Events of any of these contracts (C..., at most 5) whose topics fit any of these patterns (at most 5).

    A pattern is a topic (SCVal in base64), "*" for any one, or at its end "**" for any more. Empty means any.
    """

    contracts: tuple[str, ...] = ()
    topics: tuple[tuple[str, ...], ...] = ()

    def params(self) -> dict[str, Any]:
        """As getEvents takes it."""
        params: dict[str, Any] = {"type": "contract"}
        if self.contracts:
            params["contractIds"] = list(self.contracts)
        if self.topics:
            params["topics"] = [list(topics) for topics in self.topics]
        return params


class ContractEvent(NamedTuple):
    """One event of a call that succeeded. Topics and value are SCVals in base64; `id` orders events and is a cursor."""

    id: str
    ledger: int
    contract: str
    tx_hash: str
    topics: tuple[str, ...]
    value: str


class EventsPage(NamedTuple):
    """One page; ask again with `cursor`, which stands behind all that was searched, be it without a find."""

    events: tuple[ContractEvent, ...]
    cursor: str
    latest_ledger: int
    oldest_ledger: int


def events_params(
    start_ledger: int | None, end_ledger: int | None, cursor: str | None, filters: Sequence[EventFilter], limit: int
) -> dict[str, Any]:
    """Parameters of getEvents. ValueError unless exactly one of `start_ledger` and `cursor` is given."""
    if (start_ledger is None) == (cursor is None) or (cursor is not None and end_ledger is not None):
        raise ValueError("get_events takes either a range of ledgers or a cursor")
    params: dict[str, Any] = {"filters": [each.params() for each in filters], "pagination": {"limit": limit}}
    if cursor is not None:
        params["pagination"]["cursor"] = cursor
    else:
        params["startLedger"] = start_ledger
        if end_ledger is not None:
            params["endLedger"] = end_ledger
    return params


def events_page(answer: dict[str, Any]) -> EventsPage:
    """The answer as a value. Malformed when it is none."""
    events = answer.get("events")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise Malformed(f"getEvents answered events={str(events)[:60]!r}: expected a list of objects")
    return EventsPage(
        tuple(_event(event) for event in events),
        text(answer, "cursor"),
        number(answer, "latestLedger"),
        number(answer, "oldestLedger"),
    )


def _event(event: dict[str, Any]) -> ContractEvent:
    topics = event.get("topic")
    if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
        raise Malformed(f"getEvents answered topic={str(topics)[:60]!r}: expected a list of texts")
    return ContractEvent(
        text(event, "id"),
        number(event, "ledger"),
        text(event, "contractId"),
        text(event, "txHash"),
        tuple(topics),
        text(event, "value"),
    )
