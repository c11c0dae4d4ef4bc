"""Events of the bus, turned into pushes for the clients that asked for them."""

from collections.abc import Iterable

import structlog

from arb.eventlog.errors import MalformedEventError
from arb.eventlog.ports import EventStore, Recorded
from arb.gateway.domain import replies
from arb.gateway.domain.log_lines import log_line
from arb.gateway.ports import Client
from arb.messages import subjects

log = structlog.get_logger(__name__)

_TOPIC_OF_KIND = {
    "opportunity": "opportunities",
    "trade": "trades",
    "account": "accounts",
    "engine": "engine",
    "detector": "detector",
    "venue": "venues",
}


class Feed:
    """Follows the event log from now on."""

    def __init__(self, store: EventStore, clients: Iterable[Client]) -> None:
        self._store = store
        self._clients = clients

    async def run(self) -> None:
        """Push until cancelled."""
        async with self._store.subscribe_stored(subjects.EVERY_EVENT, after=None) as messages:
            async for stored in messages:
                try:
                    recorded = Recorded.read(stored)
                except MalformedEventError as error:
                    # For the auditor to judge; here it must not keep others from what can be read.
                    log.warning("event_not_readable", sequence=stored.sequence, error=str(error))
                else:
                    self._push(recorded)

    def _push(self, recorded: Recorded) -> None:
        topic = _TOPIC_OF_KIND.get(recorded.aggregate.kind, "events")
        try:
            line = log_line(recorded.aggregate.id, recorded.fact)
        except MalformedEventError as error:
            log.warning("event_without_log_line", sequence=recorded.sequence, error=str(error))
            line = None
        # Encoded once, however many clients there are.
        as_log = replies.encode(replies.log(line, recorded)) if line is not None else None
        as_event = replies.encode(replies.event(topic, recorded))
        for client in self._clients:
            if as_log is not None and "log" in client.topics:
                client.push(as_log)
            if topic in client.topics or "events" in client.topics:
                client.push(as_event)
