"""Commands over a real server: answers, refusals, silence."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import structlog

from arb.messages.commands.auditor import AuditStatus, GetAuditStatus
from arb.runtime.broker import make_broker
from arb.runtime.bus import Bus
from arb.runtime.commands import CommandRouter
from arb.runtime.errors import CommandFailed, CommandTimeout, Refusal
from arb.runtime.nats_server import EmbeddedNats

GOOD = AuditStatus(ok=True, events=1, last_sequence=1, head="0" * 64, first_bad=None, problem=None)


@pytest.fixture
async def answering(nats_server: EmbeddedNats) -> AsyncIterator[list[str]]:
    """A service that answers GetAuditStatus; what it was asked, by command id, which says how it answers."""
    asked: list[str] = []
    router = CommandRouter("auditor")

    @router.answers(GetAuditStatus)
    async def status(command: GetAuditStatus) -> AuditStatus:
        asked.append(command.command_id)
        if command.command_id.startswith("refuse"):
            raise Refusal("not_now", "come back later", retryable=True)
        if command.command_id.startswith("slow"):
            await asyncio.sleep(0.3)
        return GOOD

    broker = make_broker(nats_server.url, "auditor", structlog.stdlib.get_logger())
    broker.include_router(router)
    await broker.start()
    yield asked
    await broker.stop()


async def test_the_result_arrives(bus: Bus, answering: list[str]) -> None:
    assert await bus.request(GetAuditStatus(command_id="a"), AuditStatus) == GOOD


async def test_a_refusal_arrives_with_its_code(bus: Bus, answering: list[str]) -> None:
    with pytest.raises(CommandFailed, match="not_now: come back later") as caught:
        await bus.request(GetAuditStatus(command_id="refuse"), AuditStatus)

    assert (caught.value.code, caught.value.retryable) == ("not_now", True)


async def test_a_command_sent_again_after_a_timeout_is_carried_out_once(bus: Bus, answering: list[str]) -> None:
    command = GetAuditStatus(command_id="slow")
    with pytest.raises(CommandTimeout, match=r"no answer to arb\.cmd\.auditor\.status in 0\.1 s"):
        await bus.request(command, AuditStatus, timeout=0.1)

    assert await bus.request(command, AuditStatus) == GOOD
    assert answering == ["slow"]


async def test_commands_are_answered_side_by_side(bus: Bus, answering: list[str]) -> None:
    begun = time.monotonic()

    await asyncio.gather(
        *(bus.request(GetAuditStatus(command_id=f"slow{n}"), AuditStatus, timeout=5) for n in range(6))
    )

    assert time.monotonic() - begun < 1.2


async def test_nobody_listening_is_said_within_the_timeout(bus: Bus) -> None:
    begun = time.monotonic()

    with pytest.raises(CommandTimeout, match=r"no service listens for arb\.cmd\.auditor\.status"):
        await bus.request(GetAuditStatus(command_id="a"), AuditStatus, timeout=0.4)

    assert time.monotonic() - begun < 1


async def test_a_service_that_comes_late_is_still_heard(bus: Bus, nats_server: EmbeddedNats) -> None:
    router = CommandRouter("auditor")

    @router.answers(GetAuditStatus)
    async def status(_: GetAuditStatus) -> AuditStatus:
        return GOOD

    broker = make_broker(nats_server.url, "auditor", structlog.stdlib.get_logger())
    broker.include_router(router)
    asking = asyncio.create_task(bus.request(GetAuditStatus(command_id="a"), AuditStatus, timeout=5))
    await asyncio.sleep(0.2)
    await broker.start()
    try:
        assert await asking == GOOD
    finally:
        await broker.stop()


async def test_an_answer_that_makes_no_sense_is_an_error(bus: Bus) -> None:
    async def babble(message: object) -> None:
        await message.respond(b'{"result": {"ok": 1}}')  # type: ignore[attr-defined]

    await bus._connection.subscribe(GetAuditStatus.subject, cb=babble)

    with pytest.raises(CommandFailed, match=r"the answer to arb\.cmd\.auditor\.status is not understood"):
        await bus.request(GetAuditStatus(command_id="a"), AuditStatus)
