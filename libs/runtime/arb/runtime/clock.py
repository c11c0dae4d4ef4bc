"""Time as a port: what decides gets its time from here, so that tests and replays can give it another."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall-clock time."""

    def now(self) -> datetime:
        """UTC, timezone-aware."""
        ...

    def micros(self) -> int:
        """Unix time in microseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """UTC, timezone-aware."""
        return datetime.now(UTC)

    def micros(self) -> int:
        """Unix time in microseconds."""
        return time.time_ns() // 1000


class ShiftedClock(SystemClock):
    """A clock that is wrong by so many seconds: what a service does by it is then seen to be right all the same."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def now(self) -> datetime:
        """UTC, timezone-aware."""
        return super().now() + timedelta(seconds=self._seconds)

    def micros(self) -> int:
        """Unix time in microseconds."""
        return super().micros() + self._seconds * 1_000_000
