"""Aggregates that one writer keeps in memory: loaded once, then each append moves state and head forward."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from arb.eventlog.ports import EventStore
from arb.eventlog.record import EMPTY, Head
from arb.messages.base import Fact
from arb.messages.subjects import Aggregate

S = TypeVar("S")


class Decider(Protocol[S]):
    """The pure core of an aggregate: where its state starts and how a fact changes it."""

    @property
    def initial_state(self) -> S: ...

    def evolve(self, state: S, fact: Fact) -> S: ...


@dataclass(frozen=True, slots=True)
class Aggregated(Generic[S]):
    """An aggregate's state and the head it is the state of."""

    state: S
    head: Head


class Repository(Generic[S]):
    """All aggregates of one kind. `now` gives the time that events are stamped with (UTC).

    Appends to one aggregate happen one after the other. When another writer interferes, the cached state is dropped
    and WrongVersionError raised: the caller gets the aggregate anew and decides again.
    """

    def __init__(self, store: EventStore, now: Callable[[], datetime], decider: Decider[S]) -> None:
        self._store = store
        self._now = now
        self._decider = decider
        self._cached: dict[Aggregate, Aggregated[S]] = {}
        self._locks: dict[Aggregate, asyncio.Lock] = {}

    async def get(self, aggregate: Aggregate) -> Aggregated[S]:
        """State and head, from memory or loaded from the store. Raises what EventStore.load raises."""
        async with self._lock(aggregate):
            return await self._get(aggregate)

    async def record(
        self,
        aggregate: Aggregate,
        facts: Sequence[Fact],
        *,
        expected: Head | None = None,
        causation: str | None = None,
        correlation: str | None = None,
    ) -> S:
        """Append `facts` in order, one durable write each, and return the state after them.

        With `expected` the facts are only written if the aggregate still stands there, so that what was decided on
        one state is never written after another; facts that are already there, because an earlier call was cut
        short, are recognised. Raises what EventStore.append raises; facts before the one that failed stay written.
        """
        async with self._lock(aggregate):
            current = await self._get(aggregate)
            head = current.head if expected is None else expected
            for fact in facts:
                try:
                    recorded = await self._store.append(
                        aggregate,
                        fact,
                        expected=head,
                        time=self._now(),
                        causation=causation,
                        correlation=correlation,
                    )
                except BaseException:
                    # Whatever went wrong, the store may be ahead of this memory: the next use loads it again.
                    self._cached.pop(aggregate, None)
                    raise
                if head == current.head:
                    current = Aggregated(self._decider.evolve(current.state, fact), recorded.head)
                    self._cached[aggregate] = current
                head = recorded.head
            return current.state

    def forget(self, aggregate: Aggregate) -> None:
        """Drop a finished aggregate from memory; a later `get` loads it again."""
        self._cached.pop(aggregate, None)
        self._locks.pop(aggregate, None)

    def _lock(self, aggregate: Aggregate) -> asyncio.Lock:
        return self._locks.setdefault(aggregate, asyncio.Lock())

    async def _get(self, aggregate: Aggregate) -> Aggregated[S]:
        cached = self._cached.get(aggregate)
        if cached is None:
            state, head = self._decider.initial_state, EMPTY
            for recorded in await self._store.load(aggregate):
                state, head = self._decider.evolve(state, recorded.fact), recorded.head
            cached = self._cached[aggregate] = Aggregated(state, head)
        return cached
