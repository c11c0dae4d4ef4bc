"""The embedded server: free ports, its own directory, and no second server on one store."""

from pathlib import Path

import pytest
from support.facts import NOON, started
from support.nats import connected_bus

from arb.eventlog import EMPTY
from arb.messages import subjects
from arb.runtime.errors import StartupError
from arb.runtime.nats_server import EmbeddedNats


async def test_two_servers_run_side_by_side(tmp_path: Path) -> None:
    one, other = EmbeddedNats(tmp_path / "one"), EmbeddedNats(tmp_path / "other")
    try:
        assert await one.start() != await other.start()
        assert one.pid != other.pid
    finally:
        await one.kill()
        await other.kill()


async def test_a_restart_keeps_port_and_events(tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path)
    url = await server.start()
    try:
        async with connected_bus(url) as bus:
            await bus.provision()
            written = await bus.store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
        assert await server.restart() == url
        async with connected_bus(url) as bus:
            assert [r.raw for r in await bus.store.load(subjects.ENGINE)] == [written.raw]
    finally:
        await server.kill()


async def test_a_second_server_on_the_same_store_is_refused(tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path)
    await server.start()
    try:
        with pytest.raises(StartupError, match=rf"another nats-server \(process {server.pid}\) already runs on"):
            await EmbeddedNats(tmp_path).start()
    finally:
        await server.stop()
    again = EmbeddedNats(tmp_path)
    await again.start()
    await again.kill()


async def test_a_taken_port_is_reported_in_the_servers_own_words(tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path / "one")
    await server.start()
    try:
        with pytest.raises(StartupError, match="address already in use"):
            await EmbeddedNats(tmp_path / "other", port=int(server.url.rsplit(":", 1)[1])).start()
    finally:
        await server.kill()


async def test_every_write_is_synced(tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path)
    await server.start()
    await server.kill()

    assert "sync_interval: always" in (tmp_path / "nats-server.conf").read_text()
