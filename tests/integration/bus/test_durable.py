"""Consuming a durable through FastStream: nothing is lost to an exception, a delay or a dead server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from faststream.nats import NatsMessage, NatsRouter
from support.facts import NOON
from support.plans import opportunity

from arb.eventlog import EMPTY
from arb.eventlog.record import Recorded, Stored
from arb.messages import subjects
from arb.messages.topology import EXECUTOR_OPPORTUNITIES
from arb.runtime.broker import durable, make_broker
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats


@pytest.fixture
async def handled(nats_server: EmbeddedNats) -> AsyncIterator[list[int]]:
    """Ledgers of the opportunities a handler saw. It acknowledges all but those of ledger 13 at first sight."""
    seen: list[int] = []
    router = NatsRouter()

    async def on_opportunity(message: NatsMessage) -> None:
        recorded = Recorded.read(Stored(0, message.raw_message.subject, message.body))
        ledger = recorded.event.data["ledger"]
        assert isinstance(ledger, int)
        seen.append(ledger)
        if ledger == 13 and seen.count(13) == 1:
            await message.nack(delay=0.2)
        else:
            await message.ack()

    router.subscriber(**durable(EXECUTOR_OPPORTUNITIES))(on_opportunity)
    broker = make_broker(nats_server.url, "executor", structlog.stdlib.get_logger())
    broker.include_router(router)
    await broker.start()
    yield seen
    await broker.stop()


async def find(bus: Bus, ledger: int) -> None:
    fact = opportunity(ledger)
    await bus.store.append(subjects.opportunity(fact.id), fact, expected=EMPTY, time=NOON)


async def until(seen: list[int], count: int) -> None:
    async with asyncio.timeout(10):
        while len(seen) < count:  # noqa: ASYNC110  (a poll is plainer than an event per count)
            await asyncio.sleep(0.01)


async def test_they_come_in_order_and_once(bus: Bus, handled: list[int]) -> None:
    for ledger in range(20, 30):
        await find(bus, ledger)

    await until(handled, 10)
    await asyncio.sleep(0.1)
    pending = await bus.js.consumer_info("EVENTS", EXECUTOR_OPPORTUNITIES.durable)

    assert handled == list(range(20, 30))
    assert (pending.num_pending, pending.num_ack_pending) == (0, 0)


async def test_one_that_is_put_off_comes_again(bus: Bus, handled: list[int]) -> None:
    await find(bus, 13)
    await find(bus, 14)

    await until(handled, 3)

    assert handled == [13, 14, 13]


async def test_a_killed_server_delays_but_loses_none(bus: Bus, handled: list[int], nats_server: EmbeddedNats) -> None:
    await find(bus, 20)
    await until(handled, 1)
    await nats_server.kill()
    await nats_server.start()

    await find(bus, 21)
    await until(handled, 2)

    assert handled == [20, 21]
