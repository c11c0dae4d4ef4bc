"""Whether what the events say can be: each fits the schema of its type, and those of one trade fit each other."""

from pydantic import ValidationError

from arb.eventlog.audit.finding import Finding
from arb.eventlog.audit.trade_laws import TradeLaws
from arb.eventlog.chain import misnamed, named_by_content
from arb.eventlog.errors import ChainBrokenError, MalformedEventError
from arb.eventlog.record import Recorded, Stored
from arb.messages.base import Fact
from arb.messages.envelope import Attributes, attributes
from arb.messages.upcasting import UnknownEventError, read_fact


class Contents:
    """Feed it every message of the record in order. It costs more than hashing does: see `beside`."""

    def __init__(self, *, ids: bool = False) -> None:
        """With `ids` it also checks that ids follow from what is said, in place of a Verifier that does not."""
        self._ids = ids
        self._laws = TradeLaws()

    def add(self, stored: Stored) -> list[Finding]:
        """What is wrong with the next message."""
        said = attributes(stored.raw)
        try:
            if self._ids:
                _require_named(stored, said)
            fact, time = _read(stored, said)
        except (MalformedEventError, ChainBrokenError) as error:
            return [Finding(stored.sequence, str(error))]
        broken = self._laws.broken_by(stored.subject, fact, time)
        return [Finding(stored.sequence, f"message {stored.sequence}: {problem}") for problem in broken]


def _require_named(stored: Stored, said: Attributes | None) -> None:
    """Raises ChainBrokenError, MalformedEventError."""
    if said is not None and named_by_content(stored.subject.encode(), said):
        return
    recorded = Recorded.read(stored)
    if (problem := misnamed(recorded)) is not None:
        raise ChainBrokenError(stored.sequence, stored.subject, problem)


def _read(stored: Stored, said: Attributes | None) -> tuple[Fact, bytes]:
    """The fact and its event's time. Raises MalformedEventError."""
    if said is not None:
        try:
            return read_fact(said.type.decode(), said.data), said.time
        except (UnknownEventError, ValidationError):
            pass  # what is wrong is said below, in the words of every reading
    recorded = Recorded.read(stored)
    return recorded.fact, recorded.said.time
