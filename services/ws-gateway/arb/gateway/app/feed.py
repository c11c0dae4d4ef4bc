"""Events of the bus, turned into pushes for the clients that asked for them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from arb.eventlog.errors import MalformedEventError, StoreUnavailableError
from arb.eventlog.ports import EventStore, Recorded, Stored
from arb.gateway.domain import replies
from arb.gateway.domain.log_lines import log_line
from arb.gateway.ports import Client
from arb.messages import subjects

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5

_TOPIC_OF_KIND = {
    "opportunity": "opportunities",
    "trade": "trades",
    "account": "accounts",
    "engine": "engine",
    "detector": "detector",
    "venue": "venues",
}


class Feed:
    """Follows the event log from now on. `sequence` is the last message that was pushed."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.sequence = 0

    async def run(self, clients: Iterable[Client]) -> None:
        """Push to those who are clients at the time, until cancelled."""
        self.sequence = await self._begin()
        async with self._store.subscribe_stored(subjects.EVERY_EVENT, after=self.sequence) as messages:
            async for stored in messages:
                # From here to the end nothing waits: to whoever catches up the message is pushed, or not yet.
                waiting = [client for client in clients if stored.sequence > client.live_after]
                if waiting:
                    pushes = pushes_of(stored)
                    for client in waiting:
                        pushes.to(client)
                self.sequence = stored.sequence

    async def _begin(self) -> int:
        while True:
            try:
                return await self._store.last_sequence()
            except StoreUnavailableError:
                await asyncio.sleep(RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class Pushes:
    """What one message is to clients, encoded once, however many there are."""

    topic: str
    as_log: str | None
    as_event: str | None

    def to(self, client: Client) -> None:
        """Push what this client asked for."""
        if self.as_log is not None and "log" in client.topics:
            client.push(self.as_log)
        if self.as_event is not None and (self.topic in client.topics or "events" in client.topics):
            client.push(self.as_event)


def pushes_of(stored: Stored) -> Pushes:
    """Nothing for a message that is no event: that is for the auditor to judge, others must get what can be read."""
    try:
        recorded = Recorded.read(stored)
        topic = _TOPIC_OF_KIND.get(recorded.aggregate.kind, "events")
        as_event = replies.encode(replies.event(topic, recorded))
    except MalformedEventError as error:
        log.warning("event_not_readable", sequence=stored.sequence, error=str(error))
        return Pushes("events", None, None)
    try:
        line = log_line(recorded.aggregate.id, recorded.fact)
    except MalformedEventError as error:
        log.warning("event_without_log_line", sequence=recorded.sequence, error=str(error))
        line = None
    return Pushes(topic, replies.encode(replies.log(line, recorded)) if line is not None else None, as_event)
