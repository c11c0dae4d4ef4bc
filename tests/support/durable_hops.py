"""The floor under every latency over the bus: two events stored one after the other, the second because of the first.

Raw nats-py on a server of the caller's: whatever its sync setting, both writes are under it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import nats
from nats.aio.client import Client
from nats.errors import TimeoutError as NothingYetError
from nats.js.api import StorageType, StreamConfig

_STREAM: Final = "FLOOR"
_FIRST, _SECOND = "floor.first", "floor.second"
_PAYLOAD: Final = bytes(1_000)
"""About what an event of a trade weighs."""


class DurableHops:
    """Two clients on one stream: the asker's event, and the answerer's once it was handed the first one."""

    def __init__(self, asker: Client, answerer: Client) -> None:
        self._asker, self._answerer = asker.jetstream(), answerer.jetstream()
        self._stored = asyncio.Event()

    async def answer(self) -> None:
        """Answers every first event with a second one, without end."""
        consumer = await self._answerer.pull_subscribe(_FIRST, durable="floor", stream=_STREAM)
        while True:
            try:
                (message,) = await consumer.fetch(1, timeout=5)
            except NothingYetError:
                continue
            await self._answerer.publish(_SECOND, _PAYLOAD, stream=_STREAM)
            self._stored.set()
            await message.ack()

    async def milliseconds(self) -> float:
        """From before the first event is sent until the second is acknowledged as stored."""
        self._stored.clear()
        begun = time.perf_counter()
        await self._asker.publish(_FIRST, _PAYLOAD, stream=_STREAM)
        await self._stored.wait()
        return 1_000 * (time.perf_counter() - begun)


@asynccontextmanager
async def durable_hops(nats_url: str) -> AsyncIterator[DurableHops]:
    """Clients on a stream of their own, on disk."""
    asker, answerer = await nats.connect(nats_url), await nats.connect(nats_url)
    hops = DurableHops(asker, answerer)
    answering: asyncio.Task[None] | None = None
    try:
        await asker.jetstream().add_stream(
            StreamConfig(name=_STREAM, subjects=[_FIRST, _SECOND], storage=StorageType.FILE)
        )
        answering = asyncio.create_task(hops.answer())
        yield hops
    finally:
        if answering is not None:
            answering.cancel()
            await asyncio.wait({answering})
        await asker.close()
        await answerer.close()
