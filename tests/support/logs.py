"""The logs that the conformance suite of the event store runs on."""

from collections import defaultdict
from contextlib import AsyncExitStack
from typing import Protocol

from support.nats import connected_bus

from arb.eventlog import EventStore, MemoryEventStore, MemoryStream
from arb.eventlog.bucket import BucketCache
from arb.eventlog.snapshot import Cache, MemoryCache
from arb.runtime.nats_server import EmbeddedNats


class Log(Protocol):
    """One log that several writers share, and a way to write what no store would."""

    async def writer(self, source: str = "/arb/test") -> EventStore: ...
    async def forge(self, subject: str, raw: bytes) -> None: ...
    async def cache(self, service: str = "test") -> Cache: ...


class MemoryLog:
    """Writers in one process."""

    def __init__(self) -> None:
        self._stream = MemoryStream()
        self._values: dict[str, dict[str, bytes]] = defaultdict(dict)

    async def cache(self, service: str = "test") -> Cache:
        """That service's cache, opened anew."""
        return MemoryCache(self._values[service])

    async def writer(self, source: str = "/arb/test") -> EventStore:
        """Another writer of the same log."""
        return MemoryEventStore(source, self._stream)

    async def forge(self, subject: str, raw: bytes) -> None:
        """Write any bytes."""
        self._stream.store(subject, raw)


class JetStreamLog:
    """Writers on a real server, each with a connection of its own."""

    def __init__(self, server: EmbeddedNats, resources: AsyncExitStack) -> None:
        self._server = server
        self._resources = resources

    async def writer(self, source: str = "/arb/test") -> EventStore:
        """Another writer of the same log."""
        bus = await self._resources.enter_async_context(connected_bus(self._server.url))
        bus.store.source = source
        return bus.store

    async def cache(self, service: str = "test") -> Cache:
        """That service's cache, opened anew."""
        bus = await self._resources.enter_async_context(connected_bus(self._server.url))
        return BucketCache(bus._connection, service)

    async def forge(self, subject: str, raw: bytes) -> None:
        """Write any bytes."""
        async with connected_bus(self._server.url) as bus:
            await bus.js.publish(subject, raw)
