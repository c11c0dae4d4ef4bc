"""Aggregates of one kind in memory, in step with the log: decided on here, folded whoever wrote."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from arb.eventlog.chain import follow
from arb.eventlog.decider import Decider
from arb.eventlog.errors import WrongVersionError
from arb.eventlog.ports import EventStore
from arb.eventlog.record import EMPTY, START, Head, Place, Recorded
from arb.messages.base import Fact
from arb.messages.subjects import Aggregate

C = TypeVar("C")
S = TypeVar("S")

ATTEMPTS = 5
"""How often a decision is made anew because others wrote first."""


@dataclass(frozen=True, slots=True)
class Aggregated(Generic[S]):
    """An aggregate's state and the head it is the state of."""

    state: S
    head: Head
    began: int = 0
    """Sequence of its first event."""


class Keeper(Generic[C, S]):
    """All aggregates whose events are on `subjects`. `now` gives the time that events are stamped with (UTC).

    `folded` is told of every event once, with the state before and after it, whoever wrote it. Writes to one
    aggregate happen one after the other. After a write whose outcome is unknown the state stays as it was, and the
    aggregate is read again before anything is decided on it.
    """

    def __init__(
        self,
        store: EventStore,
        now: Callable[[], datetime],
        decider: Decider[C, S],
        subjects: str,
        *,
        folded: Callable[[Recorded, S, S], None] = lambda recorded, before, after: None,
    ) -> None:
        self._store = store
        self._now = now
        self._decider = decider
        self._subjects = subjects
        self._folded = folded
        self._unborn = Aggregated(decider.initial_state, EMPTY)
        self._kept: dict[Aggregate, Aggregated[S]] = {}
        self._doubtful: set[Aggregate] = set()
        self._writing: defaultdict[Aggregate, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._following = False
        self._moved = asyncio.Event()
        self.place = START
        """The event up to which every one, of every aggregate, is folded in."""
        self.newest = 0
        """Sequence of the newest event that is folded in: an own one may be ahead of what others wrote before it."""

    def get(self, aggregate: Aggregate) -> Aggregated[S]:
        """State and head as far as they are known here."""
        return self._kept.get(aggregate, self._unborn)

    @property
    def position(self) -> int:
        """Sequence up to which every event, of every aggregate, is folded in."""
        return self.place.sequence

    @property
    def kept(self) -> Mapping[Aggregate, Aggregated[S]]:
        """Every aggregate in memory, in the order of their first events."""
        return self._kept

    def forget(self, aggregate: Aggregate) -> None:
        """Drop a finished aggregate, when the log was read past its end.

        A write to it all the same is refused by the log, and it is read again.
        """
        if self.get(aggregate).head.sequence > self.position:
            return
        self._kept.pop(aggregate, None)
        self._doubtful.discard(aggregate)
        if not self._writing[aggregate].locked():
            del self._writing[aggregate]

    async def load(self) -> None:
        """Fold in all that was recorded since the last time. Raises what reading raises, and ChainBrokenError."""
        upto = await self._store.last_sequence()
        async for batch in self._store.replay_batches(self._subjects, after=self.position, upto=upto):
            for stored in batch:
                await self._learn(Recorded.read(stored))

    def restore(self, kept: Mapping[Aggregate, Aggregated[S]], place: Place) -> None:
        """Begin with what was in memory once, when everything up to `place` and nothing beyond was folded in."""
        self._kept = dict(kept)
        self.place = place
        self.newest = place.sequence

    @property
    def settled(self) -> bool:
        """Whether what is in memory is what the log has up to `position`, and nothing beyond."""
        return self.position >= self.newest

    async def follow(self) -> None:
        """Fold in what others record, and what they recorded since `load`, without end. Raises what reading raises."""
        try:
            async with self._store.subscribe(self._subjects, after=self.position) as events:
                self._following = True
                async for recorded in events:
                    await self._learn(recorded)
                    self._ring()
        finally:
            self._following = False
            self._ring()

    async def abreast(self) -> None:
        """Wait until everything that was recorded before our newest event is folded in; not while nobody follows.

        What is then decided was decided knowing all that others had written first: of two writers that announce
        themselves in the log and then look, the later one sees the earlier.
        """
        while self._following and self.position < self.newest:
            await self._moved.wait()

    async def current(self, aggregate: Aggregate) -> Aggregated[S]:
        """The same as `get`, read from the log first when it is not in memory or a write's outcome is unknown."""
        async with self._writing[aggregate]:
            return await (self._settled if aggregate in self._kept else self.reread)(aggregate)

    async def reread(self, aggregate: Aggregate) -> Aggregated[S]:
        """Fold in what the log has of one aggregate. Raises what EventStore.load raises."""
        for recorded in await self._store.load(aggregate):
            self._fold(recorded)
        self._doubtful.discard(aggregate)
        return self.get(aggregate)

    async def decide(
        self,
        aggregate: Aggregate,
        command: C,
        *,
        attempts: int = ATTEMPTS,
        causation: str | None = None,
        correlation: str | None = None,
    ) -> Sequence[Fact]:
        """Write what follows from `command`, one durable write a fact, and return it.

        When another writer was first, what it wrote is folded in and the decision made anew, `attempts` in all; then
        WrongVersionError. Raises what the decider's `decide` and what EventStore.append raise.
        """
        async with self._writing[aggregate]:
            while True:
                attempts -= 1
                known = await self._settled(aggregate)
                facts = self._decider.decide(known.state, command)
                try:
                    await self._write(aggregate, facts, known.head, causation, correlation)
                except WrongVersionError:
                    await self.reread(aggregate)
                    if attempts < 1:
                        raise
                else:
                    return facts

    async def record(
        self,
        aggregate: Aggregate,
        facts: Sequence[Fact],
        *,
        expected: Head,
        causation: str | None = None,
        correlation: str | None = None,
    ) -> S:
        """Write `facts`, decided on the state at `expected`, and return the state after them.

        Called again as it was, it writes what is missing and recognises what is there already, so a call that was
        cut short can be repeated. Raises what EventStore.append raises; facts before the one that failed stay.
        """
        async with self._writing[aggregate]:
            try:
                await self._write(aggregate, facts, expected, causation, correlation)
            except WrongVersionError:
                await self.reread(aggregate)
                raise
            return self.get(aggregate).state

    async def _settled(self, aggregate: Aggregate) -> Aggregated[S]:
        return await self.reread(aggregate) if aggregate in self._doubtful else self.get(aggregate)

    async def _write(
        self, aggregate: Aggregate, facts: Sequence[Fact], head: Head, causation: str | None, correlation: str | None
    ) -> None:
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
            except BaseException:  # the store may be ahead of this memory now, also when the caller gave up waiting
                self._doubtful.add(aggregate)
                raise
            head = recorded.head
            self._fold(recorded, fact)

    async def _learn(self, recorded: Recorded) -> None:
        """The next event of the log."""
        if recorded.version > 1 and recorded.aggregate not in self._kept:
            await self.reread(recorded.aggregate)  # forgotten, and moved on all the same
        else:
            self._fold(recorded)
        if recorded.sequence > self.position:
            self.place = Place(recorded.sequence, recorded.head.hash)

    def _fold(self, recorded: Recorded, fact: Fact | None = None) -> None:
        """The next event of its aggregate; one that is folded in already changes nothing."""
        aggregate = recorded.aggregate
        kept = self.get(aggregate)
        self.newest = max(self.newest, recorded.sequence)
        if recorded.version <= kept.head.version:
            return
        head = follow(kept.head, recorded)
        after = self._decider.evolve(kept.state, fact or recorded.fact)
        self._kept[aggregate] = Aggregated(after, head, kept.began or recorded.sequence)
        if recorded.sequence > self.position:  # not again for what is read again
            self._folded(recorded, kept.state, after)

    def _ring(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
