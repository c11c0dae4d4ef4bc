"""Whoever trades reads the whole record once in each life of its server, and trades on none that is not whole."""

import asyncio
from pathlib import Path

import structlog
from structlog.testing import capture_logs
from support.facts import NOON, started
from support.nats import connected_bus, running_nats

from arb.eventlog import EMPTY
from arb.messages.subjects import ENGINE
from arb.runtime.bus import Bus
from arb.runtime.record_proof import RecordProof
from arb.runtime.record_watch import RecordWatch

LOG = structlog.stdlib.get_logger()


async def proof_of(bus: Bus, directory: Path) -> tuple[RecordProof, RecordWatch]:
    watch = RecordWatch(bus, "executor", directory, LOG)
    await watch.open()
    return RecordProof(bus, watch, LOG), watch


async def readings(proof: RecordProof) -> tuple[str | None, int]:
    """The answer, and how often the record was read for it."""
    with capture_logs() as lines:
        problem = await proof.problem()
    return problem, sum(line["event"] == "record_read" for line in lines)


async def test_the_record_is_read_once_in_each_life_of_the_server(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await bus.store.append(ENGINE, started("one"), expected=EMPTY, time=NOON)
        first, watch = await proof_of(bus, tmp_path)
        begun, again = await readings(first), await readings(first)
        await watch.look()  # which writes down that it was read

        restarted, _ = await proof_of(bus, tmp_path)
        after_restart = await readings(restarted)
        await server.stop()
        await server.start()
        async with asyncio.timeout(10):
            while await bus.check() is not None:
                pass
        new_server = await readings(restarted)

    assert begun == new_server == (None, 1)
    assert again == after_restart == (None, 0)


async def test_a_record_that_is_not_whole_is_never_trusted_again(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        head = (await bus.store.append(ENGINE, started("one"), expected=EMPTY, time=NOON)).head
        event = await bus.store.append(ENGINE, started("two"), expected=head, time=NOON)
        # given a third event that somebody else wrote, with the chain before it ignored
        await bus.js.publish(ENGINE.subject, event.raw)
        proof, watch = await proof_of(bus, tmp_path)

        problems = [await proof.problem(), await proof.problem()]

    assert problems[0] is not None
    assert "message 3" in problems[0]
    assert problems == [watch.problem] * 2
