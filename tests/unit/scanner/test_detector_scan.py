"""Signals of the on-chain detector: recorded, re-quoted, and dropped with the reason when they do not hold."""

import pytest
from support.contract_market import CLOSE_TIME, DETECTOR, FEE, Scans, close, pools

from arb.messages import subjects
from arb.messages.events.detector import DetectorScanned, DetectorUnreadable, SignalDropped
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.routes import DetectorSignal, Signal
from arb.scanner.ports import DetectorError


def signal(asset: str = "USDC", *, expiry: int = CLOSE_TIME + 60) -> Signal:
    return Signal(
        asset=asset,
        buy_exchange="Reflector",
        sell_exchange="SDEX",
        buy_price=10**14,
        sell_price=2 * 10**14,
        available_amount=10**9,
        estimated_profit=10**9,
        confidence_score=90,
        expiry_time=expiry,
    )


async def scanned(scans: Scans, *signals: Signal) -> list[object]:
    """The detector's events after a scan that claims these signals, once pools are known."""
    scans.asked.signals = signals
    await scans.routes.on_ledger(close(7))
    await scans.detector.scan()
    return await scans.facts(subjects.detector(DETECTOR).subject)


async def opportunities(scans: Scans) -> list[OpportunityFound]:
    facts = await scans.facts(subjects.every("opportunity"))
    return [fact for fact in facts if isinstance(fact, OpportunityFound)]


async def test_a_signal_that_holds_becomes_a_plan_with_the_pools_figures_not_the_detectors() -> None:
    scans = Scans()
    scans.script.newest = 8  # the scan of routes comes too late for this ledger, so nobody has planned it yet
    await scans.routes.on_ledger(close(7))
    scans.script.newest = 7
    scans.asked.signals = (signal(),)
    await scans.detector.scan()
    (found,) = await opportunities(scans)
    plan = found.plan
    assert isinstance(plan, DetectorSignal)
    assert plan.signal == signal()
    assert plan.profit == plan.steps[-1].amount_out - plan.steps[0].amount_in != plan.signal.estimated_profit
    assert plan.net_profit == plan.profit - FEE > 0
    assert await scans.facts(subjects.detector(DETECTOR).subject) == [
        DetectorScanned(ledger=7, assets=("USDC",), signals=(signal(),))
    ]


async def test_a_signal_on_pools_that_are_planned_already_makes_no_second_trade() -> None:
    scans = Scans()
    facts = await scanned(scans, signal())
    assert [fact.code for fact in facts if isinstance(fact, SignalDropped)] == ["already_planned"]
    assert [found.plan.kind for found in await opportunities(scans)] == ["soroban_route"]


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        (signal("DOGE"), "unknown_asset"),
        (signal(expiry=CLOSE_TIME), "expired"),
        (signal(), "does_not_pay"),
    ],
)
async def test_a_signal_that_does_not_hold_is_dropped_with_the_reason_on_record(claimed: Signal, code: str) -> None:
    scans = Scans()
    scans.script.pools = pools(off_bps=0)
    facts = await scanned(scans, claimed)
    (dropped,) = (fact for fact in facts if isinstance(fact, SignalDropped))
    assert (dropped.code, dropped.signal, dropped.ledger) == (code, claimed, 7)
    assert await opportunities(scans) == []


async def test_a_detector_that_is_none_is_an_event_and_no_fault_of_the_scanner() -> None:
    scans = Scans()
    scans.asked.fault = DetectorError("not_a_detector", "it has no scan_opportunities")
    for _ in range(3):
        await scans.detector.scan()
    assert await scans.facts(subjects.detector(DETECTOR).subject) == [
        DetectorUnreadable(code="not_a_detector", reason="it has no scan_opportunities")
    ]
    # and once it answers, its list is the one shown
    scans.asked.fault = None
    await scans.detector.scan()
    assert scans.detector.assets == scans.asked.assets


async def test_while_the_engine_stands_still_only_the_list_of_assets_is_read() -> None:
    idle = Scans(running=False)
    await idle.detector.scan()
    assert idle.detector.assets == idle.asked.assets
    assert idle.asked.asked == []
    assert await idle.facts(subjects.detector(DETECTOR).subject) == []


async def test_another_scanner_writing_to_the_same_record_is_survived() -> None:
    first = Scans()
    second = Scans(first.stream)
    for scans in (first, second, first, second, second):
        await scans.detector.scan()
    facts = await first.facts(subjects.detector(DETECTOR).subject)
    # A clash costs the one event; the next scan writes again
    assert len(facts) >= 3
