"""The auditor as a process beside a real server."""

import asyncio
import json
import signal
from pathlib import Path

import pytest
from support.facts import NOON, started
from support.nats import connected_bus, running_nats
from support.processes import running

from arb.cli import record
from arb.eventlog import EMPTY, Head
from arb.eventlog.audit import CheckpointFile, checkpoint_path, known_key
from arb.messages import subjects
from arb.messages.commands.auditor import AuditStatus, GetAuditStatus
from arb.messages.events.audit import CheckpointSigned, KeyPublished
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats


def settings(server: EmbeddedNats, directory: Path) -> dict[str, str]:
    return {
        "NATS_URL": server.url,
        "ARB_STATE_DIR": str(directory / "state"),
        "ARB_CHECKPOINT_SECONDS": "0.3",
        "ARB_LOG_LEVEL": "INFO",
    }


async def status(bus: Bus, command_id: str) -> AuditStatus:
    return await bus.request(GetAuditStatus(command_id=command_id), AuditStatus, timeout=10)


async def write(bus: Bus, count: int, head: Head = EMPTY) -> Head:
    for n in range(count):
        head = (await bus.store.append(subjects.ENGINE, started(f"{head.version}.{n}"), expected=head, time=NOON)).head
    return head


async def test_it_signs_checkpoints_and_survives_a_kill_of_the_server(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    path = checkpoint_path(state)
    head = await write(bus, 20)
    async with running("-m", "arb.auditor", directory=tmp_path, environment=settings(nats_server, tmp_path)) as auditor:
        before = await status(bus, "1")
        async with asyncio.timeout(5):
            while not path.exists():  # noqa: ASYNC110  (another process writes it)
                await asyncio.sleep(0.05)
        await nats_server.kill()
        await nats_server.start()
        head = await write(bus, 5, head)
        after = await status(bus, "2")
        async with asyncio.timeout(30):
            while len(await bus.store.load(subjects.AUDIT)) < 2:  # noqa: ASYNC110  (the auditor writes them)
                await asyncio.sleep(0.1)
        code = await auditor.stop(within=3)
        log = auditor.log

    public_key = known_key(state)
    taken = list(CheckpointFile(path, public_key))
    verdict = await record.verify(bus.store, state)
    recorded = [r.fact async for r in bus.store.replay(subjects.AUDIT.subject)]

    assert (before.ok, after.ok, code) == (True, True, 0)
    assert taken[0].sequence >= 20
    assert taken[-1].sequence >= 25
    assert (verdict.ok, verdict.checkpoint) == (True, taken[-1])
    # The key is the owner's alone; its public half is printed, kept beside it and recorded
    assert (state / "audit" / "signing.key").stat().st_mode & 0o777 == 0o600
    assert f'"public_key":"{public_key}"' in log.replace('": "', '":"')
    assert recorded[0] == KeyPublished(public_key=str(public_key))
    assert recorded[1] == CheckpointSigned(**taken[0].model_dump())


async def test_another_record_under_the_same_checkpoint_is_found_on_boot(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    async with running_nats(first) as server, connected_bus(server.url) as bus:
        await write(bus, 6)
        async with running("-m", "arb.auditor", directory=tmp_path, environment=settings(server, tmp_path)) as auditor:
            assert (await status(bus, "1")).ok
            await auditor.stop()
    async with running_nats(second) as server, connected_bus(server.url) as bus:
        await write(bus, 2)
        async with running("-m", "arb.auditor", directory=tmp_path, environment=settings(server, tmp_path)) as auditor:
            verdict = await status(bus, "2")
            await auditor.stop()
            log = auditor.log

    assert (verdict.ok, verdict.first_bad) == (False, 3)
    assert verdict.problem is not None
    assert "the record went backwards" in verdict.problem
    assert "record_not_whole" in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_in_order_within_two_seconds(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path, number: int
) -> None:
    async with running("-m", "arb.auditor", directory=tmp_path, environment=settings(nats_server, tmp_path)) as auditor:
        await status(bus, "1")

        assert await auditor.stop(number, within=2) == 0
        lines = [json.loads(line) for line in auditor.log.splitlines()]

    assert [line["event"] for line in lines if line["level"] != "info"] == []
    assert "started" in {line["event"] for line in lines}
