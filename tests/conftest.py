"""Fixtures every test may use."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from support.localnet import Localnet, running_localnet
from support.nats import connected_bus, running_nats

from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

# How long an example takes says nothing on a machine that others use too.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what is short fills the gaps between two workers, what is long would leave one idle."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


@pytest.fixture
async def nats_server(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    """A real nats-server with the platform's streams, for one test."""
    async with running_nats(tmp_path) as server:
        yield server


@pytest.fixture
async def bus(nats_server: EmbeddedNats) -> AsyncIterator[Bus]:
    """A connection to `nats_server`."""
    async with connected_bus(nats_server.url) as connected:
        yield connected


@pytest.fixture
def localnet() -> Iterator[Callable[..., Localnet]]:
    """Starts local networks: `localnet(ledger_seconds=0.25, traffic="on", seed=7)`. All are stopped after the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(running_localnet(**options))
