"""What the platform needs from an event store: two implementations keep it, under one conformance suite."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from arb.eventlog.record import EMPTY, Head, Recorded, Stored
from arb.messages.base import Fact
from arb.messages.subjects import Aggregate

__all__ = ["EMPTY", "EventStore", "Head", "Recorded", "Stored", "Subscription"]

Item = TypeVar("Item", covariant=True)


class Subscription(Protocol[Item]):
    """An endless, ordered, gap-free reading. Use as `async with … as events: async for event in events`.

    With `after=None` the starting point is fixed when the context is entered (or at the first item without one).
    """

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> Item: ...
    async def aclose(self) -> None: ...


class EventStore(Protocol):
    """An append-only log of events, ordered, versioned and hash-chained per aggregate.

    Every method may raise StoreUnavailableError: retry it.
    """

    source: str
    """CloudEvents `source` of what this store writes, such as `/arb/executor`."""

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
        """Write `fact` durably as the event right after `expected`.

        Of several writers that expect the same head exactly one wins; the others get WrongVersionError. The same
        fact appended again after the same head is the same event: it is recognised and returned, not written
        twice, so a call whose outcome is unknown can simply be repeated. Raises StoreFullError,
        EventTooLargeError, StoreUnavailableError.
        """
        ...

    async def load(self, aggregate: Aggregate) -> list[Recorded]:
        """The whole aggregate in order, chain verified. Raises ChainBrokenError or MalformedEventError."""
        ...

    async def last(self, aggregate: Aggregate) -> Recorded | None:
        """The aggregate's last event, or None."""
        ...

    def subscribe(self, filter_subject: str, *, after: int | None = 0) -> Subscription[Recorded]:
        """Events after sequence `after` (0: from the first; None: only new ones) and then every new one.

        Survives reconnects and restarts of the server. Raises HistoryChangedError when what was read is gone or
        replaced, MalformedEventError at a message that is no event.
        """
        ...

    def subscribe_stored(self, filter_subject: str, *, after: int | None = 0) -> Subscription[Stored]:
        """The same, as bytes: for verification, which must see what cannot be read too."""
        ...

    def replay(self, filter_subject: str, *, after: int = 0, upto: int | None = None) -> AsyncIterator[Recorded]:
        """Events after `after`, up to and including `upto` (None: the last sequence at the time of the call)."""
        ...

    def replay_stored(self, filter_subject: str, *, after: int = 0, upto: int | None = None) -> AsyncIterator[Stored]:
        """The same, as bytes."""
        ...

    def replay_batches(
        self, filter_subject: str, *, after: int = 0, upto: int | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        """The same in portions as they come off the wire: for folds over the whole log, several times as quick."""
        ...

    async def at(self, sequence: int) -> Stored | None:
        """The message with this sequence, from 1, of any aggregate; None when it is not there."""
        ...

    async def last_sequence(self) -> int:
        """Sequence of the last event of the log, 0 when it is empty."""
        ...
