"""Whether what is kept of the market record is whole: a chain from its oldest message on, bound by checkpoints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from arb.eventlog.audit.finding import Finding
from arb.eventlog.market_link import hash_of, link_of
from arb.eventlog.record import Stored
from arb.messages.envelope import GENESIS_HASH
from arb.messages.events.audit import MarketHead


@dataclass(frozen=True, slots=True)
class MarketVerdict:
    """What the fold says. `first_bad` names a sequence of the MARKET stream, which counts by itself."""

    messages: int
    first_sequence: int | None
    """The oldest message kept."""
    last_sequence: int | None
    predecessor: str | None
    """The hash that the oldest message kept says the one before it had: that one has aged away, or never was."""
    head: str | None
    """SHA-256 of the newest message, hex."""
    checkpointed: int | None
    """The newest message that a signed checkpoint names, and that is the one it names."""
    first_bad: Finding | None

    @property
    def ok(self) -> bool:
        """Nothing of what is kept was lost, altered or reordered."""
        return self.first_bad is None


class MarketChain:
    """Feed it what is kept of the MARKET stream in order; `heads` are its newest messages as checkpoints name them."""

    def __init__(self, heads: Iterable[MarketHead] = ()) -> None:
        self._heads: Mapping[int, str] = {head.sequence: head.hash for head in heads}
        self._bad: Finding | None = None
        self._messages = 0
        self._first = self._last = 0
        self._predecessor: str | None = None
        self._hash = GENESIS_HASH
        self._checkpointed: int | None = None

    def add(self, stored: Stored) -> None:
        """The next message."""
        sequence, link = stored.sequence, link_of(stored.raw)
        if self._messages == 0:
            self._first, self._predecessor = sequence, link
        elif sequence != self._last + 1:
            self._condemn(self._last + 1, f"message {self._last + 1} is missing, the next one is {sequence}")
        if link is None:
            self._condemn(sequence, f"message {sequence} carries no hash of the one before it")
        elif self._messages and link != self._hash:
            self._condemn(sequence, f"message {sequence} does not follow message {self._last}: it names another hash")
        self._messages, self._last, self._hash = self._messages + 1, sequence, hash_of(stored.raw)
        signed = self._heads.get(sequence)
        if signed == self._hash:
            self._checkpointed = sequence
        elif signed is not None:
            self._condemn(sequence, f"message {sequence} is not the one that a signed checkpoint names")

    def ended_at(self, last_sequence: int) -> None:
        """The stream's last sequence, as it was before the fold, 0 when nothing was ever recorded."""
        if self._messages and self._last < last_sequence:
            self._condemn(self._last + 1, f"messages {self._last + 1} to {last_sequence} are missing")
        newest = max(self._heads, default=0)
        if newest > last_sequence:
            self._condemn(
                last_sequence + 1,
                f"it went backwards: it ends at message {last_sequence}, a signed checkpoint names message {newest}",
            )

    def verdict(self) -> MarketVerdict:
        """What is known so far."""
        some = self._messages > 0
        return MarketVerdict(
            self._messages,
            self._first if some else None,
            self._last if some else None,
            self._predecessor,
            self._hash if some else None,
            self._checkpointed,
            self._bad,
        )

    def _condemn(self, sequence: int, problem: str) -> None:
        if self._bad is None or sequence < self._bad.sequence:
            self._bad = Finding(sequence, problem)
