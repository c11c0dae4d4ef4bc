"""The event record of a run, whether its bus still runs or not."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from arb.cli.launcher.state import StateDir
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats


@asynccontextmanager
async def open_bus(state: StateDir | None, nats_url: str | None) -> AsyncIterator[Bus]:
    """A connection to `nats_url`, or to the bus of `state`: the one that runs there, or one started for the while.

    Raises StartupError when there is no server to be had.
    """
    log = structlog.stdlib.get_logger()
    if nats_url is None:
        assert state is not None
        nats_url = running_url(state.nats)
    if nats_url is not None:
        async with await Bus.connect(nats_url, "cli", log, limit=5.0) as bus:
            yield bus
        return
    assert state is not None
    server = EmbeddedNats(state.nats)
    try:
        async with await Bus.connect(await server.start(), "cli", log) as bus:
            yield bus
    finally:
        await server.stop()


def running_url(directory: Path) -> str | None:
    """URL of the server that runs on this directory, or None."""
    try:
        pid = int((directory / "nats-server.pid").read_text())
        alive = Path(f"/proc/{pid}/comm").read_text().strip() == "nats-server"
        ports = json.loads((directory / f"nats-server_{pid}.ports").read_text())
    except (OSError, ValueError):
        return None
    return f"nats://127.0.0.1:{ports['nats'][0].rsplit(':', 1)[1]}" if alive else None
