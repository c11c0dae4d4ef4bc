"""Whether the record is whole: a fold over every stored message, bytes and all.

The rolling hash covers sequence, subject and bytes of every message: H(n) = SHA-256(H(n-1) | sequence, 8 bytes
big-endian | length of subject, 2 bytes | subject | SHA-256 of the message), H(0) = 32 zero bytes. Two logs with the
same last sequence and hash are the same log.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from arb.eventlog.audit.checkpoint import Checkpoint
from arb.eventlog.chain import follow
from arb.eventlog.errors import ChainBrokenError, MalformedEventError
from arb.eventlog.record import EMPTY, Head, Recorded, Stored
from arb.messages.subjects import Aggregate

FINDINGS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be. `sequence` is the first message it concerns."""

    sequence: int
    problem: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the fold says so far. `head` is the rolling hash, hex; `findings` the first hundred, by occurrence."""

    events: int
    aggregates: int
    last_sequence: int
    head: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Nothing lost, altered or reordered."""
        return not self.findings

    @property
    def first_bad(self) -> Finding | None:
        """The finding with the lowest sequence."""
        return min(self.findings, key=lambda finding: finding.sequence, default=None)


class Verifier:
    """Feed it every message of the EVENTS stream in order, from the first on; ask for the verdict at any time.

    With a checkpoint, the rolling hash must be the checkpoint's when its sequence is reached.
    """

    def __init__(self, checkpoint: Checkpoint | None = None) -> None:
        self._checkpoint = checkpoint
        self._rolling = bytes(32)
        self._heads: dict[Aggregate, Head] = {}
        self._events = 0
        self._last = 0
        self._findings: list[Finding] = []

    def add(self, stored: Stored) -> None:
        """The next message."""
        if stored.sequence != self._last + 1:
            self._gap(stored.sequence)
        self._events += 1
        self._last = max(self._last, stored.sequence)
        self._rolling = roll(self._rolling, stored)
        self._follow_chain(stored)
        self._compare(stored.sequence)

    def stream_ends_at(self, last_sequence: int) -> None:
        """Before the fold: the stream's last sequence, 0 when it is empty. A checkpoint beyond it: events were lost."""
        if self._checkpoint is not None and last_sequence < self._checkpoint.sequence:
            self.condemn(
                last_sequence + 1,
                f"the record went backwards: it ends at message {last_sequence}, "
                f"the checkpoint was taken at message {self._checkpoint.sequence}",
            )

    def ended_at(self, last_sequence: int) -> None:
        """After the fold: every message up to the stream's last sequence, as it was before the fold, must have come."""
        self.stream_ends_at(last_sequence)
        if last_sequence > self._last:
            self._gap(last_sequence + 1)

    def condemn(self, sequence: int, problem: str) -> None:
        """Enter a finding."""
        if len(self._findings) < FINDINGS_KEPT:
            self._findings.append(Finding(sequence, problem))

    @property
    def last_sequence(self) -> int:
        """Highest sequence that was added."""
        return self._last

    @property
    def findings(self) -> Sequence[Finding]:
        """What was found so far, in the order it was found."""
        return self._findings

    def verdict(self) -> Verdict:
        """What is known so far."""
        return Verdict(self._events, len(self._heads), self._last, self._rolling.hex(), tuple(self._findings))

    def _gap(self, sequence: int) -> None:
        if sequence <= self._last:
            self.condemn(sequence, f"message {sequence} comes after message {self._last}")
        elif sequence == self._last + 2:
            self.condemn(self._last + 1, f"message {self._last + 1} is missing")
        else:
            self.condemn(self._last + 1, f"messages {self._last + 1} to {sequence - 1} are missing")

    def _compare(self, sequence: int) -> None:
        """At the checkpoint's sequence the rolling hash must be the checkpoint's."""
        checkpoint = self._checkpoint
        if checkpoint is None or checkpoint.sequence != sequence or checkpoint.hash == self._rolling.hex():
            return
        taken = checkpoint.time.isoformat(timespec="seconds")
        self.condemn(
            sequence, f"the record up to message {sequence} is not the one the checkpoint of {taken} was taken of"
        )

    def _follow_chain(self, stored: Stored) -> None:
        try:
            recorded = Recorded.read(stored)
        except MalformedEventError as error:
            self.condemn(stored.sequence, str(error))
            return
        try:
            self._heads[recorded.aggregate] = follow(self._heads.get(recorded.aggregate, EMPTY), recorded)
        except ChainBrokenError as error:
            self.condemn(stored.sequence, str(error))
            # Go on from what is there: one bad event is one finding, not one for each that follows it.
            self._heads[recorded.aggregate] = recorded.head


def roll(previous: bytes, stored: Stored) -> bytes:
    """The rolling hash after `stored`, 32 bytes."""
    subject = stored.subject.encode()
    content = hashlib.sha256(stored.raw).digest()
    return hashlib.sha256(
        previous + stored.sequence.to_bytes(8, "big") + len(subject).to_bytes(2, "big") + subject + content
    ).digest()
