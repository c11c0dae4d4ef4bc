"""Which contract pools are left out, as events: one when a pool drops out, one when it reads well again."""

from collections.abc import Iterable

import structlog

from arb.eventlog.errors import EventLogError
from arb.eventlog.ports import EMPTY, EventStore, Head
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events.venue import VenueReadmitted, VenueSkipped
from arb.runtime.clock import Clock
from arb.scanner.ports import PoolOut, PoolsSeen

log = structlog.stdlib.get_logger(__name__)


class VenueRecord:
    """Folds the events of every venue and adds what changed. What could not be stored is tried at the next ledger."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._out: dict[str, VenueSkipped] = {}
        self._heads: dict[str, Head] = {}

    async def load(self) -> None:
        """Rebuild from the store. Raises what the store raises."""
        async for recorded in self._store.replay(subjects.every("venue")):
            self._fold(recorded.aggregate.id, recorded.fact, recorded.head)

    async def note(self, seen: PoolsSeen) -> None:
        """Record the pools that dropped out, or are out for another reason than before, and those that are back."""
        for out in seen.skipped:
            before = self._out.get(out.contract)
            if before is None or before.code != out.code:
                await self._record(out.contract, _skipped(out, seen.ledger))
        for contract in self._back((*seen.sources, *(pool.contract for pool in seen.pools))):
            before = self._out[contract]
            await self._record(contract, VenueReadmitted(venue=before.venue, ledger=seen.ledger))

    def _back(self, contracts: Iterable[str]) -> list[str]:
        return [contract for contract in contracts if contract in self._out]

    async def _record(self, contract: str, fact: Fact) -> None:
        expected = self._heads.get(contract, EMPTY)
        try:
            recorded = await self._store.append(
                subjects.venue(contract), fact, expected=expected, time=self._clock.now()
            )
        except EventLogError as error:
            # Another scanner may have written it: what it wrote is read at the next start, and this one's view stands.
            log.warning("venue_not_recorded", venue=contract, fact=fact.type, reason=str(error))
            return
        self._fold(contract, fact, recorded.head)
        log.info("venue_changed", venue=contract, fact=fact.type)

    def _fold(self, contract: str, fact: Fact, head: Head) -> None:
        self._heads[contract] = head
        if isinstance(fact, VenueSkipped):
            self._out[contract] = fact
        elif isinstance(fact, VenueReadmitted):
            self._out.pop(contract, None)


def _skipped(out: PoolOut, ledger: int) -> VenueSkipped:
    return VenueSkipped(venue=out.venue, ledger=ledger, code=out.code, reason=out.reason)
