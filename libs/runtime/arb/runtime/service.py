"""One shape for every service: settings, log, bus, handlers, background tasks, health, and an orderly end."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, TypeVar

import uvloop
from faststream import FastStream
from faststream.nats import NatsBroker, NatsRouter
from structlog.stdlib import BoundLogger

from arb.runtime.broker import make_broker
from arb.runtime.bus import Bus
from arb.runtime.clock import Clock, ShiftedClock, SystemClock
from arb.runtime.errors import EXIT_CRASHED, StartupError
from arb.runtime.failpoints import arm
from arb.runtime.health import Check, HealthServer
from arb.runtime.logging import configure
from arb.runtime.priority import give_way
from arb.runtime.record_watch import RecordWatch
from arb.runtime.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)

STOP_SECONDS = 1.8
"""How long everything together may take to end once the service was told to stop."""
TASK_SECONDS = 0.6
"""How long background tasks may take of it."""
HANDLER_SECONDS = 0.8
"""How long handlers that are at work may take of it."""


@dataclass(frozen=True)
class Context(Generic[S]):
    """What `build` gets. Resources entered into `resources` are closed, last first, after handlers and tasks ended."""

    name: str
    settings: S
    log: BoundLogger
    clock: Clock
    bus: Bus
    history: RecordWatch
    """Whether the record still holds what this service saw of it, in an earlier life or this one."""
    broker: NatsBroker
    resources: AsyncExitStack


@dataclass(frozen=True)
class Service:
    """What `build` returns.

    `tasks` run until the service stops; one that raises stops the service with exit code 1. `checks` are the named
    health checks beside the bus's own.
    """

    routers: Sequence[NatsRouter] = ()
    tasks: Mapping[str, Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)


Build = Callable[[Context[S]], Awaitable[Service]]


def run_service(name: str, settings_type: type[S], build: Build[S], *, background: bool = False) -> NoReturn:
    """Run a service until SIGTERM, SIGINT or a crash; ends the process. `background`: it gives way to others.

    Exit codes: 0 stopped in order, 1 crashed, 2 wrong settings, 3 NATS cannot be reached, 4 a port is taken. Each
    but 0 comes with one line that says why.
    """
    settings = settings_type.load()
    if background:
        give_way()
    log = configure(name, settings.log_level, settings.log_format, secrets=settings.secrets)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_run(name, settings, build, log))
    sys.exit(code)


async def _run(name: str, settings: S, build: Build[S], log: BoundLogger) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    up = asyncio.Event()
    serving = asyncio.create_task(serve(name, settings, build, log, stop=stop, up=up))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        if up.is_set():
            await asyncio.wait((serving,), timeout=STOP_SECONDS)
        serving.cancel()  # still starting up, or hanging at the end; no effect when it is done
        await serving
    except asyncio.CancelledError:
        pass
    except StartupError as error:
        log.error("cannot_start", reason=str(error))
        return error.exit_code
    except Exception as error:
        log.error("crashed", reason=f"{type(error).__name__}: {error}", exc_info=_wants_trace(settings))
        return EXIT_CRASHED
    finally:
        stopping.cancel()
    return 0


async def serve(
    name: str, settings: S, build: Build[S], log: BoundLogger, *, stop: asyncio.Event, up: asyncio.Event
) -> None:
    """Start everything, set `up`, run until `stop` is set or a task crashes (its error is raised), end everything."""
    async with AsyncExitStack() as resources:
        limit = settings.connect_seconds
        arm(name, settings.failpoints, settings.state_dir)
        clock = ShiftedClock(settings.clock_offset) if settings.clock_offset else SystemClock()
        bus = await resources.enter_async_context(await Bus.connect(settings.nats_url, name, log, limit=limit))
        await bus.wait_provisioned(name, log, limit=limit)
        history = RecordWatch(bus, name, settings.state_dir, log)
        await history.open()
        broker = make_broker(settings.nats_url, name, log)
        service = await build(Context(name, settings, log, clock, bus, history, broker, resources))
        broker.include_routers(*service.routers)
        if settings.health_port:
            health = HealthServer(name, {"bus": bus.check, "history": history.check, **service.checks})
            await health.start(settings.health_host, settings.health_port)
            resources.push_async_callback(health.stop)
        app = FastStream(broker, logger=None)
        resources.push_async_callback(_stop_handlers, app, log)
        await app.start()
        # What is there by now stays for good: looking through it again and again would stop the service for long.
        gc.collect()
        gc.freeze()
        up.set()
        log.info("started", pid=os.getpid())
        await _supervise({"history": history.follow, **service.tasks}, stop)
        log.info("stopping")


async def _stop_handlers(app: FastStream, log: BoundLogger) -> None:
    """Let handlers finish. A bus that is gone by then is no reason to call the end a crash."""
    try:
        async with asyncio.timeout(HANDLER_SECONDS):
            await app.stop()
    except Exception as error:  # noqa: BLE001  (the drivers' own errors are not named here)
        log.warning("handlers_not_drained", reason=str(error) or type(error).__name__)


async def _supervise(tasks: Mapping[str, Callable[[], Coroutine[Any, Any, None]]], stop: asyncio.Event) -> None:
    """Run `tasks` until `stop` is set, then cancel them. The first one that raises ends all; its error is raised."""
    running = {asyncio.create_task(task(), name=name) for name, task in tasks.items()}
    stopped = asyncio.create_task(stop.wait())
    pending: set[asyncio.Task[Any]] = {*running, stopped}
    try:
        while stopped in pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in (*running, stopped):
            task.cancel()
        await asyncio.wait((*running, stopped), timeout=TASK_SECONDS)


def _wants_trace(settings: ServiceSettings) -> bool:
    """A trace helps who debugs and only frightens who operates."""
    return settings.log_level == "DEBUG"
