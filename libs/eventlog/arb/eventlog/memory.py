"""The event store in memory: the same behaviour as on JetStream, for tests and tools. It keeps nothing."""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime
from types import TracebackType
from typing import Self

from arb.eventlog.chain import verify
from arb.eventlog.errors import StoreFullError, StreamWentBackwardsError, WrongVersionError
from arb.eventlog.reading import Reading
from arb.eventlog.record import EMPTY, Head, Recorded, Stored
from arb.messages.base import Fact
from arb.messages.envelope import event_id, seal
from arb.messages.subjects import Aggregate


class MemoryStream:
    """The messages themselves: stores that share one are writers of the same log, as processes share a server."""

    def __init__(self, max_bytes: int = 0) -> None:
        """`max_bytes` bounds the sum of the messages' sizes; 0 = unlimited."""
        self.messages: list[Stored] = []
        self.max_bytes = max_bytes
        self._of_subject: dict[str, list[Stored]] = defaultdict(list)
        self._bytes = 0
        self._grown = asyncio.Event()

    def store(self, subject: str, raw: bytes) -> Stored:
        """Append a message. Raises StoreFullError."""
        if self.max_bytes and self._bytes + len(raw) > self.max_bytes:
            raise StoreFullError(f"the log holds {self._bytes} of {self.max_bytes} bytes: make room before going on")
        stored = Stored(len(self.messages) + 1, subject, raw)
        self.messages.append(stored)
        self._of_subject[subject].append(stored)
        self._bytes += len(raw)
        self._grown.set()
        self._grown = asyncio.Event()
        return stored

    def of_subject(self, subject: str, *, after: int = 0) -> list[Stored]:
        """The messages of one subject after a sequence."""
        messages = self._of_subject[subject]
        return messages[bisect_right(messages, after, key=lambda stored: stored.sequence) :]

    async def grown(self, beyond: int) -> None:
        """Return once there are more than `beyond` messages."""
        while len(self.messages) <= beyond:
            await self._grown.wait()


class MemoryEventStore:
    """EventStore over a MemoryStream."""

    def __init__(self, source: str, stream: MemoryStream | None = None) -> None:
        self.source = source
        self._stream = stream or MemoryStream()

    async def append(
        self,
        aggregate: Aggregate,
        fact: Fact,
        *,
        expected: Head,
        time: datetime,
        causation: str | None = None,
        correlation: str | None = None,
    ) -> Recorded:
        """See EventStore."""
        await asyncio.sleep(0)  # a real store gives other writers a turn here
        if rivals := self._stream.of_subject(aggregate.subject, after=expected.sequence):
            following = Recorded.read(rivals[0])
            if following.event.id == event_id(aggregate, expected.version + 1, fact):
                return following
        last = await self.last(aggregate)
        if (last.sequence if last else 0) != expected.sequence:
            raise WrongVersionError(aggregate, expected.version, last.event.aggregateversion if last else 0)
        event = seal(
            aggregate,
            expected.version + 1,
            fact,
            source=self.source,
            time=time,
            prevhash=expected.hash,
            correlation=correlation,
            causation=causation,
        )
        return Recorded.read(self._stream.store(aggregate.subject, event.to_bytes()))

    async def load(self, aggregate: Aggregate) -> list[Recorded]:
        """See EventStore."""
        events = [recorded async for recorded in self.replay(aggregate.subject)]
        verify(events, EMPTY)
        return events

    async def last(self, aggregate: Aggregate) -> Recorded | None:
        """See EventStore."""
        messages = self._stream.of_subject(aggregate.subject)
        return Recorded.read(messages[-1]) if messages else None

    def subscribe(self, filter_subject: str, *, after: int | None = 0) -> Reading:
        """See EventStore."""
        return Reading(self.subscribe_stored(filter_subject, after=after))

    def subscribe_stored(self, filter_subject: str, *, after: int | None = 0) -> "MemorySubscription":
        """See EventStore."""
        return MemorySubscription(self._stream, filter_subject, after)

    async def replay(self, filter_subject: str, *, after: int = 0, upto: int | None = None) -> AsyncIterator[Recorded]:
        """See EventStore."""
        async for stored in self.replay_stored(filter_subject, after=after, upto=upto):
            yield Recorded.read(stored)

    async def replay_stored(
        self, filter_subject: str, *, after: int = 0, upto: int | None = None
    ) -> AsyncIterator[Stored]:
        """See EventStore."""
        async for batch in self.replay_batches(filter_subject, after=after, upto=upto):
            for stored in batch:
                yield stored

    async def replay_batches(
        self, filter_subject: str, *, after: int = 0, upto: int | None = None
    ) -> AsyncIterator[list[Stored]]:
        """See EventStore."""
        if after > len(self._stream.messages):
            raise StreamWentBackwardsError(after, len(self._stream.messages))
        messages = self._stream.messages[after : len(self._stream.messages) if upto is None else upto]
        yield [stored for stored in messages if matches(filter_subject, stored.subject)]

    async def at(self, sequence: int) -> Stored | None:
        """See EventStore."""
        return self._stream.messages[sequence - 1] if 0 < sequence <= len(self._stream.messages) else None

    async def last_sequence(self) -> int:
        """See EventStore."""
        return len(self._stream.messages)


class MemorySubscription:
    """Subscription over a MemoryStream."""

    def __init__(self, stream: MemoryStream, filter_subject: str, after: int | None) -> None:
        self._stream = stream
        self._filter = filter_subject
        self._after = after

    async def __aenter__(self) -> Self:
        if self._after is None:
            self._after = len(self._stream.messages)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Stored:
        after = self._after if self._after is not None else len(self._stream.messages)
        if after > len(self._stream.messages):
            raise StreamWentBackwardsError(after, len(self._stream.messages))
        while True:
            await self._stream.grown(after)
            stored = self._stream.messages[after]
            after = self._after = stored.sequence
            if matches(self._filter, stored.subject):
                return stored

    async def aclose(self) -> None:
        """Nothing is held."""


def matches(filter_subject: str, subject: str) -> bool:
    """Whether a NATS filter (`*` one token, `>` the rest) covers a subject."""
    wanted, given = filter_subject.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, given = wanted[:-1], given[: len(wanted) - 1] if len(given) >= len(wanted) else []
    return len(wanted) == len(given) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))
