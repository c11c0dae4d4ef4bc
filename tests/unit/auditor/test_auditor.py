"""The auditor over an event store in memory: what it says, and when it keeps a checkpoint."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from nacl.signing import SigningKey
from support.facts import NOON, started

from arb.auditor import app
from arb.auditor.app import Auditor
from arb.auditor.domain.schedule import Schedule
from arb.auditor.signing import Notary
from arb.eventlog import EMPTY, Head, MemoryEventStore, MemoryStream
from arb.eventlog.audit import Checkpoint, CheckpointError
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.market_link import NO_MARKET, MarketEnd
from arb.messages import subjects
from arb.messages.events.audit import CheckpointSigned, KeyPublished
from arb.runtime.errors import Refusal

KEY = SigningKey(b"7" * 32)


class Kept:
    """Checkpoints in memory."""

    def __init__(self, *checkpoints: Checkpoint) -> None:
        self.all = list(checkpoints)
        self.damaged = False

    def __iter__(self) -> Iterator[Checkpoint]:
        if self.damaged:
            raise CheckpointError("line 1 of x is not a checkpoint")
        yield from self.all

    def last(self) -> Checkpoint | None:
        return next(iter(list(self)[-1:]), None)

    def append(self, checkpoint: Checkpoint) -> None:
        self.all.append(checkpoint)


class Engine:
    """Takes down why it was stopped."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def stop(self, reason: str) -> bool:
        self.reasons.append(reason)
        return True


class Market:
    """A market record that ends where it is told to."""

    def __init__(self) -> None:
        self.newest = NO_MARKET
        self.away = False

    async def end(self) -> MarketEnd:
        if self.away:
            raise StoreUnavailableError("stream MARKET does not answer")
        return self.newest


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def micros(self) -> int:
        return int(self.moment.timestamp() * 1_000_000)


EVERY_TEN_OR_MINUTE = Schedule(10, timedelta(minutes=1))


def auditor_of(
    stream: MemoryStream,
    kept: Kept,
    clock: SetClock | None = None,
    engine: Engine | None = None,
    market: Market | None = None,
) -> Auditor:
    return Auditor(
        MemoryEventStore("/arb/auditor", stream),
        kept,
        market or Market(),
        KEY,
        engine or Engine(),
        clock or SetClock(),
        EVERY_TEN_OR_MINUTE,
        structlog.stdlib.get_logger(),
    )


@asynccontextmanager
async def auditing(stream: MemoryStream, kept: Kept, clock: SetClock | None = None) -> AsyncIterator[Auditor]:
    """An auditor at work on `stream`."""
    auditor = auditor_of(stream, kept, clock)
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


async def test_a_checkpoint_names_the_newest_message_of_the_market_record() -> None:
    stream, kept, market = MemoryStream(), Kept(), Market()
    auditor = auditor_of(stream, kept, market=market)
    heads: list[tuple[int, str] | None] = []

    async def checkpoint() -> None:
        await auditor._look_at_market()
        taken = auditor.keep_checkpoint()
        assert taken is not None
        assert taken.genuine
        heads.append(None if taken.market is None else (taken.market.sequence, taken.market.hash))

    head = EMPTY
    for newest, away in ((NO_MARKET, False), (MarketEnd(9, "ab" * 32), False), (MarketEnd(12, "cd" * 32), True)):
        market.newest, market.away = newest, away
        head = await write(stream, 1, head)
        auditor._verifier.add(stream.messages[-1])
        auditor._new += 1
        await checkpoint()

    assert heads == [None, (9, "ab" * 32), (9, "ab" * 32)]


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
        assert kept.all == []


async def test_the_next_auditor_accepts_the_record_the_checkpoint_was_taken_of() -> None:
    stream, kept = MemoryStream(), Kept()
    head = await write(stream, 5)
    async with auditing(stream, kept) as auditor:
        first = await auditor.status()
        auditor.keep_checkpoint()
    await write(stream, 2, head)

    async with auditing(stream, kept) as auditor:
        second = await auditor.status()

    assert [(checkpoint.sequence, checkpoint.hash, checkpoint.genuine) for checkpoint in kept.all] == [
        (5, first.head, True)
    ]
    assert (second.ok, second.events) == (True, 7)


async def test_a_record_that_went_backwards_is_named_and_the_checkpoint_is_kept_as_evidence() -> None:
    stream, kept = MemoryStream(), Kept()
    await write(stream, 5)
    async with auditing(stream, kept) as auditor:
        await auditor.status()
        auditor.keep_checkpoint()
    taken = list(kept.all)
    shortened = MemoryStream()
    await write(shortened, 3)

    async with auditing(shortened, kept) as auditor:
        status = await auditor.status()
        auditor.keep_checkpoint()

    assert (status.ok, status.first_bad) == (False, 4)
    assert status.problem is not None
    assert "ends at message 3, the checkpoint was taken at message 5" in status.problem
    assert kept.all == taken


async def test_a_damaged_checkpoint_is_not_taken_for_none() -> None:
    kept = Kept()
    kept.damaged = True
    async with auditing(MemoryStream(), kept) as auditor:
        status = await auditor.status()

    assert status.ok is False
    assert status.problem == "beyond message 0 nothing vouches for the record: line 1 of x is not a checkpoint"


async def test_no_checkpoint_goes_back_while_old_events_are_verified_again() -> None:
    stream = MemoryStream()
    await write(stream, 5)
    kept = Kept(Checkpoint.signed(KEY, sequence=5, hash_="0" * 64, time=NOON))
    auditor = auditor_of(stream, kept)

    await auditor.open()
    auditor.keep_checkpoint()

    assert [checkpoint.sequence for checkpoint in kept.all] == [5]


async def test_an_auditor_that_is_behind_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "CATCH_UP_SECONDS", 0.05)
    stream = MemoryStream()
    await write(stream, 5)
    auditor = auditor_of(stream, Kept())
    await auditor.open()

    with pytest.raises(Refusal, match="verified 0 of 5 events so far") as caught:
        await auditor.status()

    assert (caught.value.code, caught.value.retryable) == ("catching_up", True)


@pytest.mark.parametrize(
    ("new_events", "seconds", "due"), [(0, 3600, False), (1, 59, False), (1, 60, True), (9, 0, False), (10, 0, True)]
)
def test_schedule(new_events: int, seconds: int, due: bool) -> None:
    assert EVERY_TEN_OR_MINUTE.due(new_events, NOON, NOON + timedelta(seconds=seconds)) is due


async def test_checkpoints_are_recorded_and_their_own_events_ask_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given ten new events and then silence for hours, then there is one checkpoint, in the record as outside."""
    monkeypatch.setattr(app, "LOOK_SECONDS", 0.01)
    stream, kept, clock = MemoryStream(), Kept(), SetClock()
    await write(stream, 10)
    async with auditing(stream, kept, clock) as auditor:
        keeping = asyncio.create_task(auditor.keep_checkpoints())
        async with asyncio.timeout(5):
            while len(stream.messages) < 12:  # noqa: ASYNC110  (the record has no bell for tests)
                await asyncio.sleep(0.01)
        clock.moment += timedelta(hours=1)
        await asyncio.sleep(0.1)
        status = await auditor.status()
        keeping.cancel()

    facts = [recorded.fact async for recorded in MemoryEventStore("/x", stream).replay(subjects.AUDIT.subject)]
    [checkpoint] = kept.all
    assert facts == [
        KeyPublished(public_key=KEY.verify_key.encode().hex()),
        CheckpointSigned(**checkpoint.model_dump()),
    ]
    assert (status.ok, status.events) == (True, 12)


async def test_another_life_publishes_the_key_once_only() -> None:
    stream = MemoryStream()
    clock, log = SetClock(), structlog.stdlib.get_logger()
    for key in ("ab" * 32, "ab" * 32, "cd" * 32):
        await Notary(MemoryEventStore("/arb/auditor", stream), key, clock, log).publish_key()

    store = MemoryEventStore("/x", stream)
    keys = [r.fact.public_key async for r in store.replay(subjects.AUDIT.subject) if isinstance(r.fact, KeyPublished)]
    assert keys == ["ab" * 32, "cd" * 32]


async def test_the_engine_is_stopped_while_the_record_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(app, "STOP_SECONDS", 0.01)
    stream, engine = MemoryStream(), Engine()
    await write(stream, 2)
    auditor = auditor_of(stream, Kept(), engine=engine)
    await auditor.open()
    tasks = [asyncio.create_task(auditor.follow()), asyncio.create_task(auditor.guard_engine())]
    await asyncio.sleep(0.05)
    untouched = list(engine.reasons)
    stream.store(subjects.LIMITS.subject, b"no event")
    async with asyncio.timeout(5):
        while len(engine.reasons) < 3:  # noqa: ASYNC110  (nor has a list)
            await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()

    assert untouched == []
    assert "the record is not whole: message 3" in engine.reasons[0]
