"""What services do on the bus, done as their NATS users under deploy/nats.conf: nothing of it may be refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import nats.errors
import pytest
import structlog
from faststream.nats import NatsMessage
from support.cli import arb
from support.facts import NOON, started
from support.plans import opportunity, planned
from support.secured_nats import SecuredNats

from arb.eventlog import EMPTY
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.commands.accounts import Accounts, GetAccounts
from arb.messages.commands.auditor import AuditStatus, GetAuditStatus
from arb.messages.commands.base import Command
from arb.messages.commands.executor import EngineStatus, HaltEngine, StartEngine
from arb.messages.commands.scanner import GetSupportedAssets, SupportedAssets
from arb.messages.deadletter import Poison, deadletter
from arb.messages.events.account import AccountAdopted
from arb.messages.events.audit import KeyPublished
from arb.messages.market import MARKET_SUBJECTS
from arb.messages.subjects import Aggregate
from arb.messages.topology import EXECUTOR_OPPORTUNITIES
from arb.runtime.broker import durable
from arb.runtime.bus import Bus
from arb.runtime.commands import CommandRouter
from arb.runtime.errors import EXIT_NO_BUS, StartupError
from arb.runtime.service import Context, Service, serve
from arb.runtime.settings import ServiceSettings

ACCOUNT = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
FOUND, PLANNED = opportunity(), planned()
ADOPTED = AccountAdopted(account=ACCOUNT, role="trading", index=0, network_passphrase=FOUND.network_passphrase)
WRITES: list[tuple[str, Aggregate, Fact]] = [
    ("scanner", subjects.opportunity(FOUND.id), FOUND),
    ("executor", subjects.trade(PLANNED.trade_id), PLANNED),
    ("executor", subjects.ENGINE, started("ws-1")),
    ("accounts", subjects.account(ACCOUNT), ADOPTED),
    ("auditor", subjects.AUDIT, KeyPublished(public_key="ab" * 32)),
]
READERS = ("scanner", "executor", "accounts", "gateway", "auditor")
INBOX = {"operator": "cli"}
"""Whose inbox prefix is not the user's name."""


@asynccontextmanager
async def connected(server: SecuredNats, user: str) -> AsyncIterator[Bus]:
    """That user's bus; at the end, the server must not have refused it anything."""
    log = structlog.stdlib.get_logger(user)
    async with await Bus.connect(server.url(user), INBOX.get(user, user), log, limit=5.0) as bus:
        yield bus
        await bus._connection.flush()
        await bus._connection.flush()  # the first one may have overtaken what was buffered
        assert bus._troubles.last == ""


async def test_the_provisioner_brings_back_in_line_what_differs(secured: SecuredNats) -> None:
    async with connected(secured, "provision") as bus:
        assert await bus.provision() == []
        market = (await bus.js.stream_info("MARKET")).config
        await bus.js.update_stream(market.evolve(max_age=300.0))
        durable_config = (await bus.js.consumer_info("EVENTS", EXECUTOR_OPPORTUNITIES.durable)).config
        await bus.js.add_consumer("EVENTS", durable_config.evolve(max_deliver=1))

        changes = await bus.provision()

        assert changes == ["stream MARKET changed: max_age", "consumer executor-opportunities changed: max_deliver"]


@pytest.mark.parametrize(("user", "aggregate", "fact"), WRITES)
async def test_a_service_writes_its_own_events(
    secured: SecuredNats, user: str, aggregate: Aggregate, fact: Fact
) -> None:
    async with connected(secured, user) as bus:
        await bus.wait_provisioned(user, structlog.stdlib.get_logger())

        recorded = await bus.store.append(aggregate, fact, expected=EMPTY, time=NOON)

        again = await bus.store.append(aggregate, fact, expected=EMPTY, time=NOON)
        assert (recorded, await bus.store.load(aggregate)) == (again, [recorded])


@pytest.mark.parametrize("user", [*READERS, "operator"])
async def test_everybody_reads_the_record_in_every_way(secured: SecuredNats, user: str) -> None:
    """Given a megabyte and a half of record (the server asks for flow control), when read, then whole, and let go."""
    async with connected(secured, "executor") as executor, connected(secured, user) as bus:
        first = await executor.store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
        bulk = subjects.trade("bulk").subject
        await asyncio.gather(*(executor.js.publish(bulk, b"x" * 50_000, timeout=10) for _ in range(30)))
        store = bus.store
        begun = monotonic()

        assert (await store.last_sequence(), await store.last(subjects.ENGINE)) == (31, first)
        assert await store.load(subjects.ENGINE) == [first]
        assert [s.sequence async for s in store.replay_stored(subjects.EVERY_EVENT)] == list(range(1, 32))
        async with store.subscribe(subjects.every("engine"), after=None) as live:
            second = await executor.store.append(subjects.ENGINE, started("b"), expected=first.head, time=NOON)
            assert await anext(live) == second

        assert monotonic() - begun < 3, "something was denied: such calls are not answered and wait for a time-out"
    assert await _consumers(secured) == {"executor-opportunities"}, "a reading left its consumer behind"


async def test_the_scanner_keeps_the_market_record_and_the_auditor_sees_its_end(secured: SecuredNats) -> None:
    async with connected(secured, "scanner") as scanner, connected(secured, "auditor") as auditor:
        for record in (b"first", b"second"):
            await scanner.market.append(MARKET_SUBJECTS["classic"], record)

        assert (await auditor.market.end()).sequence == 2


@pytest.mark.parametrize("user", ["executor", "accounts"])
async def test_who_keeps_snapshots_writes_and_reads_its_own(secured: SecuredNats, user: str) -> None:
    async with connected(secured, user) as bus:
        assert await bus.snapshots.get("trades") is None
        await bus.snapshots.put("trades.a.0", b"state")
        assert await bus.snapshots.get("trades.a.0") == b"state"


async def test_the_executor_consumes_opportunities_and_answers_commands(secured: SecuredNats, tmp_path: Path) -> None:
    """Given the executor's runtime, when the scanner appends an opportunity, then it is handled, also a second time."""
    deliveries: list[bytes] = []
    router = CommandRouter("executor")
    status = EngineStatus(running=True, mode="paper", open_trades=0, trades={})

    @router.answers(StartEngine)
    async def start(_: StartEngine) -> EngineStatus:
        return status

    async def on_opportunity(message: NatsMessage) -> None:
        deliveries.append(message.body)
        await message.in_progress()
        await (message.nack(delay=0.05) if len(deliveries) == 1 else message.ack())

    router.subscriber(**durable(EXECUTOR_OPPORTUNITIES))(on_opportunity)
    async with running(secured, "executor", router), connected(secured, "scanner") as scanner:
        async with connected(secured, "gateway") as gateway:
            assert await gateway.request(StartEngine(command_id="1", by="ws-1"), EngineStatus) == status

        recorded = await scanner.store.append(subjects.opportunity(FOUND.id), FOUND, expected=EMPTY, time=NOON)

        async with connected(secured, "executor") as executor:
            await _until_acknowledged(executor, 1)
            assert deliveries == [recorded.raw, recorded.raw]
            poison = Poison(consumer="executor-opportunities", subject="x", sequence=1, reason="r", body="b")
            await executor.publish(deadletter("executor"), poison)
    [letter] = await _dead_letters(secured, tmp_path)
    assert (letter["consumer"], letter["sequence"], letter["body"]) == ("executor-opportunities", 1, "b")


@pytest.mark.parametrize(
    ("asker", "answerer", "command", "answer"),
    [
        ("executor", "accounts", GetAccounts(command_id="1"), Accounts(ready=False, accounts=())),
        ("gateway", "accounts", GetAccounts(command_id="1"), Accounts(ready=False, accounts=())),
        ("gateway", "scanner", GetSupportedAssets(command_id="1"), SupportedAssets(supported_assets=())),
        (
            "auditor",
            "executor",
            HaltEngine(command_id="1", by="auditor"),
            EngineStatus(running=False, mode="paper", halted="asked to halt", open_trades=0, trades={}),
        ),
        (
            "gateway",
            "auditor",
            GetAuditStatus(command_id="1"),
            AuditStatus(ok=True, events=0, last_sequence=0, head="0" * 64, first_bad=None, problem=None),
        ),
    ],
)
async def test_who_asks_is_answered(
    secured: SecuredNats, asker: str, answerer: str, command: Command, answer: Accounts
) -> None:
    router = CommandRouter(answerer)

    async def use_case(_: Command) -> Accounts:
        return answer

    router.answers(type(command))(use_case)
    async with running(secured, answerer, router), connected(secured, asker) as bus:
        assert await bus.request(command, type(answer), timeout=5) == answer


async def test_a_wrong_password_is_one_line_without_it(secured: SecuredNats) -> None:
    url = secured.url("scanner").replace("p-scanner", "p-wrong")

    with pytest.raises(StartupError, match="cannot be used") as refused:
        await Bus.connect(url, "scanner", structlog.stdlib.get_logger(), limit=1.0)

    assert refused.value.exit_code == EXIT_NO_BUS
    assert "p-wrong" not in str(refused.value)


@asynccontextmanager
async def running(server: SecuredNats, user: str, router: CommandRouter) -> AsyncIterator[None]:
    """The runtime of a service as `user`, with the given handlers."""
    stop, up = asyncio.Event(), asyncio.Event()

    async def build(_: Context[ServiceSettings]) -> Service:
        return Service(routers=(router,))

    marks = TemporaryDirectory()
    settings = ServiceSettings(NATS_URL=server.url(user), ARB_CONNECT_SECONDS=5, ARB_STATE_DIR=Path(marks.name))
    log = structlog.stdlib.get_logger(user)
    serving = asyncio.create_task(serve(user, settings, build, log, stop=stop, up=up))
    try:
        await asyncio.wait({serving, asyncio.create_task(up.wait())}, return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        stop.set()
        await serving
        marks.cleanup()


async def _until_acknowledged(bus: Bus, sequence: int) -> None:
    async with asyncio.timeout(5):
        while True:
            info = await bus.js.consumer_info(EXECUTOR_OPPORTUNITIES.stream, EXECUTOR_OPPORTUNITIES.durable)
            if info.ack_floor is not None and info.ack_floor.stream_seq == sequence:
                return
            await asyncio.sleep(0.05)


async def _consumers(server: SecuredNats) -> set[str]:
    async with connected(server, "operator") as bus:
        try:
            return {info.name for info in await bus.js.consumers_info("EVENTS")}
        except (nats.errors.Error, TimeoutError) as error:
            pytest.fail(f"the operator cannot list consumers: {error}")


async def _dead_letters(server: SecuredNats, directory: Path) -> list[dict[str, Any]]:
    """What the operator is shown."""
    outcome = await arb("audit", "deadletter", "--json", directory=directory, NATS_URL=server.url("operator"))
    letters: list[dict[str, Any]] = outcome.json["deadletters"]
    return letters
