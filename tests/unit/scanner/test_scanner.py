"""The scanner over a scripted market: when it publishes, what, and that the same find is one event."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from support.contract_market import FixedClock

from arb.contracts.market_changes import PoolChanged
from arb.eventlog.memory import MemoryEventStore, MemoryStream
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.pool import Pool
from arb.messages import subjects
from arb.messages.events.engine import EngineStarted, EngineStopped
from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.messages.plan import ClassicBasket
from arb.scanner.app.desk import ScannerDesk
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.publishing import Publisher
from arb.scanner.ports import LedgerClose, LedgerUpdate, Seen

ISSUER = "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL"
AAA, BBB = Asset("AAA", ISSUER), Asset("BBB", ISSUER)
PASSPHRASE = "Standalone Network ; February 2017"
THIRDS = tuple(Asset(code, ISSUER) for code in ("BBB", "CCC", "DDD"))
STARTED, STOPPED = EngineStarted(mode="live", by="test"), EngineStopped(by="test", reason="asked")


class Script:
    """A market that is told ledger by ledger."""

    def __init__(self) -> None:
        self.newest = 0

    async def updates(self) -> AsyncIterator[LedgerUpdate]:
        nothing: tuple[LedgerUpdate, ...] = ()
        for update in nothing:
            yield update

    async def closes(self) -> AsyncIterator[LedgerClose]:
        nothing: tuple[LedgerClose, ...] = ()
        for close in nothing:
            yield close

    def newest_ledger(self) -> int:
        return self.newest


def triangle(ledger: int, *, off: float = 0.05, seen_at_us: int = 900_000) -> LedgerUpdate:
    """Three pools whose prices disagree by `off`."""
    pools = [(NATIVE, AAA, 1.0), (AAA, BBB, 1.0), (NATIVE, BBB, 1.0 + off)]
    changes = tuple(
        Seen(PoolChanged(Pool(pool_id(a, b), a, b, int(10**12 * skew), 10**12, 10**12)), ledger) for a, b, skew in pools
    )
    return LedgerUpdate(LedgerClose(ledger, 1_700_000_000, 100, seen_at_us), changes, whole=True)


def fan(ledger: int) -> LedgerUpdate:
    """Three assets that can each be bought with AAA too cheaply: three cycles that all begin with the same pair."""
    pools = [(NATIVE, AAA, 1.0), *((AAA, third, 1.0) for third in THIRDS), *((NATIVE, t, 1.05) for t in THIRDS)]
    changes = tuple(
        Seen(PoolChanged(Pool(pool_id(a, b), a, b, int(10**12 * skew), 10**12, 10**12)), ledger) for a, b, skew in pools
    )
    return LedgerUpdate(LedgerClose(ledger, 1_700_000_000, 100, 900_000), changes, whole=True)


class Scanner:
    """The scanner without its processes: what is published, and what it answers."""

    def __init__(self, script: Script, stream: MemoryStream | None = None, max_notional: int = 10**12) -> None:
        store = MemoryEventStore("/arb/scanner", stream or MemoryStream())
        engine = EngineWatch(store)
        publisher = Publisher(store, FixedClock(), PASSPHRASE)
        market = MarketScan(
            script,
            engine,
            publisher,
            FixedClock(),
            basket_payments=20,
            basket_risk_bps=0,
            max_notional=max_notional,
        )
        desk = ScannerDesk(market, publisher, (NATIVE, AAA))
        self.load, self.on_engine, self.on_ledger = publisher.load, engine.on_fact, market.on_ledger
        self.newest, self.status, self.supported_assets = desk.newest, desk.status, desk.supported_assets


async def test_a_running_engine_gets_the_plan_with_exact_figures() -> None:
    # given a market that pays and an engine that runs / when a ledger closes
    script = Script()
    found_by = Scanner(script)
    found_by.on_engine(STARTED)
    script.newest = 7
    found = await found_by.on_ledger(triangle(7))
    # then the plan's figures follow from its payments, hop by hop
    assert found is not None
    assert found.id == opportunity_id(PASSPHRASE, 7, found.plan)
    assert (found.ledger, found.close_time, found.seen_at_us, found.base_fee) == (7, 1_700_000_000, 900_000, 100)
    plan = found.plan
    assert isinstance(plan, ClassicBasket)
    assert plan.profit == sum(payment.dest_amount - payment.predicted_in for payment in plan.payments)
    assert plan.net_profit == plan.profit - plan.fee == plan.profit - 100 * len(plan.payments) > 0
    for payment in plan.payments:
        assert payment.assets[0] == payment.assets[-1] == "native"
        assert payment.predicted_in <= payment.send_max < payment.dest_amount - 100
        assert payment.hops[0].amount_in == payment.predicted_in
        assert payment.hops[-1].amount_out == payment.dest_amount
        assert all(before.amount_out == after.amount_in for before, after in pairwise(payment.hops))
    assert found_by.newest(10).opportunities == (found,)
    assert found_by.status().opportunities == 1


async def test_nothing_is_searched_while_the_engine_stands_still() -> None:
    script = Script()
    idle = Scanner(script)
    script.newest = 7
    assert await idle.on_ledger(triangle(7)) is None
    idle.on_engine(STARTED)
    idle.on_engine(STOPPED)
    assert await idle.on_ledger(triangle(7)) is None
    status = idle.status()
    assert status.dropped == {"ledger_while_engine_stopped": 2}
    # but the picture is kept, so that a start finds it ready
    assert (status.synced, status.ledger, status.pools) == (True, 7, 3)


async def test_several_cycles_over_the_same_pairs_are_one_basket() -> None:
    # given a ledger in which three cycles pay, all through the same first pair: core's damping counts transactions
    script, stream = Script(), MemoryStream()
    scanner = Scanner(script, stream)
    scanner.on_engine(STARTED)
    script.newest = 7
    found = await scanner.on_ledger(fan(7))
    # then they are payments of one transaction, and the pair is claimed once
    assert found is not None
    assert len(stream.messages) == 1
    assert isinstance(found.plan, ClassicBasket)
    assert {("native", str(AAA), str(third), "native") for third in THIRDS} <= set(found.plan.paths)
    assert f"native -> {AAA}" in found.plan.claims
    # and the same market makes no second one in this ledger, however often it is searched
    await scanner.on_ledger(fan(7))
    assert len(stream.messages) == 1


async def test_an_outdated_market_is_never_traded_on() -> None:
    script = Script()
    late = Scanner(script)
    late.on_engine(STARTED)
    script.newest = 8
    assert await late.on_ledger(triangle(7)) is None
    assert late.status().dropped == {"ledger_outdated": 1}


async def test_the_same_find_by_two_scanners_or_after_a_restart_is_one_event() -> None:
    # given two scanners on one log who learn of the same ledger at different moments
    stream, script = MemoryStream(), Script()
    script.newest = 7
    first, second = Scanner(script, stream), Scanner(script, stream)
    for one in (first, second):
        one.on_engine(STARTED)
    found = await first.on_ledger(triangle(7))
    assert found is not None
    again = await second.on_ledger(triangle(7, seen_at_us=999_999))
    # then there is one event, and the second scanner counts what it left out
    assert again is None
    assert second.status().dropped["opportunity_already_known"] == 1
    assert [stored.subject for stored in stream.messages] == [subjects.opportunity(found.id).subject]
    # and a restarted scanner remembers it
    third = Scanner(script, stream)
    await third.load()
    assert [known.id for known in third.newest(5).opportunities] == [found.id]


async def test_a_market_in_balance_gives_no_event_and_says_why() -> None:
    script = Script()
    calm = Scanner(script)
    calm.on_engine(STARTED)
    script.newest = 9
    assert await calm.on_ledger(triangle(9, off=0.0)) is None
    assert calm.status().opportunities == 0
    assert calm.status().ledgers_scanned == 1


async def test_no_payment_sends_more_than_the_limit() -> None:
    script = Script()
    careful = Scanner(script, max_notional=10**8)
    careful.on_engine(STARTED)
    script.newest = 7
    found = await careful.on_ledger(triangle(7))
    assert found is not None
    assert isinstance(found, OpportunityFound)
    assert found.plan.notional <= 10**8


async def test_a_full_store_drops_the_find_and_counts_it() -> None:
    script = Script()
    script.newest = 7
    stuck = Scanner(script, MemoryStream(max_bytes=10))
    stuck.on_engine(STARTED)
    assert await stuck.on_ledger(triangle(7)) is None
    assert stuck.status().dropped["opportunity_not_stored"] == 1


@pytest.mark.parametrize(("newest", "synced"), [(7, True), (8, True), (9, False)])
async def test_in_step_means_at_most_one_ledger_behind(newest: int, synced: bool) -> None:
    script = Script()
    shown = Scanner(script)
    assert not shown.status().synced
    script.newest = newest
    await shown.on_ledger(triangle(7))
    assert shown.status().synced is synced


def test_supported_assets_are_the_universe() -> None:
    listed = Scanner(Script()).supported_assets().supported_assets
    assert [(asset.code, asset.issuer) for asset in listed] == [("XLM", "native"), ("AAA", ISSUER)]
