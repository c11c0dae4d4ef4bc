"""Facts and times for tests that do not care which."""

from datetime import UTC, datetime

from arb.messages.events.engine import EngineStarted

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def started(by: str) -> EngineStarted:
    """An event that differs by who asked."""
    return EngineStarted(mode="live", by=by)
