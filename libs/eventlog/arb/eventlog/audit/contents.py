"""Whether what the events say can be: each fits the schema of its type, and those of one trade fit each other."""

from arb.eventlog.audit.finding import Finding
from arb.eventlog.audit.trade_laws import TradeLaws
from arb.eventlog.errors import MalformedEventError
from arb.eventlog.record import Recorded, Stored


class Contents:
    """Feed it every message of the record in order. It costs more than hashing does: see `beside`."""

    def __init__(self) -> None:
        self._laws = TradeLaws()

    def add(self, stored: Stored) -> list[Finding]:
        """What is wrong with the next message."""
        try:
            recorded = Recorded.read(stored)
            broken = self._laws.broken_by(recorded.aggregate, recorded.fact, recorded.said.time)
        except MalformedEventError as error:
            return [Finding(stored.sequence, str(error))]
        return [Finding(stored.sequence, f"message {stored.sequence}: {problem}") for problem in broken]
