"""The event store on a real server that loses acknowledgements, dies, and fills up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.js.api import PubAck
from nats.js.errors import APIError
from support.facts import NOON, started
from support.nats import connected_bus, running_nats

from arb.eventlog import EMPTY, EventStore, Head, JetStreamEventStore
from arb.eventlog.errors import (
    EventTooLargeError,
    HistoryChangedError,
    StoreFullError,
    StoreUnavailableError,
    StreamMissingError,
    StreamWentBackwardsError,
    WrongVersionError,
)
from arb.messages import subjects
from arb.messages.topology import EVENTS_STREAM
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats


async def fill(store: EventStore, count: int) -> None:
    """Append `count` events to one aggregate."""
    head = EMPTY
    for n in range(count):
        head = (await store.append(subjects.ENGINE, started(str(n)), expected=head, time=NOON)).head


class LosesAcks(JetStreamEventStore):
    """A store whose writes arrive but whose acknowledgements get lost: `losses` times, each time after `between`."""

    losses = 1

    async def between(self) -> None:
        """What happens between the lost acknowledgement and the next attempt."""

    async def _publish(self, subject: str, raw: bytes, event_id: str, last_sequence: int) -> PubAck:
        ack = await super()._publish(subject, raw, event_id, last_sequence)
        if self.losses:
            self.losses -= 1
            await self.between()
            raise TimeoutError
        return ack


async def test_a_write_whose_ack_was_lost_is_recognised(bus: Bus, nats_server: EmbeddedNats) -> None:
    store = LosesAcks(bus._connection, "/arb/executor")

    recorded = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)

    assert [r.raw for r in await bus.store.load(subjects.ENGINE)] == [recorded.raw]
    assert recorded.head.sequence == 1


async def test_it_is_recognised_even_under_the_write_of_a_rival(bus: Bus) -> None:
    class Overtaken(LosesAcks):
        async def between(self) -> None:
            last = await bus.store.last(subjects.ENGINE)
            assert last is not None
            await bus.store.append(subjects.ENGINE, started("rival"), expected=last.head, time=NOON)

    recorded = await Overtaken(bus._connection, "/x").append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)

    assert recorded.head.version == 1
    assert len(await bus.store.load(subjects.ENGINE)) == 2


async def test_an_unknown_outcome_is_settled_by_the_same_call(bus: Bus) -> None:
    store = LosesAcks(bus._connection, "/x", attempts=1)
    with pytest.raises(StoreUnavailableError, match="append the same again"):
        await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)

    recorded = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)

    assert (recorded.sequence, await store.last_sequence()) == (1, 1)


async def test_kill_of_the_server_loses_and_doubles_nothing(bus: Bus, nats_server: EmbeddedNats) -> None:
    """Given a writer and a reader at work, when the server is killed twice, then both see one unbroken chain."""
    total = 300
    store = JetStreamEventStore(bus._connection, "/arb/executor", ack_timeout=0.5)
    seen: list[int] = []

    async def read() -> None:
        async with connected_bus(nats_server.url) as other, other.store.subscribe(subjects.EVERY_EVENT) as events:
            async for recorded in events:
                seen.append(recorded.sequence)
                if len(seen) == total:
                    return

    async def write() -> None:
        head: Head = EMPTY
        for n in range(total):
            while True:
                try:
                    recorded = await store.append(subjects.ENGINE, started(str(n)), expected=head, time=NOON)
                except StoreUnavailableError:
                    continue
                head = recorded.head
                break

    async def kill() -> None:
        for upto in (50, 150):
            while len(seen) < upto:  # noqa: ASYNC110  (a poll is plainer than an event per count)
                await asyncio.sleep(0.005)
            await nats_server.kill()
            await nats_server.start()

    async with asyncio.timeout(25):
        await asyncio.gather(read(), write(), kill())

    assert seen == list(range(1, total + 1))
    assert len(await bus.store.load(subjects.ENGINE)) == total


async def test_appending_while_the_server_is_down_ends_in_a_retryable_error(
    bus: Bus, nats_server: EmbeddedNats
) -> None:
    store = JetStreamEventStore(bus._connection, "/x", ack_timeout=0.1, attempts=2)
    await nats_server.kill()

    with pytest.raises(StoreUnavailableError):
        await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
    await nats_server.start()

    recorded = await bus.store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
    assert recorded.sequence == await bus.store.last_sequence() == 1


@asynccontextmanager
async def in_place_of(server: EmbeddedNats, directory: Path) -> AsyncIterator[None]:
    """The server is gone; another one listens in its place, over the store that lies in `directory`."""
    await server.kill()
    other = EmbeddedNats(directory / "nats", port=int(server.url.rsplit(":", 1)[1]))
    await other.start()
    try:
        yield
    finally:
        await other.kill()


async def test_a_log_that_shrank_behind_a_reader_is_noticed(tmp_path: Path) -> None:
    """Given a reader of a store, when the server comes back with less than was read, then the reader says so."""
    async with running_nats(tmp_path / "second"):
        pass
    async with running_nats(tmp_path / "first") as server, connected_bus(server.url) as bus:
        await fill(bus.store, 3)
        async with bus.store.subscribe(subjects.EVERY_EVENT) as events:
            for _ in range(3):
                await anext(events)
            async with in_place_of(server, tmp_path / "second"), asyncio.timeout(10):
                with pytest.raises(StreamWentBackwardsError):
                    await anext(events)


async def test_sequence_numbers_given_out_again_are_noticed(tmp_path: Path) -> None:
    """Given a reader, when the server comes back with other events under the same numbers, then the reader says so."""
    async with running_nats(tmp_path / "second") as prepared, connected_bus(prepared.url) as forger:
        await forger.store.append(subjects.LIMITS, started("other"), expected=EMPTY, time=NOON)
        await fill(forger.store, 5)
    async with running_nats(tmp_path / "first") as server, connected_bus(server.url) as bus:
        await fill(bus.store, 3)
        async with bus.store.subscribe(subjects.EVERY_EVENT) as events:
            for _ in range(3):
                await anext(events)
            async with in_place_of(server, tmp_path / "second"), asyncio.timeout(10):
                with pytest.raises(HistoryChangedError, match="message 3 is no longer the one that was read"):
                    await anext(events)


async def test_a_full_stream_is_named_and_what_is_written_stays(bus: Bus) -> None:
    config = (await bus.js.stream_info(EVENTS_STREAM.name)).config
    await bus.js.update_stream(config.evolve(max_bytes=2_000))

    with pytest.raises(StoreFullError, match="stream EVENTS is full"):
        await fill(bus.store, 50)

    assert 0 < len(await bus.store.load(subjects.ENGINE)) < 50


async def test_a_server_out_of_room_is_full_too(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server:
        await server.stop()
        small = EmbeddedNats(tmp_path / "nats", port=int(server.url.rsplit(":", 1)[1]), max_store_bytes=50_000)
        await small.start()
        try:
            async with connected_bus(small.url) as bus:
                with pytest.raises(StoreFullError):
                    await fill(bus.store, 400)
        finally:
            await small.kill()


async def test_history_can_be_neither_deleted_nor_purged(bus: Bus) -> None:
    await bus.store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)

    with pytest.raises(APIError):
        await bus.js.delete_msg(EVENTS_STREAM.name, 1)
    with pytest.raises(APIError):
        await bus.js.purge_stream(EVENTS_STREAM.name)

    assert len(await bus.store.load(subjects.ENGINE)) == 1


async def test_an_event_beyond_the_payload_limit_is_refused(bus: Bus) -> None:
    with pytest.raises(EventTooLargeError, match=r"arb\.engine\.started\.v1 has \d+ bytes, NATS takes 1048576"):
        await bus.store.append(subjects.ENGINE, started("x" * 1_100_000), expected=EMPTY, time=NOON)


async def test_without_provisioning_the_store_says_so(tmp_path: Path) -> None:
    async with running_nats(tmp_path, provisioned=False) as server, connected_bus(server.url) as bus:
        with pytest.raises(StreamMissingError, match="run the provisioner"):
            await bus.store.last_sequence()
        with pytest.raises(StoreUnavailableError):
            await bus.store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)


async def test_two_processes_with_the_same_head_cannot_both_write(bus: Bus, nats_server: EmbeddedNats) -> None:
    async with connected_bus(nats_server.url, "rival") as rival:
        first = await bus.store.append(subjects.ENGINE, started("mine"), expected=EMPTY, time=NOON)
        with pytest.raises(WrongVersionError):
            await rival.store.append(subjects.ENGINE, started("theirs"), expected=EMPTY, time=NOON)
        assert await rival.store.last(subjects.ENGINE) == first
