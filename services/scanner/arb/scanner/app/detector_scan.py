"""The on-chain detector: asked every so often, every signal held against what the pools themselves quote."""

import asyncio
from collections.abc import Sequence

import structlog

from arb.eventlog.errors import EventLogError
from arb.eventlog.ports import EMPTY, EventStore, Head
from arb.markets.asset import Asset
from arb.markets.soroban.routes import Route, best_route
from arb.markets.soroban.tokens import AssetTokens
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.commands.scanner import SupportedAsset
from arb.messages.events.detector import DetectorScanned, DetectorUnreadable, SignalDropped
from arb.messages.routes import Signal
from arb.runtime.clock import Clock
from arb.scanner.app.contract_scan import ContractScan
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.publishing import Publisher
from arb.scanner.domain.contract_plans import RoutePlanner
from arb.scanner.ports import Detector, DetectorError, LedgerClose, MarketSource

log = structlog.stdlib.get_logger(__name__)


class DetectorScan:
    """Asks, records what was claimed, and turns a claim into a plan only if a route through its asset pays.

    interval: seconds between scans. min_profit: what the detector is told to look for, in its own units.
    """

    def __init__(
        self,
        detector: Detector,
        contracts: ContractScan,
        source: MarketSource,
        engine: EngineWatch,
        publisher: Publisher,
        planner: RoutePlanner,
        store: EventStore,
        clock: Clock,
        *,
        tokens: AssetTokens,
        universe: Sequence[Asset],
        base: str,
        largest: int,
        most_hops: int,
        interval: float,
        min_profit: int,
    ) -> None:
        self._detector = detector
        self._contracts = contracts
        self._source = source
        self._engine = engine
        self._publisher = publisher
        self._planner = planner
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._by_code = {asset.code: asset for asset in universe}
        self._base = base
        self._largest = largest
        self._most_hops = most_hops
        self._interval = interval
        self._min_profit = min_profit
        self._head: Head | None = None
        self.assets: tuple[SupportedAsset, ...] | None = None
        """The contract's own list, None before it was read."""

    async def follow(self) -> None:
        """Every interval, without end."""
        while True:
            await self.scan()
            await asyncio.sleep(self._interval)

    async def scan(self) -> None:
        """One scan. Whatever the contract does wrong is an event, never a fault here."""
        try:
            self.assets = await self._detector.supported_assets()
            if not self._engine.running:
                return
            codes = tuple(asset.code for asset in self.assets)
            ledger, signals = await self._detector.scan(codes, self._min_profit)
        except DetectorError as wrong:
            self._publisher.dropped["detector_unreadable"] += 1
            log.warning("detector_unreadable", code=wrong.code, reason=str(wrong))
            if self._engine.running:
                await self._record(DetectorUnreadable(code=wrong.code, reason=str(wrong)))
            return
        await self._record(DetectorScanned(ledger=ledger, assets=codes, signals=signals))
        for signal in signals:
            await self._hold(signal)

    async def _hold(self, signal: Signal) -> None:
        """Publish the route that bears the signal out, or record why there is none."""
        close = self._contracts.close
        if close is None:
            return
        verdict = self._requote(signal, close)
        if isinstance(verdict, tuple):
            code, reason = verdict
            self._publisher.dropped[f"signal_{code}"] += 1
            await self._record(SignalDropped(ledger=close.ledger, signal=signal, code=code, reason=reason))
            return
        plan = self._planner.signalled(verdict, signal)
        await self._publisher.publish(plan, close, lambda: self._source.newest_ledger() > close.ledger)

    def _requote(self, signal: Signal, close: LedgerClose) -> Route | tuple[str, str]:
        """The best route through the signal's asset by the pools' own quotes, or (code, reason) why there is none."""
        if signal.expiry_time <= close.close_time:
            return "expired", f"it was good until {signal.expiry_time}, the ledger closed at {close.close_time}"
        asset = self._by_code.get(signal.asset)
        token = None if asset is None else self._tokens.token(asset)
        if token is None:
            return "unknown_asset", f"{signal.asset!r} is no asset of ours"
        route = best_route(
            self._contracts.pools,
            self._base,
            cost=self._planner.fee,
            largest=self._largest,
            most_hops=self._most_hops,
            through=token,
        )
        if route is None:
            return "does_not_pay", f"no route through {signal.asset} earns its fee of {self._planner.fee} stroops"
        if self._contracts.planned([step.pool.contract for step in route.steps]):
            return "already_planned", "a plan of this ledger uses the same pools"
        return route

    async def _record(self, fact: Fact) -> None:
        aggregate = subjects.detector(self._detector.contract)
        try:
            if self._head is None:
                recorded = await self._store.load(aggregate)
                self._head = recorded[-1].head if recorded else EMPTY
            stored = await self._store.append(aggregate, fact, expected=self._head, time=self._clock.now())
        except EventLogError as error:
            # Another scanner may write there too: where the record ends is looked up again.
            self._head = None
            log.warning("detector_not_recorded", fact=fact.type, reason=str(error))
            return
        self._head = stored.head
