"""Contract pools: every ledger, read what they hold, find the route that pays, publish it as one atomic call."""

from collections.abc import Sequence

import structlog

from arb.markets.soroban.pools import SorobanPool
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.routes import SorobanRoute
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_record import MarketRecord
from arb.scanner.app.publishing import Publisher
from arb.scanner.app.turns import BasketsFirst
from arb.scanner.app.venue_record import VenueRecord
from arb.scanner.domain.contract_plans import RoutePlanner
from arb.scanner.domain.decision import Decision, Outcome
from arb.scanner.ports import ContractMarket, LedgerClose, MarketSource, MarketUnreadError, PoolsSeen

log = structlog.stdlib.get_logger(__name__)


class ContractScan:
    """What contract pools hold at the newest ledger, and the routes found in them.

    base: the base token's contract. largest: units of it a route may send: the call takes them from the trading account
    and gives them back.
    """

    def __init__(
        self,
        source: MarketSource,
        market: ContractMarket,
        engine: EngineWatch,
        publisher: Publisher,
        venues: VenueRecord,
        planner: RoutePlanner,
        *,
        base: str,
        largest: int,
        most_hops: int,
        record: MarketRecord | None = None,
        turns: BasketsFirst | None = None,
    ) -> None:
        self._source = source
        self._market = market
        self._engine = engine
        self._publisher = publisher
        self._venues = venues
        self._planner = planner
        self._base = base
        self._largest = largest
        self._most_hops = most_hops
        self._record = record
        self._turns = turns
        self.pools: Sequence[SorobanPool] = ()
        self.close: LedgerClose | None = None
        self.scanned = 0
        self.planned: SorobanRoute | None = None
        """The plan made at the newest ledger, if any."""

    async def follow(self) -> None:
        """Every ledger, without end."""
        async for close in self._source.closes():
            if self._turns is not None:
                await self._turns.wait(close.ledger)
            await self.on_ledger(close)

    async def on_ledger(self, close: LedgerClose) -> OpportunityFound | None:
        """One ledger; the opportunity published, if any. Nothing is searched while the engine stands still."""
        try:
            seen = await self._market.read(close)
        except MarketUnreadError as unread:
            self._publisher.dropped["contract_pools_unread"] += 1
            log.warning("contract_pools_unread", ledger=close.ledger, reason=str(unread))
            return None
        self.pools, self.close, self.planned = seen.pools, close, None
        await self._venues.note(seen)
        decision = await self._decide(seen, close)
        if self._record is not None:
            self._record.contracts(close, seen.pools, decision)
        return decision.published

    async def _decide(self, seen: PoolsSeen, close: LedgerClose) -> Decision:
        if not self._engine.running:
            return Decision(Outcome.STOPPED)
        if self._outdated(close):
            return Decision(Outcome.OUTDATED)
        self.scanned += 1
        plan = self._planner.best(seen.pools, self._base, largest=self._largest, most_hops=self._most_hops)
        if plan is None:
            return Decision(Outcome.NOTHING)
        if self._outdated(close):
            return Decision(Outcome.OUTDATED)
        self.planned = plan
        return await self._publisher.publish(plan, close, lambda: self._outdated(close))

    def _outdated(self, close: LedgerClose) -> bool:
        """Whether a newer ledger has closed by now: its pools decide, these are history."""
        if self._source.newest_ledger() <= close.ledger:
            return False
        self._publisher.dropped["contract_ledger_outdated"] += 1
        return True
