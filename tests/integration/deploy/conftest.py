"""The secured bus, provisioned by its own user."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from support.secured_nats import SecuredNats, running_secured_nats

from arb.runtime.bus import Bus


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[SecuredNats]:
    """A server with deploy/nats.conf and the platform's streams."""
    log = structlog.stdlib.get_logger()
    async with running_secured_nats(tmp_path) as server:
        async with await Bus.connect(server.url("provision"), "provision", log) as bus:
            await bus.provision()
        yield server
