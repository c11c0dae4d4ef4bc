"""A gateway on a real bus."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.gateway import Gateway, running_gateway

from arb.runtime.nats_server import EmbeddedNats


@pytest.fixture
async def gateway(nats_server: EmbeddedNats, tmp_path: Path) -> AsyncIterator[Gateway]:
    """Started, with nobody behind the bus yet."""
    async with running_gateway(tmp_path, nats_server.url) as started:
        yield started
