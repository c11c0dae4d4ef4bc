"""Whether what the events say can be: each fits the schema of its type, and those of one trade fit each other."""

from pydantic import ValidationError

from arb.eventlog.audit.finding import Finding
from arb.eventlog.audit.trade_laws import TradeLaws
from arb.eventlog.errors import MalformedEventError
from arb.eventlog.record import Recorded, Stored
from arb.messages.base import Fact
from arb.messages.envelope import attributes
from arb.messages.upcasting import UnknownEventError, read_fact


class Contents:
    """Feed it every message of the record in order. It costs more than hashing does: see `beside`."""

    def __init__(self) -> None:
        self._laws = TradeLaws()

    def add(self, stored: Stored) -> list[Finding]:
        """What is wrong with the next message."""
        try:
            fact, time = _read(stored)
        except MalformedEventError as error:
            return [Finding(stored.sequence, str(error))]
        broken = self._laws.broken_by(stored.subject, fact, time)
        return [Finding(stored.sequence, f"message {stored.sequence}: {problem}") for problem in broken]


def _read(stored: Stored) -> tuple[Fact, bytes]:
    """The fact and its event's time. Raises MalformedEventError."""
    said = attributes(stored.raw)
    if said is not None:
        try:
            return read_fact(said.type.decode(), said.data), said.time
        except (UnknownEventError, ValidationError):
            pass  # what is wrong is said below, in the words of every reading
    recorded = Recorded.read(stored)
    return recorded.fact, recorded.said.time
