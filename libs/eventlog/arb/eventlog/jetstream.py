"""The event store on a JetStream stream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import Header, PubAck, RawStreamMsg

from arb.eventlog.chain import named_by_content, verify
from arb.eventlog.errors import (
    EventIdTakenError,
    EventTooLargeError,
    StoreFullError,
    StoreUnavailableError,
    StreamMissingError,
    WrongVersionError,
)
from arb.eventlog.ordered import OrderedReading
from arb.eventlog.reading import Reading
from arb.eventlog.record import Head, Recorded, Stored
from arb.messages.base import Fact
from arb.messages.envelope import CloudEvent, seal
from arb.messages.subjects import Aggregate
from arb.messages.topology import EVENTS_STREAM

# Error codes of nats-server (server/errors.json).
WRONG_LAST_SEQUENCE = frozenset({10071, 10164})
OUT_OF_ROOM = frozenset({10023, 10047, 10077, 10122})
STREAM_NOT_FOUND = 10059

READ_PATIENCE = 10.0
"""Seconds a finite read waits for a server that does not answer."""


class JetStreamEventStore:
    """EventStore over the EVENTS stream. `connection` must reconnect for ever; `ack_timeout` in seconds."""

    def __init__(self, connection: Client, source: str, *, ack_timeout: float = 2.0, attempts: int = 4) -> None:
        self.source = source
        self._connection = connection
        self._js: JetStreamContext = connection.jetstream(timeout=ack_timeout)
        self._ack_timeout = ack_timeout
        self._attempts = attempts

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
        raw = event.to_bytes()
        problem = ""
        for attempt in range(self._attempts):
            if attempt:
                await asyncio.sleep(0.05 * 2**attempt)
            try:
                ack = await self._publish(aggregate.subject, raw, event.id, expected.sequence)
            except nats.js.errors.APIError as error:
                if error.err_code in WRONG_LAST_SEQUENCE:
                    return await self._own_or_lost(aggregate, event, expected)
                if error.err_code in OUT_OF_ROOM:
                    raise StoreFullError(f"stream {EVENTS_STREAM.name} is full: {error.description}") from error
                problem = str(error)
            except nats.errors.MaxPayloadError as error:
                limit = self._connection.max_payload
                raise EventTooLargeError(f"{event.type} has {len(raw)} bytes, NATS takes {limit}") from error
            except (nats.errors.Error, TimeoutError, OSError) as error:
                # The write may have happened: the same write again is either made, or refused and then recognised.
                problem = str(error) or type(error).__name__
            else:
                if ack.duplicate:
                    return await self._recognised(ack.seq, aggregate, event)
                return Recorded.read(Stored(ack.seq, aggregate.subject, raw))
        raise StoreUnavailableError(
            f"no acknowledgement of {event.type} on {aggregate.subject} after {self._attempts} attempts ({problem}): "
            "append the same again"
        )

    async def load(self, aggregate: Aggregate) -> list[Recorded]:
        """See EventStore."""
        last = await self._get(aggregate, after=None)
        if last is None:
            return []
        events = [recorded async for recorded in self.replay(aggregate.subject, upto=last.sequence)]
        verify(events)
        return events

    async def last(self, aggregate: Aggregate) -> Recorded | None:
        """See EventStore."""
        stored = await self._get(aggregate, after=None)
        return None if stored is None else Recorded.read(stored)

    def subscribe(self, filter_subject: str, *, after: int | None = 0) -> Reading:
        """See EventStore."""
        return Reading(self.subscribe_stored(filter_subject, after=after))

    def subscribe_stored(self, filter_subject: str, *, after: int | None = 0) -> OrderedReading:
        """See EventStore."""
        return OrderedReading(self._connection, EVENTS_STREAM.name, filter_subject, after=after)

    async def replay(self, filter_subject: str, *, after: int = 0, upto: int | None = None) -> AsyncIterator[Recorded]:
        """See EventStore."""
        async with aclosing(self.replay_stored(filter_subject, after=after, upto=upto)) as messages:
            async for stored in messages:
                yield Recorded.read(stored)

    async def replay_stored(
        self, filter_subject: str, *, after: int = 0, upto: int | None = None
    ) -> AsyncGenerator[Stored, None]:
        """See EventStore."""
        async with aclosing(self.replay_batches(filter_subject, after=after, upto=upto)) as batches:
            async for batch in batches:
                for stored in batch:
                    yield stored

    async def replay_batches(
        self, filter_subject: str, *, after: int = 0, upto: int | None = None
    ) -> AsyncGenerator[list[Stored], None]:
        """See EventStore."""
        end = await self.last_sequence() if upto is None else upto
        async with OrderedReading(
            self._connection, EVENTS_STREAM.name, filter_subject, after=after, upto=end, patience=READ_PATIENCE
        ) as messages:
            while batch := await messages.batch():
                yield batch

    async def at(self, sequence: int) -> Stored | None:
        """See EventStore."""
        return await self._found(self._js.get_msg(EVENTS_STREAM.name, seq=sequence, direct=False))

    async def last_sequence(self) -> int:
        """See EventStore."""
        with _answering():
            return (await self._js.stream_info(EVENTS_STREAM.name)).state.last_seq

    async def _publish(self, subject: str, raw: bytes, event_id: str, last_sequence: int) -> PubAck:
        return await self._js.publish(
            subject,
            raw,
            timeout=self._ack_timeout,
            stream=EVENTS_STREAM.name,
            headers={
                Header.MSG_ID.value: event_id,
                Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(last_sequence),
            },
        )

    async def _recognised(self, sequence: int, aggregate: Aggregate, event: CloudEvent) -> Recorded:
        """The message the server took ours for, if it is ours."""
        stored = await self.at(sequence)
        if stored is not None and stored.subject == aggregate.subject:
            recorded = Recorded.read(stored)
            if named_by_content(aggregate.subject.encode(), recorded.said) and recorded.event.id == event.id:
                return recorded
        raise EventIdTakenError(event.id, sequence)

    async def _own_or_lost(self, aggregate: Aggregate, event: CloudEvent, expected: Head) -> Recorded:
        """After a refusal: our own event, if it is the one that follows `expected`; else WrongVersionError.

        The server compares sequences before message ids, so one's own write repeated is refused like a rival's.
        """
        following = await self._get(aggregate, after=expected.sequence)
        if following is not None:
            recorded = Recorded.read(following)
            if recorded.event.id == event.id:
                return recorded
        actual = await self.last(aggregate)
        raise WrongVersionError(aggregate, expected.version, actual.event.aggregateversion if actual else 0)

    async def _get(self, aggregate: Aggregate, *, after: int | None) -> Stored | None:
        """The aggregate's last message, or its first one after a sequence."""
        name, subject = EVENTS_STREAM.name, aggregate.subject
        if after is None:
            return await self._found(self._js.get_last_msg(name, subject, direct=False))
        return await self._found(self._js.get_msg(name, seq=after + 1, subject=subject, direct=False, next=True))

    @staticmethod
    async def _found(asked: Awaitable[RawStreamMsg]) -> Stored | None:
        """One message, asked of the stream's leader: a replica's direct answer may be stale."""
        with _answering():
            try:
                message = await asked
            except nats.js.errors.NotFoundError as error:
                if error.err_code == STREAM_NOT_FOUND:
                    raise
                return None
            return Stored(message.seq or 0, message.subject or "", message.data or b"")


@contextmanager
def _answering() -> Iterator[None]:
    """Say of any failure to answer that the store is unavailable."""
    try:
        yield
    except nats.js.errors.NotFoundError as error:
        raise StreamMissingError(f"stream {EVENTS_STREAM.name} does not exist: run the provisioner") from error
    except (nats.errors.Error, TimeoutError, OSError) as error:
        raise StoreUnavailableError(f"stream {EVENTS_STREAM.name} does not answer: {error}") from error
