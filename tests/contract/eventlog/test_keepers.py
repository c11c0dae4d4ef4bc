"""Two keepers of the same aggregates, over any log: each has what both wrote, and the later knows the earlier."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from support.facts import NOON, started
from support.logs import Log

from arb.eventlog import Keeper
from arb.messages.base import Fact
from arb.messages.events.engine import EngineStarted
from arb.messages.subjects import Aggregate, every

Names = tuple[str, ...]
ONE, TWO, BOTH = (Aggregate("engine", name) for name in ("one", "two", "both"))


@dataclass
class OncePerName:
    """The state is who started the engine, in order; who is there already is no news."""

    initial_state: Names = ()

    def decide(self, state: Names, name: str, /) -> list[Fact]:
        return [] if name in state else [started(name)]

    def evolve(self, state: Names, fact: Fact, /) -> Names:
        assert isinstance(fact, EngineStarted)
        return (*state, fact.by)


@asynccontextmanager
async def following_keepers(log: Log) -> AsyncIterator[list[Keeper[str, Names]]]:
    keepers = [Keeper[str, Names](await log.writer(), lambda: NOON, OncePerName(), every("engine")) for _ in range(2)]
    tasks = [asyncio.create_task(keeper.follow()) for keeper in keepers]
    try:
        # Each follows once it has seen the other's word
        for keeper, own in zip(keepers, (ONE, TWO), strict=True):
            await keeper.decide(own, "here")
        async with asyncio.timeout(10):
            while any(len(keeper.kept) < 2 or not keeper.settled for keeper in keepers):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield keepers
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_both_end_with_what_both_wrote_each_name_once(log: Log) -> None:
    async with following_keepers(log) as (one, two):
        # Given both are asked for the same things at once
        written = await asyncio.gather(*(keeper.decide(BOTH, f"{n}") for n in range(10) for keeper in (one, two)))

        async with asyncio.timeout(10):
            while one.kept != two.kept or not (one.settled and two.settled):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

        assert sorted(one.get(BOTH).state, key=int) == [f"{n}" for n in range(10)]
        assert one.place == two.place
        # Then of each it was recorded once. A fact says nothing of who wrote it: two at once may both call it theirs
        assert sum(len(facts) for facts in written) >= 10


async def test_of_two_who_announce_themselves_and_then_look_one_sees_the_other(log: Log) -> None:
    async with following_keepers(log) as (one, two):

        async def saw(keeper: Keeper[str, Names], own: Aggregate, other: Aggregate, name: str) -> bool:
            await keeper.decide(own, name)
            await keeper.abreast()
            return name in keeper.get(other).state

        for number in range(10):
            name = f"round {number}"
            seen = await asyncio.gather(saw(one, ONE, TWO, name), saw(two, TWO, ONE, name))
            assert any(seen)


async def test_a_later_life_loads_what_both_wrote(log: Log) -> None:
    async with following_keepers(log) as (one, two):
        for number in range(5):
            await (one, two)[number % 2].decide(BOTH, f"{number}")
        later = Keeper[str, Names](await log.writer(), lambda: NOON, OncePerName(), every("engine"))

        await later.load()

        assert later.get(BOTH).state == ("0", "1", "2", "3", "4")
        assert set(later.kept) == {ONE, TWO, BOTH}
