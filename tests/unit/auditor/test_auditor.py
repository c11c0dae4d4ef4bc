"""The auditor over an event store in memory: what it says, and when it keeps a checkpoint."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from support.facts import NOON, started

from arb.auditor import app
from arb.auditor.app import Auditor
from arb.auditor.domain.schedule import Schedule
from arb.eventlog import EMPTY, Head, MemoryEventStore, MemoryStream
from arb.eventlog.audit import Checkpoint, CheckpointError
from arb.messages import subjects
from arb.runtime.errors import Refusal


class Kept:
    """Checkpoints in memory."""

    def __init__(self, checkpoint: Checkpoint | None = None) -> None:
        self.checkpoint = checkpoint
        self.damaged = False

    def read(self) -> Checkpoint | None:
        if self.damaged:
            raise CheckpointError("checkpoint x cannot be read: it is not a checkpoint")
        return self.checkpoint

    def write(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def micros(self) -> int:
        return int(self.moment.timestamp() * 1_000_000)


EVERY_TEN_OR_MINUTE = Schedule(10, timedelta(minutes=1))


@asynccontextmanager
async def auditing(stream: MemoryStream, kept: Kept, clock: SetClock | None = None) -> AsyncIterator[Auditor]:
    """An auditor at work on `stream`."""
    auditor = Auditor(
        MemoryEventStore("/arb/auditor", stream),
        kept,
        clock or SetClock(),
        EVERY_TEN_OR_MINUTE,
        structlog.stdlib.get_logger(),
    )
    await auditor.open()
    following = asyncio.create_task(auditor.follow())
    try:
        yield auditor
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def write(stream: MemoryStream, count: int, head: Head = EMPTY) -> Head:
    store = MemoryEventStore("/x", stream)
    for n in range(count):
        head = (await store.append(subjects.ENGINE, started(f"{head.version}.{n}"), expected=head, time=NOON)).head
    return head


async def test_status_covers_what_was_recorded_when_it_was_asked() -> None:
    stream, kept = MemoryStream(), Kept()
    head = await write(stream, 450)
    async with auditing(stream, kept) as auditor:
        await write(stream, 3, head)

        status = await auditor.status()

    assert (status.ok, status.events, status.last_sequence) == (True, 453, 453)
    assert (status.first_bad, status.problem) == (None, None)


async def test_an_empty_record_is_whole() -> None:
    async with auditing(MemoryStream(), Kept()) as auditor:
        status = await auditor.status()

    assert (status.ok, status.events, status.head) == (True, 0, "0" * 64)


async def test_a_bad_event_is_named_in_status_and_health_and_ends_checkpoints() -> None:
    stream, kept = MemoryStream(), Kept()
    await write(stream, 2)
    stream.store(subjects.LIMITS.subject, b"no event")
    async with auditing(stream, kept) as auditor:
        status = await auditor.status()
        auditor.keep_checkpoint()

        assert (status.ok, status.first_bad) == (False, 3)
        assert status.problem is not None
        assert "message 3 on arb.evt.limits.main is not a readable event" in status.problem
        assert await auditor.health() == f"message 3: {status.problem}"
        assert kept.checkpoint is None


async def test_the_next_auditor_accepts_the_record_the_checkpoint_was_taken_of() -> None:
    stream, kept = MemoryStream(), Kept()
    head = await write(stream, 5)
    async with auditing(stream, kept) as auditor:
        first = await auditor.status()
        auditor.keep_checkpoint()
    await write(stream, 2, head)

    async with auditing(stream, kept) as auditor:
        second = await auditor.status()

    assert kept.checkpoint is not None
    assert (kept.checkpoint.sequence, kept.checkpoint.hash) == (5, first.head)
    assert (second.ok, second.events) == (True, 7)


async def test_a_record_that_went_backwards_is_named_and_the_checkpoint_is_kept_as_evidence() -> None:
    stream, kept = MemoryStream(), Kept()
    await write(stream, 5)
    async with auditing(stream, kept) as auditor:
        await auditor.status()
        auditor.keep_checkpoint()
    taken = kept.checkpoint
    shortened = MemoryStream()
    await write(shortened, 3)

    async with auditing(shortened, kept) as auditor:
        status = await auditor.status()
        auditor.keep_checkpoint()

    assert (status.ok, status.first_bad) == (False, 4)
    assert status.problem is not None
    assert "ends at message 3, the checkpoint was taken at message 5" in status.problem
    assert kept.checkpoint == taken


async def test_a_damaged_checkpoint_is_not_taken_for_none() -> None:
    kept = Kept()
    kept.damaged = True
    async with auditing(MemoryStream(), kept) as auditor:
        status = await auditor.status()

    assert status.ok is False
    assert status.problem == "checkpoint x cannot be read: it is not a checkpoint"


async def test_no_checkpoint_goes_back_while_old_events_are_verified_again() -> None:
    stream = MemoryStream()
    await write(stream, 5)
    kept = Kept(Checkpoint(sequence=5, hash="0" * 64, time=NOON))
    auditor = Auditor(MemoryEventStore("/x", stream), kept, SetClock(), EVERY_TEN_OR_MINUTE, structlog.get_logger())

    await auditor.open()
    auditor.keep_checkpoint()

    assert kept.checkpoint is not None
    assert kept.checkpoint.sequence == 5


async def test_an_auditor_that_is_behind_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "CATCH_UP_SECONDS", 0.05)
    stream = MemoryStream()
    await write(stream, 5)
    auditor = Auditor(MemoryEventStore("/x", stream), Kept(), SetClock(), EVERY_TEN_OR_MINUTE, structlog.get_logger())
    await auditor.open()

    with pytest.raises(Refusal, match="verified 0 of 5 events so far") as caught:
        await auditor.status()

    assert (caught.value.code, caught.value.retryable) == ("catching_up", True)


@pytest.mark.parametrize(
    ("new_events", "seconds", "due"), [(0, 3600, False), (1, 59, False), (1, 60, True), (9, 0, False), (10, 0, True)]
)
def test_schedule(new_events: int, seconds: int, due: bool) -> None:
    assert EVERY_TEN_OR_MINUTE.due(new_events, NOON, NOON + timedelta(seconds=seconds)) is due
