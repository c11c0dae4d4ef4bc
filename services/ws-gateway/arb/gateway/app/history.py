"""History for one client at a time: pushed at the speed it asked for, until it has caught up with what happens."""

import asyncio
import sys
from datetime import datetime

import structlog

from arb.eventlog import EventStore, Recorded, Stored
from arb.eventlog.errors import EventLogError, MalformedEventError
from arb.gateway.app.feed import Feed, pushes_of
from arb.gateway.domain import replies
from arb.gateway.domain.replies import Json
from arb.gateway.domain.requests import Replay, RequestError
from arb.gateway.ports import Client
from arb.messages.subjects import EVERY_EVENT

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 5.0
"""Seconds: a night without events need not be sat through."""
NOT_YET = sys.maxsize
"""Live after no message at all: history is still being pushed."""


class History:
    """Replays of every client; a client has one at most, the newest it asked for."""

    def __init__(self, store: EventStore, feed: Feed) -> None:
        self._store = store
        self._feed = feed
        self._running: dict[Client, asyncio.Task[None]] = {}

    async def start(self, client: Client, request: Replay) -> Json:
        """Begin to push. Raises RequestError when the record does not reach that far or cannot be asked."""
        try:
            last = await self._store.last_sequence()
            first = request.from_sequence or 1
            if request.from_time is not None:
                first = await self._first_since(datetime.fromisoformat(request.from_time), last)
        except EventLogError as error:
            raise RequestError("unavailable", f"{error}: try again", request.id) from None
        if first > last + 1:
            raise RequestError(
                "no_such_message", f"the record ends at message {last}: nothing begins at {first}", request.id
            )
        self.forget(client)
        client.topics.update(request.topics)
        client.live_after = NOT_YET
        self._running[client] = asyncio.create_task(self._run(client, first, last, request.speed))
        return replies.replaying(first, last, request.speed, client.topics)

    def forget(self, client: Client) -> None:
        """End the client's replay, if it has one."""
        running = self._running.pop(client, None)
        if running is not None:
            running.cancel()
            client.live_after = self._feed.sequence

    async def _run(self, client: Client, first: int, last: int, speed: float) -> None:
        done = first - 1
        pace = _Pace(speed, last)
        try:
            async with self._store.subscribe_stored(EVERY_EVENT, after=done) as messages:
                while done < max(last, self._feed.sequence):
                    stored = await anext(messages)
                    if stored.sequence != done + 1:
                        raise MalformedEventError(done + 1, EVERY_EVENT, "it is missing")
                    await pace.keep(stored)
                    await client.room()
                    pushes_of(stored).to(client)
                    done = stored.sequence
                # Nothing has waited since the feed was looked at: it pushes what comes after, and only that.
                self._go_live(client, done, replies.live(done))
        except EventLogError as error:
            log.warning("replay_broke_off", client=client.name, after=done, error=str(error))
            failure = RequestError("replay_failed", f"after message {done}: {error}")
            self._go_live(client, self._feed.sequence, replies.error(failure))

    def _go_live(self, client: Client, after: int, say: Json) -> None:
        if self._running.get(client) is asyncio.current_task():
            del self._running[client]
            client.live_after = after
            client.push(replies.encode(say))

    async def _first_since(self, moment: datetime, last: int) -> int:
        """The first message stamped at `moment` or later; the one after the last when there is none."""
        low, high = 1, last + 1
        while low < high:
            middle = (low + high) // 2
            stamped = _time_of(await self._store.at(middle))
            if stamped is None or stamped < moment:
                low = middle + 1
            else:
                high = middle
        return low


class _Pace:
    """Lets history pass as fast as it happened, times `speed`; what happens from now on is not held back."""

    def __init__(self, speed: float, last: int) -> None:
        self._speed = speed
        self._last = last
        self._before: datetime | None = None

    async def keep(self, stored: Stored) -> None:
        """Wait for as long as lay between the message before and this one."""
        if self._speed == 0 or stored.sequence > self._last:
            return
        now, before = _time_of(stored), self._before
        self._before = now or before
        if now is not None and before is not None and now > before:
            await asyncio.sleep(min((now - before).total_seconds() / self._speed, LONGEST_PAUSE))


def _time_of(stored: Stored | None) -> datetime | None:
    """When an event was stamped; None for what is not there or is no event."""
    if stored is None:
        return None
    try:
        return datetime.fromisoformat(Recorded.read(stored).said.time.decode())
    except (MalformedEventError, ValueError):
        return None
