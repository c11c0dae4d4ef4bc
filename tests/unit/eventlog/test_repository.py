"""A repository keeps aggregates in memory and in step with the store."""

from datetime import datetime

import pytest
from support.facts import NOON, started

from arb.eventlog import EMPTY, Head, MemoryEventStore, MemoryStream, Recorded, Repository
from arb.eventlog.errors import StoreUnavailableError, WrongVersionError
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events.engine import EngineStarted
from arb.messages.subjects import Aggregate


class Names:
    """The state is who started the engine, in order."""

    initial_state: tuple[str, ...] = ()

    def evolve(self, state: tuple[str, ...], fact: Fact) -> tuple[str, ...]:
        assert isinstance(fact, EngineStarted)
        return (*state, fact.by)


class Faltering(MemoryEventStore):
    """Writes and then says it did not answer, once, when told to."""

    falter = False
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
        recorded = await super().append(
            aggregate, fact, expected=expected, time=time, causation=causation, correlation=correlation
        )
        if self.falter:
            self.falter = False
            raise StoreUnavailableError("no acknowledgement")
        return recorded

    async def load(self, aggregate: Aggregate) -> list[Recorded]:
        self.loads += 1
        return await super().load(aggregate)


@pytest.fixture
def stream() -> MemoryStream:
    return MemoryStream()


@pytest.fixture
def store(stream: MemoryStream) -> Faltering:
    return Faltering("/x", stream)


@pytest.fixture
def repository(store: Faltering) -> Repository[tuple[str, ...]]:
    return Repository(store, lambda: NOON, Names())


async def test_a_new_aggregate_is_at_its_initial_state(repository: Repository[tuple[str, ...]]) -> None:
    got = await repository.get(subjects.ENGINE)

    assert (got.state, got.head) == ((), EMPTY)


async def test_recording_moves_state_and_head_without_loading_again(
    repository: Repository[tuple[str, ...]], store: Faltering
) -> None:
    state = await repository.record(subjects.ENGINE, [started("a"), started("b")])
    after = await repository.get(subjects.ENGINE)
    last = await store.last(subjects.ENGINE)

    assert last is not None
    assert (state, after.state, after.head) == (("a", "b"), ("a", "b"), last.head)
    assert store.loads == 1


async def test_another_repository_finds_the_same_state(
    repository: Repository[tuple[str, ...]], stream: MemoryStream
) -> None:
    await repository.record(subjects.ENGINE, [started("a"), started("b")])

    other = Repository(MemoryEventStore("/y", stream), lambda: NOON, Names())

    assert await other.get(subjects.ENGINE) == await repository.get(subjects.ENGINE)


async def test_a_rivals_write_is_noticed_and_seen_at_the_next_get(
    repository: Repository[tuple[str, ...]], stream: MemoryStream
) -> None:
    await repository.record(subjects.ENGINE, [started("a")])
    rival = Repository(MemoryEventStore("/y", stream), lambda: NOON, Names())
    await rival.record(subjects.ENGINE, [started("rival")])

    with pytest.raises(WrongVersionError):
        await repository.record(subjects.ENGINE, [started("b")])

    assert (await repository.get(subjects.ENGINE)).state == ("a", "rival")


async def test_what_was_decided_on_an_older_state_is_not_written(repository: Repository[tuple[str, ...]]) -> None:
    seen = (await repository.get(subjects.ENGINE)).head
    await repository.record(subjects.ENGINE, [started("a")])

    with pytest.raises(WrongVersionError):
        await repository.record(subjects.ENGINE, [started("b")], expected=seen)

    assert (await repository.get(subjects.ENGINE)).state == ("a",)


async def test_repeating_a_call_that_was_cut_short_writes_each_fact_once(
    repository: Repository[tuple[str, ...]], store: Faltering
) -> None:
    """Given two facts of which the first was written but not acknowledged, when the call is repeated as it was."""
    head = (await repository.get(subjects.ENGINE)).head
    facts = [started("a"), started("b")]
    store.falter = True
    with pytest.raises(StoreUnavailableError):
        await repository.record(subjects.ENGINE, facts, expected=head)

    state = await repository.record(subjects.ENGINE, facts, expected=head)

    assert state == ("a", "b")
    assert await store.last_sequence() == 2


async def test_a_forgotten_aggregate_is_loaded_again(repository: Repository[tuple[str, ...]], store: Faltering) -> None:
    await repository.record(subjects.ENGINE, [started("a")])
    repository.forget(subjects.ENGINE)

    assert (await repository.get(subjects.ENGINE)).state == ("a",)
    assert store.loads == 2
