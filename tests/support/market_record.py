"""Scans that keep a market record in memory, and that record run again."""

from collections.abc import Sequence

from support.contract_market import (
    EXECUTOR,
    FEE,
    PASSPHRASE,
    TOKENS,
    USDC,
    XLM,
    FixedClock,
    Script,
    ScriptedDetector,
    pools,
)

from arb.contracts.market_changes import PoolChanged
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.ports import EventStore
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.pool import Pool
from arb.messages import subjects
from arb.messages.events.engine import EngineStarted
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.market import SearchTerms
from arb.scanner.app.contract_scan import ContractScan
from arb.scanner.app.detector_scan import DetectorScan
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_record import MarketRecord
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.publishing import Publisher
from arb.scanner.app.venue_record import VenueRecord
from arb.scanner.domain.contract_plans import RoutePlanner
from arb.scanner.domain.replay import DecisionReplay, Published
from arb.scanner.domain.signals import SignalJudge
from arb.scanner.ports import LedgerClose, LedgerUpdate, MarketLog, Seen
from arb.scanner.record.streams import RecordReader

AAA = Asset("AAA", "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL")
LARGEST, HOPS = 10**12, 3
TERMS = SearchTerms(
    network_passphrase=PASSPHRASE,
    assets=(str(NATIVE), str(USDC)),
    basket_payments=20,
    basket_risk_bps=0,
    max_notional=LARGEST,
    route_executor=EXECUTOR,
    route_hops=HOPS,
    route_fee=FEE,
    max_route_notional=LARGEST,
)


class KeptMarket:
    """A MarketLog that keeps messages in memory; `down` refuses them."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.down = False

    async def append(self, subject: str, message: bytes) -> None:
        if self.down:
            raise StoreUnavailableError(f"{subject} was not stored: told so")
        self.messages.append(message)


def update(ledger: int, *, off: float, whole: bool) -> LedgerUpdate:
    """Three pools whose prices disagree by `off`; after a whole market only the last of them changes."""
    pairs = [(NATIVE, AAA, 1.0), (AAA, USDC, 1.0), (NATIVE, USDC, 1.0 + off)]
    changes = [
        Seen(PoolChanged(Pool(pool_id(a, b), a, b, int(10**12 * skew), 10**12, 10**12)), ledger) for a, b, skew in pairs
    ]
    return LedgerUpdate(close_of(ledger), tuple(changes if whole else changes[2:]), whole)


def close_of(ledger: int) -> LedgerClose:
    """The close of a ledger."""
    return LedgerClose(ledger, 1_700_000_000 + 5 * ledger, 100, 900_000 + ledger)


class RecordedScans:
    """All three scans of one scanner life on one log, each recorded."""

    def __init__(self, market: MarketLog, store: EventStore, life: str = "00" * 8) -> None:
        self.script, self.asked = Script(), ScriptedDetector()
        clock = FixedClock()
        self.engine = EngineWatch(store)
        self.engine.on_fact(EngineStarted(mode="live", by="test"))
        publisher = Publisher(store, clock, PASSPHRASE)
        self.record = MarketRecord(market, TERMS, life)
        planner = RoutePlanner(EXECUTOR, TOKENS, FEE)
        self.classic = MarketScan(
            self.script,
            self.engine,
            publisher,
            clock,
            basket_payments=20,
            basket_risk_bps=0,
            max_notional=LARGEST,
            record=self.record,
        )
        self.routes = ContractScan(
            self.script,
            self.script,
            self.engine,
            publisher,
            VenueRecord(store, clock),
            planner,
            base=XLM,
            largest=LARGEST,
            most_hops=HOPS,
            record=self.record,
        )
        self.detector = DetectorScan(
            self.asked,
            self.routes,
            self.script,
            self.engine,
            publisher,
            store,
            clock,
            judge=SignalJudge(planner, TOKENS, (NATIVE, USDC), base=XLM, largest=LARGEST, most_hops=HOPS),
            interval=15,
            min_profit=1,
            record=self.record,
        )

    async def ledger(self, number: int, *, off: float = 0.05, whole: bool = False) -> None:
        """One ledger through the classic scan and the contract scan, recorded."""
        self.script.newest = number
        await self.classic.on_ledger(update(number, off=off, whole=whole))
        await self.routes.on_ledger(close_of(number))
        for _ in range(2):
            await self.record.store_next()

    async def six_ledgers(self) -> None:
        """Ledgers 7 to 12: on one the classic market is in balance, on two the contract pools are."""
        await self.ledger(7, whole=True)
        await self.ledger(8, off=0.06)
        await self.ledger(9, off=0.0)
        self.script.pools = pools(off_bps=0)
        await self.ledger(10, off=0.07)
        self.script.pools = pools(off_bps=400)[:1]
        await self.ledger(11, off=0.03)
        self.script.pools = pools(off_bps=500)
        await self.ledger(12, off=0.04)


async def published(store: EventStore) -> dict[str, OpportunityFound]:
    """The opportunities of the event record."""
    facts = [recorded.fact async for recorded in store.replay(subjects.every("opportunity"))]
    return {fact.id: fact for fact in facts if isinstance(fact, OpportunityFound)}


def replayed(messages: Sequence[bytes], found: dict[str, OpportunityFound]) -> tuple[DecisionReplay, dict[str, int]]:
    """The record run again against these opportunities, and what was passed over."""
    replay = DecisionReplay({name: Published.of(fact) for name, fact in found.items()})
    reader = RecordReader()
    for message in messages:
        for item in reader.read(message):
            replay.take(item)
    return replay, dict(replay.end())
