"""What the auditor needs from outside."""

from collections.abc import Iterator
from typing import Protocol

from arb.eventlog.audit import Checkpoint
from arb.eventlog.market_link import MarketEnd


class CheckpointLog(Protocol):
    """Where checkpoints are kept, outside the record. Reading raises CheckpointError."""

    def __iter__(self) -> Iterator[Checkpoint]:
        """All of them, oldest first."""
        ...

    def last(self) -> Checkpoint | None:
        """The newest one, None before the first."""
        ...

    def append(self, checkpoint: Checkpoint) -> None:
        """Add one for good. Raises OSError."""
        ...


class Market(Protocol):
    """The market record."""

    async def end(self) -> MarketEnd:
        """Its newest message. Raises StoreUnavailableError."""
        ...


class Engine(Protocol):
    """Whatever trades on the record."""

    async def stop(self, reason: str) -> bool:
        """Have it trade no more until a person resumes it; whether it answered."""
        ...
