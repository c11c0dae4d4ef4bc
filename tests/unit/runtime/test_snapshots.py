"""When snapshots are taken, and that nothing that befalls one stops a service."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import structlog
from structlog.testing import capture_logs
from support.facts import NOON, started

from arb.eventlog import EMPTY, START, Head, MemoryEventStore, Place
from arb.eventlog.errors import StoreFullError, StoreUnavailableError
from arb.eventlog.snapshot import MemoryCache
from arb.messages.subjects import ENGINE
from arb.runtime.snapshots import Snapshots


class Tally:
    """A fold that is as many lines long as it is told to be."""

    schema = "tally.v1"

    def __init__(self, place: Place = START, length: int = 3) -> None:
        self.place = place
        self.length = length
        self.lines: list[bytes] = []
        self.moving = False

    def image(self) -> Iterable[bytes] | None:
        return None if self.moving else [b"%d" % number for number in range(self.length)]

    def restore(self, lines: list[bytes], place: Place) -> None:
        if b"poison" in lines:
            raise ValueError("not a line of mine")
        self.lines, self.place = lines, place


class Troubled(MemoryCache):
    """A cache that is full or away when told to be."""

    trouble: Exception | None = None

    async def put(self, key: str, value: bytes) -> None:
        if self.trouble is not None:
            raise self.trouble
        await super().put(key, value)

    async def get(self, key: str) -> bytes | None:
        if isinstance(self.trouble, StoreUnavailableError):
            raise self.trouble
        return await super().get(key)


class World:
    def __init__(self) -> None:
        self.store = MemoryEventStore("/test")
        self.cache = Troubled()
        self.snapshots = Snapshots(self.cache, self.store, structlog.stdlib.get_logger())
        self._head: Head = EMPTY

    async def grow(self, fold: Tally, events: int) -> None:
        for _ in range(events):
            fact = started(str(self._head.version))
            self._head = (await self.store.append(ENGINE, fact, expected=self._head, time=NOON)).head
        fold.place = Place(self._head.sequence, self._head.hash)

    @asynccontextmanager
    async def keeping(self, fold: Tally, messages: int) -> AsyncIterator[None]:
        task = asyncio.create_task(self.snapshots.keep("tally", fold, messages=messages, seconds=0.001))
        await asyncio.sleep(0)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until_written(self, fold: Tally) -> None:
        async with asyncio.timeout(5):
            while True:
                began = Tally()
                await self.snapshots.restore("tally", began)
                if began.place == fold.place:
                    return
                await asyncio.sleep(0.001)

    async def at_rest(self) -> int:
        """The place of the snapshot that is there after many looks, 0 for none."""
        await asyncio.sleep(0.05)
        began = Tally()
        await self.snapshots.restore("tally", began)
        return began.place.sequence


async def test_a_snapshot_is_taken_once_enough_was_stored_since_the_last() -> None:
    world, fold = World(), Tally(length=30)
    async with world.keeping(fold, messages=10):
        await world.grow(fold, 9)
        assert await world.at_rest() == 0
        await world.grow(fold, 1)
        await world.until_written(fold)
        # The next one is due once as many were stored as it has lines
        await world.grow(fold, 29)
        assert await world.at_rest() == 10
        await world.grow(fold, 1)
        await world.until_written(fold)


async def test_a_fold_that_cannot_be_written_down_now_is_asked_again() -> None:
    world, fold = World(), Tally()
    fold.moving = True
    async with world.keeping(fold, messages=1):
        await world.grow(fold, 5)
        assert await world.at_rest() == 0
        fold.moving = False
        await world.until_written(fold)


async def test_a_bucket_that_is_full_or_away_is_a_line_in_the_log_and_tried_again() -> None:
    world, fold = World(), Tally()
    await world.grow(fold, 5)
    for trouble in (StoreFullError("full"), StoreUnavailableError("away")):
        world.cache.trouble = trouble
        fold.place, place = START, fold.place
        with capture_logs() as logs:
            async with world.keeping(fold, messages=1):
                fold.place = place
                await asyncio.sleep(0.05)
        assert {line["event"] for line in logs} == {"snapshot_not_written"}
    world.cache.trouble = None
    async with world.keeping(began := Tally(), messages=1):
        began.place = fold.place
        await world.until_written(fold)


async def test_a_start_without_bucket_and_one_with_a_state_it_cannot_read_go_on_without() -> None:
    world, fold = World(), Tally()
    await world.grow(fold, 5)
    fold.image = lambda: [b"poison"]  # type: ignore[method-assign]
    await world.snapshots.save("tally", fold)
    began = Tally()
    with capture_logs() as logs:
        await world.snapshots.restore("tally", began)
        world.cache.trouble = StoreUnavailableError("no bucket")
        await world.snapshots.restore("tally", began)
    assert [line["event"] for line in logs] == ["snapshot_ignored"] * 2
    assert "ValueError" in logs[0]["reason"]
    assert (began.place, began.lines) == (START, [])


async def test_before_the_first_message_there_is_nothing_to_write_down() -> None:
    world = World()
    assert await world.snapshots.save("tally", Tally()) == 0
    assert world.cache.values == {}
