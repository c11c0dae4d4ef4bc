"""A keeper has aggregates in memory, in step with the log, whoever writes and whatever answer is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from support.facts import NOON, started

from arb.eventlog import EMPTY, Head, Keeper, MemoryEventStore, MemoryStream, Recorded
from arb.eventlog.errors import ChainBrokenError, StoreUnavailableError, WrongVersionError
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events.engine import EngineStarted
from arb.messages.subjects import Aggregate

Names = tuple[str, ...]
A, B = Aggregate("engine", "a"), Aggregate("engine", "b")


@dataclass
class OncePerName:
    """The state is who started the engine, in order. A command is a name; one that is there already is no news."""

    initial_state: Names = ()
    decided: list[Names] = field(default_factory=list)

    def decide(self, state: Names, name: str, /) -> list[Fact]:
        self.decided.append(state)
        return [] if name in state else [started(name)]

    def evolve(self, state: Names, fact: Fact, /) -> Names:
        assert isinstance(fact, EngineStarted)
        return (*state, fact.by)


class Faltering(MemoryEventStore):
    """Says once that it did not answer, when told to: before it has written, or after."""

    falter: str = ""
    loads = 0

    async def append(
        self,
        aggregate: Aggregate,
        fact: Fact,
        *,
        expected: Head,
        time: datetime,
        causation: str | None = None,
        correlation: str | None = None,
    ) -> Recorded:
        moment, self.falter = self.falter, ""
        if moment == "before":
            raise StoreUnavailableError("no connection")
        recorded = await super().append(
            aggregate, fact, expected=expected, time=time, causation=causation, correlation=correlation
        )
        if moment == "after":
            raise StoreUnavailableError("no acknowledgement")
        return recorded

    async def load(self, aggregate: Aggregate) -> list[Recorded]:
        self.loads += 1
        return await super().load(aggregate)


@dataclass
class Desk:
    """A keeper over a log that others share, and what it told of."""

    store: Faltering
    decider: OncePerName
    keeper: Keeper[str, Names]
    told: list[tuple[int, Names]]


def desk(stream: MemoryStream) -> Desk:
    store, decider, told = Faltering("/x", stream), OncePerName(), list[tuple[int, Names]]()

    def folded(recorded: Recorded, before: Names, after: Names) -> None:
        assert after[:-1] == before
        told.append((recorded.sequence, after))

    return Desk(store, decider, Keeper(store, lambda: NOON, decider, subjects.every("engine"), folded=folded), told)


@asynccontextmanager
async def following(*desks: Desk) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.keeper.follow()) for each in desks]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_what_is_decided_moves_state_and_head_without_reading_again() -> None:
    one = desk(MemoryStream())
    assert (one.keeper.get(A).state, one.keeper.get(A).head) == ((), EMPTY)

    facts = [await one.keeper.decide(A, name) for name in ("a", "b", "a")]

    last = await one.store.last(A)
    assert last is not None
    assert (facts, one.keeper.get(A).state, one.keeper.get(A).head) == (
        [[started("a")], [started("b")], []],
        ("a", "b"),
        last.head,
    )
    assert (one.store.loads, one.told) == (0, [(1, ("a",)), (2, ("a", "b"))])


async def test_another_life_finds_the_same_and_loads_only_what_is_new() -> None:
    one, other = desk(stream := MemoryStream()), desk(stream)
    await one.keeper.decide(A, "a")
    await one.keeper.decide(B, "b")
    await other.keeper.load()
    await one.keeper.decide(A, "c")

    await other.keeper.load()

    assert other.keeper.kept == one.keeper.kept
    assert (other.keeper.position, other.told) == (3, [(1, ("a",)), (2, ("b",)), (3, ("a", "c"))])


async def test_after_a_rivals_write_it_is_decided_again_on_what_the_rival_wrote() -> None:
    one, rival = desk(stream := MemoryStream()), desk(stream)
    await one.keeper.decide(A, "a")
    await rival.keeper.load()
    await rival.keeper.decide(A, "rival")
    await rival.keeper.decide(A, "wanted")

    assert await one.keeper.decide(A, "wanted") == []

    assert (one.keeper.get(A).state, one.decider.decided[-1]) == (("a", "rival", "wanted"), ("a", "rival", "wanted"))


async def test_what_must_not_be_decided_again_is_refused_and_what_the_rival_wrote_is_known() -> None:
    one, rival = desk(stream := MemoryStream()), desk(stream)
    await rival.keeper.decide(A, "rival")

    with pytest.raises(WrongVersionError):
        await one.keeper.decide(A, "wanted", attempts=1)

    assert one.keeper.get(A).state == ("rival",)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_lost_answer_changes_nothing_until_the_log_was_asked(moment: str) -> None:
    one = desk(stream := MemoryStream())
    await one.keeper.decide(A, "a")
    one.store.falter = moment
    with pytest.raises(StoreUnavailableError):
        await one.keeper.decide(A, "b")
    assert one.keeper.get(A).state == ("a",)

    await one.keeper.decide(A, "b")
    await one.keeper.decide(A, "c")

    assert (one.keeper.get(A).state, len(stream.messages), one.store.loads) == (("a", "b", "c"), 3, 1)


async def test_a_call_that_was_cut_short_is_repeated_as_it_was_and_writes_each_fact_once() -> None:
    """Given two facts of which the first was written but not acknowledged, when the call is repeated as it was."""
    one = desk(stream := MemoryStream())
    facts = [started("a"), started("b")]
    one.store.falter = "after"
    with pytest.raises(StoreUnavailableError):
        await one.keeper.record(A, facts, expected=EMPTY)

    state = await one.keeper.record(A, facts, expected=EMPTY)

    assert (state, len(stream.messages)) == (("a", "b"), 2)
    with pytest.raises(WrongVersionError):
        await one.keeper.record(A, [started("c")], expected=EMPTY)


async def test_what_others_write_is_folded_in_once_and_in_order_beside_own_writes() -> None:
    one, other = desk(stream := MemoryStream()), desk(stream)
    async with following(one, other):
        await asyncio.gather(
            *(each.keeper.decide(aggregate, f"{name}{number}")
              for number in range(20) for name, each in (("o", one), ("x", other)) for aggregate in (A, B))
        )  # fmt: skip
        await until(lambda: one.keeper.position == other.keeper.position == len(stream.messages))

    assert one.keeper.kept == other.keeper.kept
    assert len(one.keeper.get(A).state) == 40
    for each in (one, other):
        assert sorted(sequence for sequence, _ in each.told) == list(range(1, 81))


async def test_the_later_of_two_who_announce_themselves_and_then_look_sees_the_earlier() -> None:
    """Given two that follow the log, when both write at once and wait, then one has seen the other, always."""
    for _ in range(20):
        one, other = desk(stream := MemoryStream()), desk(stream)

        async def announce(self: Desk, own: Aggregate, others: Aggregate) -> bool:
            await self.keeper.decide(own, "me")
            await self.keeper.abreast()
            assert self.keeper.position >= self.keeper.newest
            return bool(self.keeper.get(others).state)

        async with following(one, other):
            saw: list[Awaitable[bool]] = [announce(one, A, B), announce(other, B, A)]
            assert any(await asyncio.gather(*saw))


async def test_nobody_waits_for_what_is_not_followed() -> None:
    one = desk(MemoryStream())
    await one.keeper.decide(A, "a")
    async with asyncio.timeout(1):
        await one.keeper.abreast()


async def test_a_forgotten_aggregate_is_read_again_when_it_is_written_or_moves_on_and_told_of_once() -> None:
    one, other = desk(stream := MemoryStream()), desk(stream)
    await one.keeper.decide(A, "a")
    one.keeper.forget(A)
    assert one.keeper.get(A).state == ("a",), "an end that the log was not read past is not forgotten"
    await one.keeper.load()
    one.keeper.forget(A)
    assert one.keeper.get(A).head == EMPTY

    await one.keeper.decide(A, "b")
    assert one.keeper.get(A).state == ("a", "b")

    await one.keeper.load()
    one.keeper.forget(A)
    await other.keeper.decide(A, "c")
    await one.keeper.load()
    assert one.keeper.get(A).state == ("a", "b", "c")
    assert [sequence for sequence, _ in one.told] == [1, 2, 3]


async def test_a_record_that_was_altered_is_not_folded() -> None:
    one = desk(stream := MemoryStream())
    for name in ("a", "b", "c"):
        await one.keeper.decide(A, name)
    stream.messages[1] = stream.messages[1]._replace(raw=stream.messages[1].raw.replace(b'"b"', b'"x"'))

    with pytest.raises(ChainBrokenError, match="message 2"):
        await desk(stream).keeper.load()
