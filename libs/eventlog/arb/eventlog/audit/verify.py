"""Whether the record is whole: a fold over every stored message, bytes and all.

The rolling hash covers sequence, subject and bytes of every message: H(n) = SHA-256(H(n-1) | sequence, 8 bytes
big-endian | length of subject, 2 bytes | subject | SHA-256 of the message), H(0) = 32 zero bytes. Two logs with the
same last sequence and hash are the same log.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct

from arb.eventlog.audit.checkpoint import Checkpoint, CheckpointError
from arb.eventlog.audit.contents import Contents
from arb.eventlog.audit.finding import Finding
from arb.eventlog.chain import follow, named_by_content
from arb.eventlog.errors import ChainBrokenError, MalformedEventError
from arb.eventlog.record import Head, Recorded, Stored
from arb.messages.envelope import GENESIS_HASH, attributes
from arb.messages.events.audit import CheckpointSigned, KeyPublished, MarketHead
from arb.messages.subjects import AUDIT, EVENTS
from arb.messages.upcasting import known, unknown

FINDINGS_KEPT = 100
MARKET_HEADS_KEPT = 20_000
"""Two days of them at one in ten seconds: the market record is kept for a day."""
HASHES_KEPT = 4096
"""A checkpoint is recorded a moment after it was taken: so many messages may have come in between."""

_PLACE = Struct(">QH")
_SUBJECT = EVENTS.encode() + b".%b"
_NOTHING = (0, GENESIS_HASH.encode())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the fold says so far. `head` is the rolling hash, hex; `findings` the first hundred, by occurrence."""

    events: int
    aggregates: int
    last_sequence: int
    head: str
    findings: tuple[Finding, ...]
    checkpoint: Checkpoint | None
    """The newest checkpoint that holds: the record up to there is the one it was taken of."""
    market: tuple[MarketHead, ...] = ()
    """Messages of the market record that the newest genuine checkpoints name."""
    anchored: Mapping[str, int] = field(default_factory=dict)
    """Hashes seen on the ledger that were the record's rolling hash, and after which message."""

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

    `checkpoints`, oldest first, come from outside the record: at each one's sequence the rolling hash must be its own.
    Those that the record holds as events are compared too. `public_key` is the auditor's, when it is known for sure.
    With `contents` it also holds what the events say against schemas and laws; without, somebody else does.
    Without `ids` somebody else checks that ids follow from content. `anchors` are hashes, hex, that stand on the
    ledger: the verdict says where in the record each belongs.
    """

    def __init__(
        self,
        checkpoints: Iterable[Checkpoint] = (),
        public_key: str | None = None,
        contents: Contents | None = None,
        anchors: Iterable[str] = (),
        *,
        ids: bool = True,
    ) -> None:
        self._ids = ids
        self._contents = contents
        self._anchors = frozenset(bytes.fromhex(anchor) for anchor in anchors)
        self._anchored: dict[str, int] = {}
        self._checkpoints: Iterator[Checkpoint] = iter(checkpoints)
        self._rolling = bytes(32)
        self._recent: deque[bytes] = deque([self._rolling], maxlen=HASHES_KEPT)
        self._heads: dict[str, tuple[int, bytes]] = {}
        """Version and hash, in hex, of each aggregate's last event, by subject."""
        self._known: set[bytes] = set()
        self._events = 0
        self._last = 0
        self._findings: list[Finding] = []
        self._holding: Checkpoint | None = None
        self._sure_key = public_key
        self._key = public_key
        self._market: deque[MarketHead] = deque(maxlen=MARKET_HEADS_KEPT)
        self._next = self._following()

    def add(self, stored: Stored) -> None:
        """The next message."""
        sequence, subject, raw = stored
        if sequence != self._last + 1:
            self._gap(sequence)
        self._events += 1
        if sequence > self._last:
            self._last = sequence
        content = hashlib.sha256(raw)
        place = subject.encode()
        self._rolling = rolled(self._rolling, sequence, place, content.digest())
        self._recent.append(self._rolling)
        if self._rolling in self._anchors:
            self._anchored[self._rolling.hex()] = sequence
        if not self._links(subject, place, raw, content.hexdigest()):
            self._find_fault(stored, content.hexdigest())
        if self._contents is not None:
            self.condemn_all(self._contents.add(stored))
        if self._next is not None and self._next.sequence <= sequence:
            self._compare(self._next, self._rolling if self._next.sequence == sequence else None)
            self._next = self._following()

    def ended_at(self, last_sequence: int) -> None:
        """After the fold: every message up to the stream's last sequence, as it was before the fold, must have come.

        A checkpoint beyond that: events were lost.
        """
        if last_sequence > self._last:
            self._gap(last_sequence + 1)
        while self._next is not None:
            self.stream_ends_at(last_sequence, self._next)
            self._next = self._following()

    def stream_ends_at(self, last_sequence: int, checkpoint: Checkpoint) -> None:
        """The record ends here, 0 when it is empty, although this checkpoint was taken of it."""
        if last_sequence < checkpoint.sequence:
            self.condemn(
                last_sequence + 1,
                f"the record went backwards: it ends at message {last_sequence}, "
                f"the checkpoint was taken at message {checkpoint.sequence}",
            )

    def condemn(self, sequence: int, problem: str) -> None:
        """Enter a finding. Of more than are kept, those of the lowest sequences stay."""
        finding = Finding(sequence, problem)
        if finding in self._findings:
            return
        if len(self._findings) == FINDINGS_KEPT:
            last = max(self._findings, key=lambda one: one.sequence)
            if last.sequence <= sequence:
                return
            self._findings.remove(last)
        self._findings.append(finding)

    def condemn_all(self, findings: Iterable[Finding]) -> None:
        """Enter what somebody else found."""
        for finding in findings:
            self.condemn(finding.sequence, finding.problem)

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
        return Verdict(
            self._events,
            len(self._heads),
            self._last,
            self._rolling.hex(),
            tuple(self._findings),
            self._holding,
            tuple(self._market),
            dict(self._anchored),
        )

    def _links(self, subject: str, place: bytes, raw: bytes, content: str) -> bool:
        """Whether the message is plainly its aggregate's next event. If not, somebody has to look closer."""
        said = attributes(raw)
        if said is None:
            return False
        version, before = self._heads.get(subject, _NOTHING)
        version += 1
        if (
            said.prevhash != before
            or said.aggregateversion != b"%d" % version
            or place != _SUBJECT % said.subject.replace(b"/", b".")
            or said.subject.count(b"/") != 1
            or said.type not in self._known
            or subject == AUDIT.subject
            or (self._ids and not named_by_content(place, said))
        ):
            return False
        self._heads[subject] = (version, content.encode())
        return True

    def _find_fault(self, stored: Stored, content: str) -> None:
        """Name what is wrong, if anything is."""
        sequence, subject, _ = stored
        try:
            recorded = Recorded.read(stored)
            version, before = self._heads.get(subject, _NOTHING)
            try:
                follow(Head(version, 0, before.decode()), recorded)
            except ChainBrokenError as error:
                self.condemn(sequence, str(error))
            # Go on from what is there: one bad event is one finding, not one for each that follows it.
            self._heads[subject] = (recorded.version, content.encode())
            if not known(recorded.type):
                raise MalformedEventError(sequence, subject, unknown(recorded.type))
            self._known.add(recorded.said.type)
            if subject == AUDIT.subject:
                self._heed(recorded)
        except MalformedEventError as error:
            self.condemn(sequence, str(error))

    def _heed(self, recorded: Recorded) -> None:
        """What the auditor recorded must hold as well."""
        match fact := recorded.fact:
            case KeyPublished():
                if fact.public_key != (self._sure_key or fact.public_key):
                    self.condemn(
                        recorded.sequence, f"message {recorded.sequence} publishes a key that is not the auditor's"
                    )
                self._key = self._sure_key or fact.public_key
            case CheckpointSigned():
                checkpoint = Checkpoint(**dict(fact))
                if checkpoint.public_key != self._key or not checkpoint.genuine:
                    self.condemn(
                        recorded.sequence, f"message {recorded.sequence} is a checkpoint with a false signature"
                    )
                    return
                if checkpoint.market is not None:
                    self._market.append(checkpoint.market)
                age = self._last - checkpoint.sequence
                if age < 0:
                    self.condemn(recorded.sequence, f"message {recorded.sequence} is a checkpoint of later messages")
                elif age < len(self._recent) and self._events == self._last:
                    self._compare(checkpoint, self._recent[-1 - age])

    def _gap(self, sequence: int) -> None:
        if sequence <= self._last:
            self.condemn(sequence, f"message {sequence} comes after message {self._last}")
        elif sequence == self._last + 2:
            self.condemn(self._last + 1, f"message {self._last + 1} is missing")
        else:
            self.condemn(self._last + 1, f"messages {self._last + 1} to {sequence - 1} are missing")

    def _following(self) -> Checkpoint | None:
        try:
            checkpoint = next(self._checkpoints, None)
        except CheckpointError as error:
            vouched = 0 if self._holding is None else self._holding.sequence
            self.condemn(vouched + 1, f"beyond message {vouched} nothing vouches for the record: {error}")
            return None
        if checkpoint is not None and checkpoint.market is not None:
            self._market.append(checkpoint.market)
        return checkpoint

    def _compare(self, checkpoint: Checkpoint, rolling: bytes | None) -> None:
        """At the checkpoint's sequence the rolling hash must be the checkpoint's."""
        sequence = checkpoint.sequence
        if rolling is None or checkpoint.hash != rolling.hex():
            self.condemn(
                sequence,
                f"the record up to message {sequence} is not the one the checkpoint of {checkpoint.time} was taken of",
            )
        elif all(finding.sequence > sequence for finding in self._findings):
            self._holding = checkpoint


def rolled(previous: bytes, sequence: int, subject: bytes, content: bytes) -> bytes:
    """The rolling hash after a message with the SHA-256 `content`, 32 bytes."""
    return hashlib.sha256(b"%b%b%b%b" % (previous, _PLACE.pack(sequence, len(subject)), subject, content)).digest()
