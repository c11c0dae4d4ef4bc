"""The event record of a run, whether its bus still runs or not."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic

import structlog

from arb.cli.launcher.ports import LOOPBACK
from arb.cli.launcher.state import StateBusyError, StateDir
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

CONNECT_SECONDS = 3.0
BUSY_SECONDS = 10.0
"""How long to wait for a run whose bus is just being started (again)."""


@asynccontextmanager
async def open_bus(state: StateDir | None, nats_url: str | None) -> AsyncIterator[Bus]:
    """A connection to `nats_url`, or to the bus of `state`: the one that runs there, or one started for the while.

    Raises StartupError when there is no server to be had, StateBusyError when a run holds the directory but its bus
    does not come up.
    """
    log = structlog.stdlib.get_logger()
    async with AsyncExitStack() as resources:
        if nats_url is None:
            assert state is not None
            nats_url = await _server_of(state, resources)
        bus = await Bus.connect(nats_url, "cli", log, limit=CONNECT_SECONDS)
        yield await resources.enter_async_context(bus)


async def _server_of(state: StateDir, resources: AsyncExitStack) -> str:
    """URL of the server on this directory. Only who holds the directory's lock may start one."""
    deadline = monotonic() + BUSY_SECONDS
    while (running := running_url(state.nats)) is None:
        try:
            resources.enter_context(state.locked())
        except StateBusyError:
            if monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            server = EmbeddedNats(state.nats)
            resources.push_async_callback(server.stop)
            return await server.start()
    return running


def running_url(directory: Path) -> str | None:
    """URL of the server that runs on this directory, or None."""
    try:
        pid = int((directory / "nats-server.pid").read_text())
        os.kill(pid, 0)
        ports = json.loads((directory / f"nats-server_{pid}.ports").read_text())
        port = int(ports["nats"][0].rsplit(":", 1)[1])
        # A process of that number need not be ours: only NATS greets like this.
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as probe:
            greeting = probe.recv(5)
    except (OSError, ValueError, KeyError, IndexError):
        return None
    return f"nats://{LOOPBACK}:{port}" if greeting == b"INFO " else None
