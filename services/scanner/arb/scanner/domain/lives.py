"""The whole market record run again, life by life: every ledger that was searched then, and what is found in it now."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from arb.messages.events.opportunity import OpportunityFound
from arb.scanner.domain.decision import Outcome
from arb.scanner.domain.rerun import Rerun
from arb.scanner.domain.signals import Dropped
from arb.scanner.record.ledgers import ClassicLedger, ContractLedger, HeldSignal
from arb.scanner.record.messages import Place
from arb.scanner.record.streams import Gap, Recorded

SEARCHED: frozenset[Outcome] = frozenset({Outcome.NOTHING, Outcome.PUBLISHED, Outcome.KNOWN, Outcome.UNSTORED})
"""How the scan of a ledger ended whose decision depends on nothing but the record."""


class Again(NamedTuple):
    """One decision made again. `recorded`: the opportunity's id, or the code a signal was dropped with, as recorded."""

    place: Place
    close_time: int
    outcome: Outcome
    recorded: str | None
    now: OpportunityFound | Dropped | None


class Lives:
    """Feed it what a RecordReader reads. `search` says which outcomes are searched again; others only move the market.

    `passed_over` counts, by reason, what could not be decided again.
    """

    def __init__(self, changed: Mapping[str, int] | None = None, search: Collection[Outcome] = SEARCHED) -> None:
        self._changed = changed
        self._search = search
        self._lives: dict[str, Rerun] = defaultdict(lambda: Rerun(self._changed))
        self._early: dict[str, list[tuple[Place, HeldSignal]]] = defaultdict(list)
        self.passed_over: Counter[str] = Counter()

    def take(self, item: Recorded | Gap) -> Iterator[Again]:
        """The decisions that this record, or its arrival, allows to be made again."""
        if isinstance(item, Gap):
            self.passed_over["record_missing"] += 1
            return
        place, ledger = item
        life = self._lives[place.life]
        match ledger:
            case ClassicLedger(update, outcome, recorded):
                search = self._wanted(outcome)
                found = life.classic(ledger, search=search)
                if search:
                    yield Again(place, update.close.close_time, outcome, recorded, found)
            case ContractLedger():
                search = self._wanted(ledger.outcome)
                found = life.contracts(ledger, search=search)
                if search:
                    yield Again(place, ledger.close.close_time, ledger.outcome, ledger.opportunity, found)
                for at, held in self._early.pop(place.life, ()):
                    yield from self._signal(life, at, held)
            case HeldSignal():
                yield from self._signal(life, place, ledger)

    def ended(self) -> None:
        """Nothing more will come: signals that still wait for their ledger wait in vain."""
        self.passed_over["record_missing"] += sum(map(len, self._early.values()))
        self._early.clear()

    def _signal(self, life: Rerun, place: Place, held: HeldSignal) -> Iterator[Again]:
        at = life.kept.get(held.ledger)
        if at is None and held.ledger > max(life.kept, default=0):
            self._early[place.life].append((place, held))
        elif at is None:
            self.passed_over["record_missing"] += 1
        else:
            yield Again(place, at.close.close_time, held.outcome, held.verdict, life.signal(held))

    def _wanted(self, outcome: Outcome) -> bool:
        if outcome not in self._search:
            self.passed_over[outcome.name.lower()] += 1
        return outcome in self._search
