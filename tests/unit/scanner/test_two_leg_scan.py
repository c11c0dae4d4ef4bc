"""Classic venues against contract pools: what both legs would pay is published where that is wanted."""

import pytest
from support.contract_market import DOLLARS, FEE, PAIR, TOKENS, USDC, XLM, FixedClock, Scans, close

from arb.contracts.market_changes import PoolChanged
from arb.eventlog import MemoryEventStore
from arb.markets.asset import NATIVE, pool_id
from arb.markets.pool import Pool
from arb.markets.soroban.pools import SoroswapPool
from arb.messages.two_leg import TwoLeg
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.two_leg_scan import TwoLegScan
from arb.scanner.ports import LedgerUpdate, Seen


async def scan(*, dear: bool) -> tuple[Scans, TwoLegScan]:
    """USDC is dear (or cheap) in the contract pool; on the classic pool it is worth one XLM."""
    scans = Scans()
    here, there = (10**13, 10**13 // 2) if dear else (10**13 // 2, 10**13)
    scans.script.pools = (SoroswapPool(PAIR, (XLM, DOLLARS), (here, there)),)
    await scans.routes.on_ledger(close(7))
    engine = EngineWatch(MemoryEventStore("/test", scans.stream))
    classic = MarketScan(
        scans.script,
        engine,
        scans.publisher,
        FixedClock(),
        basket_payments=1,
        basket_risk_bps=0,
        max_notional=10**12,
    )
    pool = Pool(pool_id(NATIVE, USDC), NATIVE, USDC, 10**13, 10**13, 10**13)
    await classic.on_ledger(LedgerUpdate(close(7), (Seen(PoolChanged(pool), 7),), whole=True))
    two_leg = TwoLegScan(scans.script, classic, scans.routes, engine, scans.publisher, TOKENS, largest=10**12, fee=FEE)
    return scans, two_leg


@pytest.mark.parametrize(("dear", "buy_on"), [(True, "classic"), (False, "soroban")])
async def test_the_dearer_side_is_sold_to(dear: bool, buy_on: str) -> None:
    _, two_leg = await scan(dear=dear)
    found = await two_leg.on_ledger(close(7))
    assert found is not None
    plan = found.plan
    assert isinstance(plan, TwoLeg)
    assert plan.buy_on == buy_on
    assert plan.net_profit == plan.received - plan.spent - FEE > 0
    assert plan.paths == (("native", str(USDC), "native"),)
    assert [swap[:2] for swap in plan.swaps] == [("native", str(USDC)), (str(USDC), "native")]


async def test_a_newer_ledger_ends_the_search() -> None:
    scans, two_leg = await scan(dear=True)
    scans.script.newest = 8
    assert await two_leg.on_ledger(close(7)) is None
