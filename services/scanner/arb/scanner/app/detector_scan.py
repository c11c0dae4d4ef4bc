"""The on-chain detector: asked every so often, every signal held against what the pools themselves quote."""

import asyncio

import structlog

from arb.eventlog.errors import EventLogError
from arb.eventlog.ports import EMPTY, EventStore, Head
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.commands.scanner import SupportedAsset
from arb.messages.events.detector import DetectorScanned, DetectorUnreadable, SignalDropped
from arb.messages.routes import Signal
from arb.runtime.clock import Clock
from arb.scanner.app.contract_scan import ContractScan
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_record import MarketRecord
from arb.scanner.app.publishing import Publisher
from arb.scanner.domain.decision import Outcome
from arb.scanner.domain.signals import Dropped, SignalJudge
from arb.scanner.ports import Detector, DetectorError, MarketSource
from arb.scanner.record.ledgers import HeldSignal

log = structlog.stdlib.get_logger(__name__)

_AFTER_THE_BURST = 0.25
"""Seconds after a close."""


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
        store: EventStore,
        clock: Clock,
        *,
        judge: SignalJudge,
        interval: float,
        min_profit: int,
        record: MarketRecord | None = None,
    ) -> None:
        self._detector = detector
        self._contracts = contracts
        self._source = source
        self._engine = engine
        self._publisher = publisher
        self._store = store
        self._clock = clock
        self._judge = judge
        self._interval = interval
        self._min_profit = min_profit
        self._market_record = record
        self._head: Head | None = None
        self._trouble: str | None = None
        self.assets: tuple[SupportedAsset, ...] | None = None
        """The contract's own list, None before it was read."""

    async def follow(self) -> None:
        """Every interval, without end, when the trades of a ledger had their turn: a scan keeps a node busy."""
        while True:
            await self.scan()
            await asyncio.sleep(self._interval)
            await self._until_quiet()

    async def _until_quiet(self) -> None:
        known = self._source.newest_ledger()
        async for close in self._source.closes():
            if close.ledger > known:
                break
        await asyncio.sleep(_AFTER_THE_BURST)

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
            # One event for as long as it stays like this.
            if self._engine.running and wrong.code != self._trouble:
                self._trouble = wrong.code
                await self._store_fact(DetectorUnreadable(code=wrong.code, reason=str(wrong)))
            return
        self._trouble = None
        await self._store_fact(DetectorScanned(ledger=ledger, assets=codes, signals=signals))
        for signal in signals:
            await self._hold(signal)

    async def _hold(self, signal: Signal) -> None:
        """Publish the route that bears the signal out, or record why there is none."""
        close, planned = self._contracts.close, self._contracts.planned
        if close is None:
            return
        verdict = self._judge.hold(signal, self._contracts.pools, close_time=close.close_time, planned=planned)
        routed = planned is not None
        if isinstance(verdict, Dropped):
            code, reason = verdict
            self._publisher.dropped[f"signal_{code}"] += 1
            await self._store_fact(SignalDropped(ledger=close.ledger, signal=signal, code=code, reason=reason))
            self._note(HeldSignal(close.ledger, routed, signal, Outcome.NOTHING, code))
            return
        outcome, found = await self._publisher.publish(
            verdict, close, lambda: self._source.newest_ledger() > close.ledger
        )
        self._note(HeldSignal(close.ledger, routed, signal, outcome, "" if found is None else found.id))

    def _note(self, held: HeldSignal) -> None:
        if self._market_record is not None:
            self._market_record.signal(held)

    async def _store_fact(self, fact: Fact) -> None:
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
