"""From a plan to the event of an opportunity: stored once, whoever else found the same, and remembered."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable

import structlog

from arb.eventlog.errors import EventLogError, StoreUnavailableError, WrongVersionError
from arb.eventlog.ports import EMPTY, EventStore
from arb.messages import subjects
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.plan import Plan
from arb.runtime.clock import Clock
from arb.scanner.domain.decision import Decision, Outcome, opportunity
from arb.scanner.ports import LedgerClose

log = structlog.stdlib.get_logger(__name__)

REMEMBERED = 500
"""Opportunities kept for whoever asks."""

STORE_PAUSE = 0.05
"""Seconds before an append whose outcome is unknown is repeated."""

RECENT_EVENTS = 20_000
"""How far back, in events of the whole log, a restarted scanner looks for opportunities to show."""


class Publisher:
    """Stores opportunities. `dropped` counts, by reason, what was seen and led to none."""

    def __init__(self, store: EventStore, clock: Clock, network_passphrase: str) -> None:
        self._store = store
        self._clock = clock
        self._network_passphrase = network_passphrase
        self._found: deque[OpportunityFound] = deque(maxlen=REMEMBERED)
        self.published = 0
        self.dropped: Counter[str] = Counter()

    async def load(self) -> None:
        """Remembers recent opportunities, so that a restart does not empty the list."""
        after = max(0, await self._store.last_sequence() - RECENT_EVENTS)
        async for recorded in self._store.replay(subjects.every("opportunity"), after=after):
            if isinstance(recorded.fact, OpportunityFound):
                self._found.appendleft(recorded.fact)

    async def publish(self, plan: Plan, close: LedgerClose, outdated: Callable[[], bool]) -> Decision:
        """Stores the opportunity, unless another has it, the store is full or it is `outdated` by then."""
        found = opportunity(self._network_passphrase, close, plan)
        try:
            if not await self._append(found, outdated):
                return Decision(Outcome.UNSTORED, found)
        except WrongVersionError:
            # Another scanner, or this one before a restart, found the same plan in the same ledger.
            self.dropped["opportunity_already_known"] += 1
            return Decision(Outcome.KNOWN, found)
        except EventLogError as error:
            self.dropped["opportunity_not_stored"] += 1
            log.error("opportunity_not_stored", opportunity=found.id, reason=str(error))
            return Decision(Outcome.UNSTORED, found)
        self.published += 1
        self._found.appendleft(found)
        log.info(
            "opportunity_found",
            opportunity=found.id,
            ledger=found.ledger,
            kind=plan.kind,
            paths=len(plan.paths),
            net_profit=plan.net_profit,
        )
        return Decision(Outcome.PUBLISHED, found)

    def newest(self, limit: int) -> tuple[OpportunityFound, ...]:
        """The last opportunities, newest first."""
        return tuple(self._found)[:limit]

    async def _append(self, found: OpportunityFound, outdated: Callable[[], bool]) -> bool:
        """Stores the event, repeating while the store does not answer; gives up once the find is out of date."""
        moment = self._clock.now()
        while True:
            try:
                await self._store.append(subjects.opportunity(found.id), found, expected=EMPTY, time=moment)
            except StoreUnavailableError:
                if outdated():
                    return False
                await asyncio.sleep(STORE_PAUSE)
            else:
                return True
