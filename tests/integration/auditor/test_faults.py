"""What can befall a record under a real server: each is found and named, and no state is told as if nothing were."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from nacl.signing import SigningKey
from support.cli import arb
from support.facts import NOON, started
from support.nats import connected_bus, running_nats

from arb.auditor.app import Auditor
from arb.auditor.domain.schedule import Schedule
from arb.eventlog import EMPTY, Head, Stored
from arb.eventlog.audit import Checkpoint, CheckpointFile, checkpoint_path
from arb.eventlog.errors import EventIdTakenError, StoreFullError
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.trade_book import TradeBook
from arb.messages import subjects
from arb.messages.envelope import GENESIS_HASH, content_hash, event_id, seal
from arb.runtime.bus import Bus
from arb.runtime.clock import SystemClock
from arb.runtime.record_proof import RecordProof
from arb.runtime.record_watch import RecordWatch

EVENT_BEGINS = subjects.ENGINE.subject.encode()
SERVER_HEADER = 22
"""Bytes that the server puts before a message's subject in its files: the length of the record comes first."""
KEY = SigningKey(b"7" * 32)


async def write(bus: Bus, count: int, head: Head = EMPTY, *, filler: int = 0) -> Head:
    """Events of the engine, each `filler` bytes long."""
    for _ in range(count):
        fact = started(f"{head.version} {'x' * filler}")
        head = (await bus.store.append(subjects.ENGINE, fact, expected=head, time=NOON)).head
    return head


async def take_checkpoint(directory: Path, url: str) -> int:
    """Sign what is there, as the auditor would; the sequence."""
    outcome = await arb("audit", "verify", "--json", directory=directory, NATS_URL=url)
    sequence: int = outcome.json["last_sequence"]
    checkpoint = Checkpoint.signed(KEY, sequence=sequence, hash_=outcome.json["head"], time=NOON)
    CheckpointFile(checkpoint_path(directory)).append(checkpoint)
    return sequence


def blocks(directory: Path) -> list[Path]:
    """The files the messages lie in, oldest first."""
    found = (directory / "nats" / "jetstream").rglob("EVENTS/msgs/*.blk")
    return sorted(found, key=lambda path: int(path.stem))


def flip_in_message(directory: Path) -> None:
    """One bit in the middle of what a message in the middle block says."""
    _flip(directory, lambda content: content.index(b"x" * 1_000, len(content) // 2) + 1_000)


def flip_between_messages(directory: Path) -> None:
    """One bit of the length that stands before a message in the middle block: the server loses its way from there."""
    _flip(directory, lambda content: content.index(EVENT_BEGINS, len(content) // 2) - SERVER_HEADER)


def _flip(directory: Path, place: Callable[[bytes], int]) -> None:
    block = blocks(directory)[1]
    content = bytearray(block.read_bytes())
    content[place(bytes(content))] ^= 1
    block.write_bytes(content)


def delete(directory: Path) -> None:
    """The middle block."""
    blocks(directory)[1].unlink()


def truncate(directory: Path) -> None:
    """The newest block loses its second half, and the index with it."""
    block = blocks(directory)[-1]
    content = block.read_bytes()
    block.write_bytes(content[: len(content) // 2])
    (block.parent / "index.db").unlink(missing_ok=True)


class Engine:
    """Notes why it was stopped."""

    def __init__(self) -> None:
        self.stopped: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def stop(self, reason: str) -> bool:
        if not self.stopped.done():
            self.stopped.set_result(reason)
        return True


async def auditor_stops(bus: Bus, directory: Path) -> str:
    """Why an auditor that starts on this record has the engine stopped."""
    engine, clock, log = Engine(), SystemClock(), structlog.stdlib.get_logger()
    checkpoints = CheckpointFile(checkpoint_path(directory), KEY.verify_key.encode().hex())
    schedule = Schedule(1_000, timedelta(minutes=1))
    auditor = Auditor(bus.store, checkpoints, bus.market, KEY, engine, clock, schedule, log)
    await auditor.open()
    tasks = [asyncio.create_task(work()) for work in (auditor.follow, auditor.guard_engine)]
    try:
        return await asyncio.wait_for(engine.stopped, 30)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("damage", [flip_in_message, flip_between_messages, delete, truncate])
async def test_a_damaged_store_is_found_named_and_not_traded_on(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    # given a record of three blocks with a checkpoint, and an executor that has seen it
    async with running_nats(tmp_path) as server:
        async with connected_bus(server.url) as bus:
            head = await write(bus, 15, filler=250_000)
            held = await take_checkpoint(tmp_path, server.url)
            await write(bus, 40, head, filler=500_000)
            await take_checkpoint(tmp_path, server.url)
            seen = RecordWatch(bus, "executor", tmp_path, structlog.stdlib.get_logger())
            await seen.open()
        await server.stop()
        assert len(blocks(tmp_path)) >= 3

        damage(tmp_path)

        # then a copy of the store tells, before any server has mended it
        verified = await arb("audit", "verify", "--store", str(tmp_path), "--json", directory=tmp_path)
        replayed = await arb("audit", "replay", "--store", str(tmp_path), "--json", directory=tmp_path)
        # and an auditor that starts on it has the engine stopped, and an executor reads it before it trades
        await server.start()
        async with connected_bus(server.url) as bus:
            watch = RecordWatch(bus, "executor", tmp_path, structlog.stdlib.get_logger())
            await watch.open()
            refused = await RecordProof(bus, watch, structlog.stdlib.get_logger()).problem()
            stopped = await auditor_stops(bus, tmp_path)

    assert seen.problem is None
    assert (verified.code, verified.json["ok"]) == (1, False)
    assert held < verified.json["first_bad"] <= 55
    assert verified.json["checkpoint"] == held
    assert verified.json["problem"]
    if damage is not truncate:
        # What is left of a shortened record is whole in itself: only who has seen more of it can tell
        assert replayed.code == 1
        assert "missing" in replayed.complaint
    assert stopped.startswith("the record is not whole: message ")
    assert refused is not None
    assert "message" in refused


async def test_an_old_backup_is_found_by_the_checkpoint(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        head = await write(bus, 3)
        held = await take_checkpoint(tmp_path, server.url)
        await server.stop()
        shutil.copytree(tmp_path / "nats" / "jetstream", tmp_path / "backup")
        await server.start()
        await write(bus, 3, head)
        await take_checkpoint(tmp_path, server.url)
        await server.stop()
        shutil.rmtree(tmp_path / "nats" / "jetstream")
        (tmp_path / "backup").rename(tmp_path / "nats" / "jetstream")

        verified = await arb("audit", "verify", "--store", str(tmp_path), "--json", directory=tmp_path)

    assert (verified.code, verified.json["first_bad"], verified.json["checkpoint"]) == (1, 4, held)
    assert "it ends at message 3, the checkpoint was taken at message 6" in verified.json["problem"]


def replaced(record: list[Stored], number: int, *, chained: bool) -> list[tuple[str, bytes]]:
    """The record with another event at `number`, the chain after it forged anew if `chained`."""
    forged: list[tuple[str, bytes]] = []
    before = GENESIS_HASH
    for stored in record:
        event = json.loads(stored.raw)
        if stored.sequence == number:
            fact = started("thief")
            sealed = seal(subjects.ENGINE, number, fact, source="/x", time=NOON, prevhash=event["prevhash"])
            event = json.loads(sealed.to_bytes())
        if chained:
            event["prevhash"] = before
        raw = json.dumps(event, separators=(",", ":")).encode()
        before = content_hash(raw)
        forged.append((stored.subject, raw))
    return forged


@pytest.mark.parametrize(("chained", "first_bad"), [(False, 4), (True, 6)], ids=["chain broken", "chain forged"])
async def test_a_replaced_message_is_found(tmp_path: Path, chained: bool, first_bad: int) -> None:
    async with running_nats(tmp_path / "first") as server, connected_bus(server.url) as bus:
        await write(bus, 6)
        record = [stored async for stored in bus.store.replay_stored(subjects.EVERY_EVENT)]
        await take_checkpoint(tmp_path, server.url)
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        for subject, raw in replaced(record, 3, chained=chained):
            await bus.js.publish(subject, raw)

        verified = await arb("audit", "verify", "--state", str(tmp_path), "--json", directory=tmp_path)

    assert (verified.code, verified.json["first_bad"]) == (1, first_bad), verified.json
    assert verified.json["checkpoint"] is None


async def test_a_message_id_that_somebody_used_for_something_else_is_not_taken_for_ours(bus: Bus) -> None:
    fact = started("me")
    id_ = event_id(subjects.ENGINE, 1, fact)
    await bus.js.publish(subjects.LIMITS.subject, b"something else", headers={"Nats-Msg-Id": id_})

    with pytest.raises(EventIdTakenError, match=f"message 1 bears the id {id_} and says something else"):
        await bus.store.append(subjects.ENGINE, fact, expected=EMPTY, time=NOON)

    assert await bus.store.last(subjects.ENGINE) is None


async def test_an_unknown_version_is_named_by_verify_and_by_replay(bus: Bus, tmp_path: Path) -> None:
    head = await write(bus, 2)
    sealed = seal(subjects.ENGINE, 3, started("later"), source="/x", time=NOON, prevhash=head.hash)
    await bus.js.publish(subjects.ENGINE.subject, sealed.to_bytes().replace(b"started.v1", b"started.v7"))
    url = bus._connection.connected_url
    assert url is not None

    verified = await arb("audit", "verify", "--json", directory=tmp_path, NATS_URL=url.geturl())
    replayed = await arb("audit", "replay", "--json", directory=tmp_path, NATS_URL=url.geturl())
    before = await arb("audit", "replay", "--at", "2", "--json", directory=tmp_path, NATS_URL=url.geturl())

    assert (verified.code, verified.json["first_bad"]) == (1, 3)
    assert (replayed.code, before.code) == (1, 0)
    assert "event type 'arb.engine.started.v7' is unknown to this version, which reads" in replayed.complaint


async def write_until_full(bus: Bus) -> int:
    """Events of the limits, large ones and then small ones, until there is room for neither; how many."""
    head = EMPTY
    for size in (900, 1):
        with contextlib.suppress(StoreFullError):
            while True:
                fact = started(f"{head.version} {'x' * size}")
                head = (await bus.store.append(subjects.LIMITS, fact, expected=head, time=NOON)).head
    with pytest.raises(StoreFullError, match="stream EVENTS is full"):
        await bus.store.append(subjects.LIMITS, started("one more"), expected=head, time=NOON)
    return head.version


async def test_a_full_store_refuses_loudly_halts_the_engine_and_drops_nothing(bus: Bus) -> None:
    # given an engine that runs, and a store that has room for little more
    clock = SystemClock()
    switch = EngineSwitch(bus.store, clock, TradeBook(bus.store, clock), "live")
    await switch.start("me")
    config = (await bus.js.stream_info("EVENTS")).config
    await bus.js.update_stream(config.evolve(max_bytes=20_000))
    stored = await write_until_full(bus)

    # when the engine is halted for it
    await switch.halt("stream EVENTS is full")

    # then nothing is traded, and everything that was acknowledged is there
    assert not switch.engine.running
    assert [r.sequence async for r in bus.store.replay(subjects.EVERY_EVENT)] == list(range(1, stored + 2))
    # and the halt is recorded as soon as there is room again
    await bus.js.update_stream(config)
    await switch.halt("stream EVENTS is full")
    last = await bus.store.last(subjects.ENGINE)
    assert last is not None
    assert last.sequence == stored + 2
    assert last.event.data["reason"] == "stream EVENTS is full"
