"""Use cases of the scanner: follow the market, publish what pays while the engine runs, answer for both."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence

import structlog

from arb.eventlog.errors import EventLogError, StoreUnavailableError, WrongVersionError
from arb.eventlog.ports import EMPTY, EventStore
from arb.markets.asset import NATIVE, Asset
from arb.markets.basket import Basket, find_basket
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.commands.scanner import Opportunities, ScannerStatus, SupportedAsset, SupportedAssets
from arb.messages.events.engine import EngineStarted, EngineStopped
from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.runtime.clock import Clock
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.domain.plans import classic_basket
from arb.scanner.ports import LedgerUpdate, MarketSource

log = structlog.stdlib.get_logger(__name__)

REMEMBERED = 500
"""Opportunities kept for whoever asks."""

LONGEST_SILENCE_US = 30_000_000
"""Without a ledger for so long, the picture does not count as in step with the network."""

STORE_PAUSE = 0.05
"""Seconds before an append whose outcome is unknown is repeated."""

RECENT_EVENTS = 20_000
"""How far back, in events of the whole log, a restarted scanner looks for opportunities to show."""


class Scanner:
    """The picture of the market, the engine's state, and what was found."""

    def __init__(
        self,
        source: MarketSource,
        store: EventStore,
        clock: Clock,
        *,
        network_passphrase: str,
        universe: Sequence[Asset],
        basket_payments: int,
        basket_risk_bps: int,
        max_notional: int,
    ) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._network_passphrase = network_passphrase
        self._universe = tuple(universe)
        self._basket_payments = basket_payments
        self._basket_risk_bps = basket_risk_bps
        self._max_notional = max_notional
        self._picture = MarketPicture()
        self._seen_at_us = 0
        self._engine_runs = False
        self._found: deque[OpportunityFound] = deque(maxlen=REMEMBERED)
        self._published = 0
        self._scanned = 0
        self._dropped: Counter[str] = Counter()

    async def load(self) -> None:
        """Remembers recent opportunities, so that a restart does not empty the list."""
        after = max(0, await self._store.last_sequence() - RECENT_EVENTS)
        async for recorded in self._store.replay(subjects.every("opportunity"), after=after):
            if isinstance(recorded.fact, OpportunityFound):
                self._found.appendleft(recorded.fact)

    async def follow_engine(self) -> None:
        """Folds the engine's events as they come, from the first: the scanner publishes while the engine runs."""
        async with self._store.subscribe(subjects.ENGINE.subject) as events:
            async for recorded in events:
                self.on_engine(recorded.fact)

    def on_engine(self, fact: Fact) -> None:
        """What an event of the engine means for the scanner."""
        if isinstance(fact, EngineStarted):
            self._engine_runs = True
        elif isinstance(fact, EngineStopped):
            self._engine_runs = False

    async def follow_market(self) -> None:
        """Every ledger: update the picture, search it, publish."""
        async for update in self._source.updates():
            await self.on_ledger(update)

    async def on_ledger(self, update: LedgerUpdate) -> OpportunityFound | None:
        """One ledger; the opportunity published, if any. Nothing is searched while the engine stands still."""
        self._picture.apply(update)
        self._seen_at_us = update.seen_at_us
        if not self._engine_runs:
            self._dropped["ledger_while_engine_stopped"] += 1
            return None
        if self._outdated(update):
            return None
        search = find_basket(
            self._picture.market,
            self._picture.graph(),
            NATIVE,
            update.base_fee,
            most_payments=self._basket_payments,
            largest_payment=self._max_notional,
            risk_bps=self._basket_risk_bps,
        )
        self._scanned += 1
        self._dropped.update({f"cycle_{reason}": count for reason, count in search.dropped.items()})
        if search.basket is None or self._outdated(update):
            return None
        return await self._publish(update, search.basket)

    def _outdated(self, update: LedgerUpdate) -> bool:
        """Whether a newer ledger has closed by now: its market decides, this one is history."""
        if self._source.newest_ledger() <= update.ledger:
            return False
        self._dropped["ledger_outdated"] += 1
        return True

    async def _publish(self, update: LedgerUpdate, basket: Basket) -> OpportunityFound | None:
        plan = classic_basket(basket)
        found = OpportunityFound(
            id=opportunity_id(self._network_passphrase, update.ledger, plan),
            network_passphrase=self._network_passphrase,
            ledger=update.ledger,
            close_time=update.close_time,
            seen_at_us=update.seen_at_us,
            base_fee=update.base_fee,
            plan=plan,
        )
        try:
            if not await self._append(update, found):
                return None
        except WrongVersionError:
            # Another scanner, or this one before a restart, found the same plan in the same ledger.
            self._dropped["opportunity_already_known"] += 1
            return None
        except EventLogError as error:
            self._dropped["opportunity_not_stored"] += 1
            log.error("opportunity_not_stored", opportunity=found.id, reason=str(error))
            return None
        self._published += 1
        self._found.appendleft(found)
        log.info(
            "opportunity_found",
            opportunity=found.id,
            ledger=found.ledger,
            payments=len(plan.payments),
            net_profit=plan.net_profit,
        )
        return found

    async def _append(self, update: LedgerUpdate, found: OpportunityFound) -> bool:
        """Stores the event, repeating while the store does not answer; gives up once a newer ledger closed."""
        moment = self._clock.now()
        while True:
            try:
                await self._store.append(subjects.opportunity(found.id), found, expected=EMPTY, time=moment)
            except StoreUnavailableError:
                if self._outdated(update):
                    return False
                await asyncio.sleep(STORE_PAUSE)
            else:
                return True

    @property
    def synced(self) -> bool:
        """Whether the picture shows the newest ledger, or the one before it, and that one was announced lately."""
        behind = self._source.newest_ledger() - self._picture.ledger
        silent_us = self._clock.micros() - self._seen_at_us
        return self._picture.ledger > 0 and behind <= 1 and silent_us < LONGEST_SILENCE_US

    def status(self) -> ScannerStatus:
        """What the scanner sees and did since it started."""
        market = self._picture.market
        return ScannerStatus(
            synced=self.synced,
            ledger=self._picture.ledger,
            offers=len(market.offers_by_id),
            pools=len(market.pools_by_id),
            ledgers_scanned=self._scanned,
            opportunities=self._published,
            dropped=dict(self._dropped),
        )

    def newest(self, limit: int) -> Opportunities:
        """The last opportunities, newest first."""
        return Opportunities(opportunities=tuple(self._found)[:limit])

    def supported_assets(self) -> SupportedAssets:
        """The universe, as dashboards know it."""
        return SupportedAssets(
            supported_assets=tuple(
                SupportedAsset(code=asset.code, issuer=asset.issuer or "native") for asset in self._universe
            )
        )
