"""A scripted market of contract pools, and the scans over it."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from stellar_sdk import StrKey

from arb.eventlog.memory import MemoryEventStore, MemoryStream
from arb.markets.asset import NATIVE, Asset
from arb.markets.soroban.pools import PhoenixPool, SorobanPool, SoroswapPool
from arb.markets.soroban.tokens import AssetTokens
from arb.messages.commands.scanner import SupportedAsset
from arb.messages.events.engine import EngineStarted
from arb.messages.routes import Signal
from arb.scanner.app.contract_scan import ContractScan
from arb.scanner.app.detector_scan import DetectorScan
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.publishing import Publisher
from arb.scanner.app.venue_record import VenueRecord
from arb.scanner.domain.contract_plans import RoutePlanner
from arb.scanner.domain.signals import SignalJudge
from arb.scanner.ports import DetectorError, LedgerClose, LedgerUpdate, MarketUnreadError, PoolOut, PoolsSeen

PASSPHRASE = "Standalone Network ; February 2017"
USDC = Asset("USDC", "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL")
TOKENS = AssetTokens(PASSPHRASE, (NATIVE, USDC))
XLM, DOLLARS = (token for token in map(TOKENS.token, (NATIVE, USDC)) if token is not None)
EXECUTOR, PAIR, PHOENIX, DETECTOR, OTHER = (StrKey.encode_contract(bytes([n]) * 32) for n in range(1, 6))
FEE = 1_000
CLOSE_TIME = 1_700_000_000


def pools(*, off_bps: int = 300) -> tuple[SorobanPool, ...]:
    """Two pools of one pair whose prices differ."""
    return (
        SoroswapPool(PAIR, (XLM, DOLLARS), (10**13, 10**13)),
        PhoenixPool(PHOENIX, (XLM, DOLLARS), (10**13 + 10**9 * off_bps, 10**13), fee_bps=30, max_spread_bps=5_000),
    )


def close(ledger: int) -> LedgerClose:
    return LedgerClose(ledger, CLOSE_TIME, 100, 900_000)


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def micros(self) -> int:
        return 1_000_000


class Script:
    """What the network would say, set by the test."""

    def __init__(self) -> None:
        self.newest = 7
        self.pools: Sequence[SorobanPool] = pools()
        self.skipped: tuple[PoolOut, ...] = ()
        self.unread = False

    async def read(self, close: LedgerClose) -> PoolsSeen:
        if self.unread:
            raise MarketUnreadError("nobody answers")
        return PoolsSeen(close.ledger, tuple(self.pools), self.skipped)

    def newest_ledger(self) -> int:
        return self.newest

    async def updates(self) -> AsyncIterator[LedgerUpdate]:
        nothing: tuple[LedgerUpdate, ...] = ()
        for update in nothing:
            yield update

    async def closes(self) -> AsyncIterator[LedgerClose]:
        nothing: tuple[LedgerClose, ...] = ()
        for close in nothing:
            yield close


class ScriptedDetector:
    """A detector contract that claims what the test says."""

    contract = DETECTOR

    def __init__(self) -> None:
        self.assets = (SupportedAsset(code="USDC", issuer=USDC.issuer or ""),)
        self.signals: tuple[Signal, ...] = ()
        self.fault: DetectorError | None = None
        self.asked: list[tuple[tuple[str, ...], int]] = []

    async def supported_assets(self) -> tuple[SupportedAsset, ...]:
        if self.fault is not None:
            raise self.fault
        return self.assets

    async def scan(self, codes: Sequence[str], min_profit: int) -> tuple[int, tuple[Signal, ...]]:
        self.asked.append((tuple(codes), min_profit))
        return 7, self.signals


class Scans:
    """Both scans on one log. The engine runs unless told otherwise."""

    def __init__(self, stream: MemoryStream | None = None, *, running: bool = True) -> None:
        self.stream = stream or MemoryStream()
        self.script, self.asked = Script(), ScriptedDetector()
        store, clock = MemoryEventStore("/arb/scanner", self.stream), FixedClock()
        engine = EngineWatch(store)
        if running:
            engine.on_fact(EngineStarted(mode="live", by="test"))
        self.publisher = Publisher(store, clock, PASSPHRASE)
        self.venues = VenueRecord(store, clock)
        planner = RoutePlanner(EXECUTOR, TOKENS, FEE)
        self.routes = ContractScan(
            self.script,
            self.script,
            engine,
            self.publisher,
            self.venues,
            planner,
            base=XLM,
            largest=10**12,
            most_hops=3,
        )
        self.detector = DetectorScan(
            self.asked,
            self.routes,
            self.script,
            engine,
            self.publisher,
            store,
            clock,
            judge=SignalJudge(planner, TOKENS, (NATIVE, USDC), base=XLM, largest=10**12, most_hops=3),
            interval=15,
            min_profit=1,
        )

    async def facts(self, subject: str) -> list[object]:
        """Facts stored under subjects that begin like this."""
        store = MemoryEventStore("/test", self.stream)
        return [recorded.fact async for recorded in store.replay(subject)]
