"""A service notices on boot, and while it runs, that the record no longer holds what it has seen."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
import structlog
from support.facts import NOON, started
from support.nats import connected_bus, running_nats

from arb.eventlog import EMPTY, Head
from arb.messages import subjects
from arb.messages.topology import EXECUTOR_OPPORTUNITIES
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats
from arb.runtime.record_watch import RecordWatch


async def write(bus: Bus, count: int, head: Head = EMPTY) -> Head:
    for n in range(count):
        head = (await bus.store.append(subjects.ENGINE, started(f"{head.version}.{n}"), expected=head, time=NOON)).head
    return head


async def opened(bus: Bus, directory: Path) -> RecordWatch:
    """The watch of an executor that starts now."""
    watch = RecordWatch(bus, "executor", directory, structlog.stdlib.get_logger())
    await watch.open()
    return watch


async def test_a_record_that_only_grew_is_trusted(bus: Bus, tmp_path: Path) -> None:
    first = await opened(bus, tmp_path)
    head = await write(bus, 3)
    await first.look()
    await write(bus, 2, head)

    second = await opened(bus, tmp_path)

    assert (first.problem, second.problem) == (None, None)
    mark = json.loads((tmp_path / "marks" / "executor.json").read_text())
    assert mark["sequence"] == 5


async def test_a_backup_that_was_put_back_is_noticed_while_running_and_on_boot(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server:
        async with connected_bus(server.url) as bus:
            head = await write(bus, 3)
            await server.stop()
            shutil.copytree(tmp_path / "nats" / "jetstream", tmp_path / "backup")
            await server.start()
            await write(bus, 2, head)
            watch = await opened(bus, tmp_path)
            await server.stop()
            shutil.rmtree(tmp_path / "nats" / "jetstream")
            shutil.copytree(tmp_path / "backup", tmp_path / "nats" / "jetstream")
            await server.start()
            await watch.look()
        async with connected_bus(server.url) as bus:
            on_boot = await opened(bus, tmp_path)
            # Lost sequence numbers are given out again: what is there now is something else
            other = await bus.store.append(subjects.LIMITS, started("x"), expected=EMPTY, time=NOON)
            await bus.store.append(subjects.LIMITS, started("y"), expected=other.head, time=NOON)
            later = await opened(bus, tmp_path)

    assert watch.problem is not None
    assert "it ends at message 3, 5 was seen" in watch.problem
    assert await asyncio.wait_for(watch.condemned(), 1) == watch.problem
    assert on_boot.problem == watch.problem
    assert later.problem is not None
    assert "message 5 is no longer the one that was seen" in later.problem


async def test_another_message_in_the_place_of_the_last_one_is_noticed(tmp_path: Path) -> None:
    async with running_nats(tmp_path / "first") as server, connected_bus(server.url) as bus:
        await write(bus, 4)
        await opened(bus, tmp_path)
    async with running_nats(tmp_path / "second") as server, connected_bus(server.url) as bus:
        await bus.store.append(subjects.LIMITS, started("other"), expected=EMPTY, time=NOON)
        await write(bus, 4)

        watch = await opened(bus, tmp_path)

    assert watch.problem is not None
    assert "message 4 is no longer the one that was seen" in watch.problem


async def test_an_ack_floor_that_went_backwards_is_noticed(bus: Bus, nats_server: EmbeddedNats, tmp_path: Path) -> None:
    await bus.store.append(subjects.opportunity("a"), started("x"), expected=EMPTY, time=NOON)
    spec = EXECUTOR_OPPORTUNITIES
    pulled = await bus.js.pull_subscribe_bind(spec.durable, stream=spec.stream)
    [message] = await pulled.fetch(1, timeout=2)
    await message.ack_sync()
    watch = await opened(bus, tmp_path)
    await watch.look()  # a floor counts from the second look on

    # When the durable is made anew, it would hand out everything once more
    await bus.js.delete_consumer(spec.stream, spec.durable)
    await bus.provision()
    again = await opened(bus, tmp_path)

    assert watch.problem is None
    assert again.problem is not None
    assert "the ack floor of executor-opportunities went backwards: from 1 to 0" in again.problem


@pytest.mark.parametrize("content", ["", "{}", "[1]"])
async def test_a_mark_that_cannot_be_read_is_not_taken_for_none(bus: Bus, tmp_path: Path, content: str) -> None:
    path = tmp_path / "marks" / "executor.json"
    path.parent.mkdir()
    path.write_text(content)

    watch = await opened(bus, tmp_path)

    assert watch.problem is not None
    assert "cannot be read" in watch.problem
    assert path.read_text() == content


async def test_where_nothing_can_be_written_the_mark_lives_in_memory(bus: Bus, tmp_path: Path) -> None:
    (tmp_path / "marks").write_text("a file in the place of the directory")

    watch = await opened(bus, tmp_path / "marks")
    await write(bus, 1)
    await watch.look()

    assert watch.problem is None
