"""The classic market: every ledger, update the picture, search it, publish the basket that pays."""

from arb.messages.events.opportunity import OpportunityFound
from arb.runtime.clock import Clock
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_record import MarketRecord
from arb.scanner.app.publishing import Publisher
from arb.scanner.app.turns import BasketsFirst
from arb.scanner.domain.decision import Decision, Outcome
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.domain.plans import best_basket
from arb.scanner.ports import LedgerUpdate, MarketSource

LONGEST_SILENCE_US = 30_000_000
"""Without a ledger for so long, the picture does not count as in step with the network."""


class MarketScan:
    """The picture of offers and classic pools, and what was searched in it. `max_notional` in stroops a payment."""

    def __init__(
        self,
        source: MarketSource,
        engine: EngineWatch,
        publisher: Publisher,
        clock: Clock,
        *,
        basket_payments: int,
        basket_risk_bps: int,
        max_notional: int,
        record: MarketRecord | None = None,
        turns: BasketsFirst | None = None,
    ) -> None:
        self._source = source
        self._engine = engine
        self._publisher = publisher
        self._clock = clock
        self._basket_payments = basket_payments
        self._basket_risk_bps = basket_risk_bps
        self._max_notional = max_notional
        self._record = record
        self._turns = turns if turns is not None else BasketsFirst()
        self._seen_at_us = 0
        self.picture = MarketPicture()
        self.scanned = 0

    async def follow(self) -> None:
        """Every ledger, without end."""
        async for update in self._source.updates():
            try:
                await self.on_ledger(update)
            finally:
                self._turns.done(update.close.ledger)

    async def on_ledger(self, update: LedgerUpdate) -> OpportunityFound | None:
        """One ledger; the opportunity published, if any. Nothing is searched while the engine stands still."""
        self.picture.apply(update)
        self._seen_at_us = update.close.seen_at_us
        decision = await self._decide(update)
        if self._record is not None:
            self._record.classic(update, self.picture, decision)
        return decision.published

    async def _decide(self, update: LedgerUpdate) -> Decision:
        if not self._engine.running:
            self._publisher.dropped["ledger_while_engine_stopped"] += 1
            return Decision(Outcome.STOPPED)
        if self._outdated(update):
            return Decision(Outcome.OUTDATED)
        plan, dropped = best_basket(
            self.picture,
            update.close.base_fee,
            basket_payments=self._basket_payments,
            basket_risk_bps=self._basket_risk_bps,
            max_notional=self._max_notional,
        )
        self.scanned += 1
        self._publisher.dropped.update({f"cycle_{reason}": count for reason, count in dropped.items()})
        if plan is None:
            return Decision(Outcome.NOTHING)
        if self._outdated(update):
            return Decision(Outcome.OUTDATED)
        self._turns.done(update.close.ledger)
        return await self._publisher.publish(plan, update.close, lambda: self._outdated(update))

    def _outdated(self, update: LedgerUpdate) -> bool:
        """Whether a newer ledger has closed by now: its market decides, this one is history."""
        if self._source.newest_ledger() <= update.close.ledger:
            return False
        self._publisher.dropped["ledger_outdated"] += 1
        return True

    @property
    def synced(self) -> bool:
        """Whether the picture shows the newest ledger, or the one before it, and that one was announced lately."""
        behind = self._source.newest_ledger() - self.picture.ledger
        silent_us = self._clock.micros() - self._seen_at_us
        return self.picture.ledger > 0 and behind <= 1 and silent_us < LONGEST_SILENCE_US
