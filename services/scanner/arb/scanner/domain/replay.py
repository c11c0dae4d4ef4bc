"""Whether every recorded decision of the scanner is the one that its own record leads to."""

import hashlib
from collections import Counter, defaultdict
from typing import Final, NamedTuple

from arb.messages.events.opportunity import OpportunityFound
from arb.scanner.domain.decision import Outcome
from arb.scanner.domain.lives import Again, Lives
from arb.scanner.domain.signals import Dropped
from arb.scanner.record.messages import Place, Scan
from arb.scanner.record.streams import Gap, Recorded

_SCAN_OF: Final[dict[str, Scan]] = {
    "classic_basket": "classic",
    "soroban_route": "contracts",
    "detector_signal": "signals",
}
"""Kind of plan -> the scan that finds it. Plans in two legs are of no scan that is recorded."""


class Difference(NamedTuple):
    """A decision that does not follow from the record."""

    scan: str
    ledger: int
    opportunity: str | None
    problem: str


class Published(NamedTuple):
    """An opportunity as an event has it: hashes of its bytes, and of them without the moment it was seen at."""

    ledger: int
    kind: str
    exact: bytes
    shared: bytes

    @staticmethod
    def of(found: OpportunityFound) -> "Published":
        """What is kept of an event."""
        return Published(found.ledger, found.plan.kind, _hash(found), _hash(found.model_copy(update={"seen_at_us": 1})))


class DecisionReplay:
    """Feed it what a RecordReader reads, in order; `published` are the opportunities of the event record by id."""

    def __init__(self, published: dict[str, Published]) -> None:
        self._published = published
        self._lives = Lives()
        self._explained: set[str] = set()
        self._covered: dict[Scan, list[tuple[int, int]]] = defaultdict(list)
        self._missing: dict[Scan, list[tuple[int, int]]] = defaultdict(list)
        self.decisions = 0
        self.differences: list[Difference] = []

    def take(self, item: Recorded | Gap) -> None:
        """The next record, or what is known to be missing."""
        if isinstance(item, Gap):
            self._missing[item.scan].append((item.after, item.upto))
        else:
            self._cover(item.place)
        for again in self._lives.take(item):
            self.decisions += 1
            problem = self._compare(again)
            if problem is not None:
                recorded = None if isinstance(again.now, Dropped) or again.now is None else again.now.id
                self.differences.append(Difference(again.place.scan, again.place.ledger, recorded, problem))

    def end(self) -> Counter[str]:
        """Look at opportunities that no record leads to; how many things could not be decided again, by reason."""
        self._lives.ended()
        passed_over = self._lives.passed_over
        for name, event in self._published.items():
            if name in self._explained:
                continue
            scan = _SCAN_OF.get(event.kind)
            if scan is None:
                passed_over[event.kind] += 1
            elif not _within(event.ledger, self._covered[scan]) or _within(event.ledger, self._missing[scan]):
                passed_over["opportunity_without_record"] += 1
            else:
                problem = "published, and the record of its ledger does not lead to it"
                self.differences.append(Difference(scan, event.ledger, name, problem))
        return +passed_over

    def _compare(self, again: Again) -> str | None:
        now = again.now
        if isinstance(now, Dropped):
            wanted = again.recorded if again.outcome is Outcome.NOTHING else "a plan"
            return None if wanted == now.code else f"the signal is dropped as {now.code}, recorded is {wanted}"
        if again.outcome is Outcome.NOTHING:
            found = "nothing" if again.recorded is None else f"dropped as {again.recorded}"
            return None if now is None else f"opportunity {now.id} is found, recorded is: {found}"
        if now is None or now.id != again.recorded:
            return f"{'nothing' if now is None else now.id} is found, recorded is {again.recorded}"
        self._explained.add(now.id)
        event = self._published.get(now.id)
        if event is None:
            return None if again.outcome is Outcome.UNSTORED else f"opportunity {now.id} is in no event"
        mine = Published.of(now)
        same = mine.exact == event.exact if again.outcome is Outcome.PUBLISHED else mine.shared == event.shared
        return None if same else f"the event of opportunity {now.id} has other bytes"

    def _cover(self, place: Place) -> None:
        """Ledgers on which this scan cannot have found anything else than what is recorded."""
        if place.scan == "signals":
            # Several of one ledger come one by one: only a later ledger shows that there are no more of them.
            span = (place.after - 1, place.ledger - 1) if place.after else (0, 0)
        else:
            span = (place.after or place.ledger - 1, place.ledger)
        spans = self._covered[place.scan]
        if spans and spans[-1][1] == span[0]:
            spans[-1] = (spans[-1][0], span[1])
        else:
            spans.append(span)


def _within(ledger: int, spans: list[tuple[int, int]]) -> bool:
    return any(after < ledger <= upto for after, upto in spans)


def _hash(found: OpportunityFound) -> bytes:
    return hashlib.sha256(found.model_dump_json().encode()).digest()[:16]
