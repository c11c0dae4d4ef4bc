"""A real nats-server for tests: started in a directory of its own, provisioned, stopped at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats


@asynccontextmanager
async def running_nats(directory: Path, *, provisioned: bool = True) -> AsyncIterator[EmbeddedNats]:
    """A server on a free port with its store in `directory`; with the platform's streams unless told otherwise."""
    server = EmbeddedNats(directory / "nats")
    await server.start()
    try:
        if provisioned:
            async with connected_bus(server.url, "provision") as bus:
                await bus.provision()
        yield server
    finally:
        await server.kill()


@asynccontextmanager
async def connected_bus(url: str, service: str = "test") -> AsyncIterator[Bus]:
    """A bus of its own connection."""
    async with await Bus.connect(url, service, structlog.stdlib.get_logger(service), limit=5.0) as bus:
        yield bus
