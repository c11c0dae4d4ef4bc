"""The switch of the engine: who starts it, what stops it, and that a halt holds whatever the store says."""

from collections.abc import Callable

import pytest
from support.facts import NOON, started

from arb.eventlog import EMPTY, MemoryEventStore, MemoryStream
from arb.eventlog.errors import StoreFullError
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.trade_book import TradeBook
from arb.messages import subjects
from arb.messages.events.engine import EngineStopped
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal


async def switch_over(stream: MemoryStream, distrust: Callable[[], str | None] = lambda: None) -> EngineSwitch:
    store, clock = MemoryEventStore("/arb/executor", stream), SystemClock()
    switch = EngineSwitch(store, clock, TradeBook(store, clock), "live", distrust=distrust)
    await switch.load()
    return switch


async def last_event(stream: MemoryStream) -> str:
    last = await MemoryEventStore("/test", stream).last(subjects.ENGINE)
    assert last is not None
    return last.event.type


async def test_a_halt_is_recorded_and_a_person_starts_again() -> None:
    stream = MemoryStream()
    switch = await switch_over(stream)
    await switch.start("me")

    await switch.halt("the disk is full")

    assert (switch.engine.running, switch.status().halted) == (False, "the disk is full")
    assert await switch.health() == "halted: the disk is full"
    last = await MemoryEventStore("/test", stream).last(subjects.ENGINE)
    assert last is not None
    assert last.fact == EngineStopped(by="executor", reason="the disk is full")
    again = await switch.start("me")
    assert (again.running, again.halted, await switch.health()) == (True, None, None)


async def test_a_halt_that_cannot_be_stored_holds_and_is_stored_later() -> None:
    """Given a full store, when the engine is halted, then it stands still, and the event follows once there is room."""
    stream = MemoryStream()
    switch = await switch_over(stream)
    await switch.start("me")
    stream.max_bytes = 1

    await switch.halt("full")
    await switch.halt("still full")
    with pytest.raises(StoreFullError):
        await switch.start("me")

    assert (switch.engine.running, await last_event(stream)) == (False, "arb.engine.started.v1")
    stream.max_bytes = 0
    await switch.start("me")
    assert [message.raw.split(b'"type":"')[1].split(b'"')[0] for message in stream.messages] == [
        b"arb.engine.started.v1",
        b"arb.engine.stopped.v1",
        b"arb.engine.started.v1",
    ]


async def test_a_record_that_is_not_trusted_is_not_traded_on() -> None:
    stream = MemoryStream()
    await MemoryEventStore("/arb/executor", stream).append(subjects.ENGINE, started("me"), expected=EMPTY, time=NOON)
    switch = await switch_over(stream, lambda: "the record went backwards")
    await switch.halt("the record went backwards")

    with pytest.raises(Refusal, match="stays halted: the record went backwards") as refused:
        await switch.start("me")

    assert refused.value.code == "record_not_trusted"
    assert await last_event(stream) == "arb.engine.stopped.v1"
