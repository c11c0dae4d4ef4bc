"""The gateway as a process of its own beside a real bus, and services that answer it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from support.demo import client, free_port
from support.facts import NOON
from support.processes import ServiceProcess, running

from arb.eventlog import EMPTY
from arb.messages import subjects
from arb.messages.commands.executor import EngineStatus, StartEngine
from arb.messages.events.engine import EngineStarted
from arb.runtime.broker import make_broker
from arb.runtime.bus import Bus
from arb.runtime.commands import CommandRouter


@dataclass(frozen=True)
class Gateway:
    """Where a running gateway is reached."""

    url: str
    http_port: int
    service: ServiceProcess


@asynccontextmanager
async def running_gateway(directory: Path, nats_url: str, **settings: str) -> AsyncIterator[Gateway]:
    """A gateway that takes connections; `settings` are more of its variables."""
    ws_port, http_port = free_port(), free_port()
    environment = {
        "NATS_URL": nats_url,
        "ARB_WS_PORT": str(ws_port),
        "ARB_HTTP_PORT": str(http_port),
        "ARB_STATE_DIR": str(directory),
        **settings,
    }
    async with running("-m", "arb.gateway", directory=directory, environment=environment) as service:
        url = f"ws://127.0.0.1:{ws_port}"
        async with client(url, within=20):
            pass
        yield Gateway(url, http_port, service)


@asynccontextmanager
async def executor_answering(bus: Bus, nats_url: str) -> AsyncIterator[None]:
    """Who answers `start_engine` as the executor does: the start is an event before it is a reply."""
    router = CommandRouter("executor")

    @router.answers(StartEngine)
    async def start(command: StartEngine) -> EngineStatus:
        last = await bus.store.last(subjects.ENGINE)
        fact = EngineStarted(mode="live", by=command.by)
        await bus.store.append(subjects.ENGINE, fact, expected=last.head if last else EMPTY, time=NOON)
        return EngineStatus(running=True, mode="live", open_trades=0, trades={})

    broker = make_broker(nats_url, "executor", structlog.stdlib.get_logger())
    broker.include_router(router)
    async with broker:
        await broker.start()
        yield
