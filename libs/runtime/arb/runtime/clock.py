"""Time as a port: what decides gets its time from here, so that tests and replays can give it another."""

import time
from datetime import UTC, datetime
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
