"""The implementations of EventStore that must behave alike."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from support.logs import JetStreamLog, Log, MemoryLog
from support.nats import running_nats


@pytest.fixture(params=["memory", "jetstream"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    """The log under test, empty."""
    if request.param == "memory":
        yield MemoryLog()
        return
    async with running_nats(tmp_path) as server, AsyncExitStack() as resources:
        yield JetStreamLog(server, resources)
