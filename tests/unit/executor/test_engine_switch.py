"""The switch of the engine: who starts it, what halts it, and that only a person's word ends a halt."""

from collections.abc import Callable

import pytest
from support.facts import NOON, started

from arb.eventlog import EMPTY, MemoryEventStore, MemoryStream
from arb.eventlog.errors import StoreFullError
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.trade_book import TradeBook
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events.engine import EngineHalted, EngineResumed, EngineStarted, EngineStopped, Mode
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal


async def switch_over(
    stream: MemoryStream, distrust: Callable[[], str | None] = lambda: None, mode: Mode = "live"
) -> EngineSwitch:
    store, clock = MemoryEventStore("/arb/executor", stream), SystemClock()
    switch = EngineSwitch(store, clock, TradeBook(store, clock), mode, distrust=distrust)
    await switch.load()
    return switch


async def recorded(stream: MemoryStream) -> list[Fact]:
    return [event.fact for event in await MemoryEventStore("/test", stream).load(subjects.ENGINE)]


async def test_a_halt_outlives_restarts_and_start_until_a_person_resumes() -> None:
    # Given an engine that ran and was halted
    stream = MemoryStream()
    first = await switch_over(stream)
    await first.start("me")
    await first.halt("the disk is full")
    await first.halt("and something else")
    assert (first.engine.running, first.status().halted) == (False, "the disk is full")
    # When another executor starts from the record, then it is halted too and cannot be started
    second = await switch_over(stream)
    assert await second.health() == "halted: the disk is full"
    with pytest.raises(Refusal, match="a person has to resume") as refused:
        await second.start("me")
    assert refused.value.code == "halted"
    # When a person resumes, then it trades again as it did
    status = await second.resume("me")
    assert (status.running, status.halted, await second.health()) == (True, None, None)
    assert await recorded(stream) == [
        EngineStarted(mode="live", by="me"),
        EngineHalted(by="executor", reason="the disk is full"),
        EngineResumed(by="me", running=True),
    ]
    # And resuming what is not halted changes nothing
    await second.resume("me")
    assert len(await recorded(stream)) == 3


async def test_an_engine_that_did_not_run_is_halted_too_and_does_not_run_when_resumed() -> None:
    stream = MemoryStream()
    switch = await switch_over(stream)
    await switch.halt("no", by="me")
    status = await switch.resume("me")
    assert (status.running, await recorded(stream)) == (
        False,
        [EngineHalted(by="me", reason="no"), EngineResumed(by="me", running=False)],
    )


async def test_who_stops_a_halted_engine_finds_it_stopped_after_the_halt() -> None:
    stream = MemoryStream()
    switch = await switch_over(stream)
    await switch.start("me")
    await switch.halt("a reason")
    await switch.stop("me", "enough")
    assert (await switch.resume("me")).running is False
    assert (await recorded(stream))[2:] == [
        EngineStopped(by="me", reason="enough"),
        EngineResumed(by="me", running=False),
    ]


async def test_a_halt_that_cannot_be_stored_holds_and_is_stored_later() -> None:
    """Given a full store, when the engine is halted, then it stands still, and the event follows once there is room."""
    stream = MemoryStream()
    switch = await switch_over(stream)
    await switch.start("me")
    stream.max_bytes = 1

    await switch.halt("full")
    await switch.halt("still full")
    with pytest.raises(Refusal) as told:
        await switch.halt_on_request("now", by="me")
    assert (told.value.code, told.value.retryable) == ("halt_not_recorded", True)
    with pytest.raises(StoreFullError):
        await switch.resume("me")

    assert (switch.engine.running, await recorded(stream)) == (False, [EngineStarted(mode="live", by="me")])
    stream.max_bytes = 0
    await switch.record_owed()
    assert (await recorded(stream))[1:] == [EngineHalted(by="executor", reason="full")]
    assert (await switch.resume("me")).running is True


async def test_another_executors_halt_is_taken_over_from_the_record() -> None:
    """Given two executors on one record, when one halts, then the other cannot start past it."""
    stream = MemoryStream()
    first, second = await switch_over(stream), await switch_over(stream)
    await first.start("me")
    await second.load()
    await first.halt("lost too much")
    await second.halt("lost too much as well")
    assert first.status().halted == second.status().halted == "lost too much"
    assert len([fact for fact in await recorded(stream) if isinstance(fact, EngineHalted)]) == 1
    with pytest.raises(Refusal):
        await (await switch_over(stream)).start("me")


async def test_a_record_that_is_not_trusted_is_not_traded_on() -> None:
    stream = MemoryStream()
    await MemoryEventStore("/arb/executor", stream).append(subjects.ENGINE, started("me"), expected=EMPTY, time=NOON)
    switch = await switch_over(stream, lambda: "the record went backwards")
    await switch.halt("the record went backwards")

    for asked in (switch.start, switch.resume):
        with pytest.raises(Refusal, match="stays halted: the record went backwards") as refused:
            await asked("me")
        assert refused.value.code == "record_not_trusted"

    assert isinstance((await recorded(stream))[-1], EngineHalted)


async def test_an_engine_that_was_started_live_signs_nothing_once_the_settings_say_paper() -> None:
    stream = MemoryStream()
    await (await switch_over(stream)).start("me")
    assert (await switch_over(stream)).mode == "live"
    restarted = await switch_over(stream, mode="paper")
    assert (restarted.engine.running, restarted.mode, restarted.status().mode) == (True, "paper", "paper")
