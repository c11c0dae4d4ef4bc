"""The report fold, against figures worked out by hand."""

from datetime import UTC, datetime

import pytest

from arb.eventlog import EMPTY, Head, MemoryEventStore
from arb.eventlog.audit import AuditReport, PaperReport, Report
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events import account, engine, opportunity, trade
from arb.messages.ledger import BalanceChange
from arb.messages.plan import ClassicBasket, PlannedPayment
from arb.messages.subjects import Aggregate

TRADING = "G" + "A" * 55
CHANNEL = "G" + "B" * 55
USDC = "USDC:G" + "C" * 55
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def plan(base: str = "native", fee: int = 100) -> ClassicBasket:
    payment = PlannedPayment(
        assets=(base, "KALE:G" + "D" * 55, base), dest_amount=1_000, send_max=990, predicted_in=950, hops=()
    )
    return ClassicBasket(base=base, payments=(payment,), profit=50, fee=fee, net_profit=50 - fee)


def changes(*moves: tuple[str, str, int]) -> tuple[BalanceChange, ...]:
    return tuple(BalanceChange(account=owner, asset=asset, delta=delta) for owner, asset, delta in moves)


def planned(trade_id: str, ledger: int = 50, seen_at_us: int = 1_000_000, base: str = "native") -> trade.TradePlanned:
    return trade.TradePlanned(
        trade_id=trade_id, opportunity_id="o1", ledger=ledger, seen_at_us=seen_at_us, plan=plan(base)
    )


def submitted(at_us: int) -> trade.TradeSubmitted:
    return trade.TradeSubmitted(status="PENDING", attempts=1, submitted_at_us=at_us)


def confirmed(
    ledger: int, predicted: int, realised: int, *, moved: bool, fee: int = 100, asset: str = "native"
) -> trade.TradeConfirmed:
    return trade.TradeConfirmed(
        ledger=ledger,
        fee_charged=fee,
        changes=changes((TRADING, asset, realised), (CHANNEL, "native", -fee)),
        venues_moved=moved,
        predicted_profit=predicted,
        realised_profit=realised,
    )


async def report_on(*written: tuple[Aggregate, Fact]) -> AuditReport:
    """The report on a record of these facts."""
    store = MemoryEventStore("/test")
    heads: dict[Aggregate, Head] = {}
    for aggregate, fact in written:
        recorded = await store.append(aggregate, fact, expected=heads.get(aggregate, EMPTY), time=NOON)
        heads[aggregate] = recorded.head
    report = Report()
    async for recorded in store.replay(subjects.EVERY_EVENT):
        report.add(recorded)
    return report.result()


async def test_an_empty_record_reports_nothing_and_no_share() -> None:
    report = await report_on()

    assert report == AuditReport(
        events=0,
        opportunities=0,
        first_ledger=None,
        last_ledger=None,
        trades={},
        trades_by_kind={},
        failures={},
        profit_stroops={},
        profit_by_kind={},
        slippage_stroops={},
        fees_stroops=0,
        fees_predicted_stroops=0,
        housekeeping_fees_stroops=0,
        predicted_equals_realised=None,
        exact_when_unmoved=None,
        p50_ms=None,
        p99_ms=None,
        ledgers_missed=0,
        hypothetical=PaperReport(trades={}, trades_by_kind={}, profit_stroops={}),
        balances={},
    )


async def test_trades_are_counted_by_their_last_state_and_kind() -> None:
    t1, t2, t3 = (subjects.trade(name) for name in ("t1", "t2", "t3"))

    report = await report_on(
        (t1, planned("t1")),
        (t2, planned("t2")),
        (t2, trade.TradeApproved(judged_at_ledger=50)),
        (t3, planned("t3")),
        (t3, trade.TradeRejected(code="min_profit", reason="too little")),
    )

    assert report.trades == {"planned": 1, "approved": 1, "rejected": 1}
    assert report.trades_by_kind == {"classic_basket": report.trades}


async def test_what_the_signer_refused_is_counted_by_its_code() -> None:
    refused = [
        account.SigningRefused(account=TRADING, tx_hash=None, code=code, reason="no")
        for code in ("may_lose", "destination", "may_lose")
    ]
    report = await report_on(*((subjects.account(TRADING), fact) for fact in refused))

    assert report.signatures_refused == {"may_lose": 2, "destination": 1}


async def test_what_the_queue_dropped_and_what_was_bid_for_again_is_counted_and_moves_no_state() -> None:
    t1 = subjects.trade("t1")
    rebid = trade.TradeRebid(
        tx_hash="b" * 64,
        envelope_xdr="AAAA",
        fee_source=CHANNEL,
        max_fee=4_000,
        grounds=trade.RebidGrounds(limits_version=1, ledger=51, dearest=300),
    )

    report = await report_on(
        (t1, planned("t1")),
        (t1, trade.TradeSubmitted(status="PENDING", attempts=1, submitted_at_us=2_000_000)),
        (t1, trade.TradeDropped(ledger=51, answer="TRY_AGAIN_LATER", sends=2)),
        (t1, rebid),
    )

    assert (report.trades, report.trades_dropped, report.trades_rebid) == ({"submitted": 1}, 1, 1)


async def test_paper_trades_are_apart_from_live_ones() -> None:
    t1, t2, t3 = (subjects.trade(name) for name in ("t1", "t2", "t3"))
    on_paper = planned("t2").model_copy(update={"mode": "paper"})

    report = await report_on(
        (t1, planned("t1")),
        (t1, confirmed(51, 50, 40, moved=False)),
        (t2, on_paper),
        (t2, trade.TradeApproved(judged_at_ledger=50)),
        (t2, trade.TradeRehearsed(tx_hash="a" * 64, hypothetical_profit=50, hypothetical_fee=100)),
        (t3, on_paper),
        (t3, trade.TradeRejected(code="min_profit", reason="too little")),
    )

    assert (report.trades, report.trades_by_kind) == ({"confirmed": 1}, {"classic_basket": {"confirmed": 1}})
    assert (report.profit_stroops, report.fees_stroops, report.predicted_equals_realised) == ({"native": 40}, 100, 0.0)
    assert report.hypothetical == PaperReport(
        trades={"rehearsed": 1, "rejected": 1},
        trades_by_kind={"classic_basket": {"rehearsed": 1, "rejected": 1}},
        profit_stroops={"native": 50},
    )


async def test_failures_are_counted_by_what_they_mean() -> None:
    failed = trade.TradeFailed(
        ledger=53, fee_charged=70, changes=(), venues_moved=True, codes=("tx_failed", "op_too_few_offers")
    )
    trades = [subjects.trade(f"t{number}") for number in range(3)]

    report = await report_on(
        *((one, planned(one.id)) for one in trades),
        *((one, failed) for one in trades[:2]),
        (trades[2], trade.TradeExpired(closed_ledger=60, closed_at=1, oldest_ledger=1, reason="ERROR tx_bad_seq")),
    )

    assert report.failures == {
        "op_too_few_offers: the path no longer fills": 2,
        "tx_bad_seq: the channel's sequence number was used by another transaction": 1,
    }


async def test_profit_fees_and_shares() -> None:
    t1, t2, t3, t4 = (subjects.trade(name) for name in ("t1", "t2", "t3", "t4"))
    failed = trade.TradeFailed(
        ledger=53, fee_charged=70, changes=changes((CHANNEL, "native", -70)), venues_moved=True, codes=("tx_failed",)
    )

    report = await report_on(
        (t1, planned("t1")),
        (t1, confirmed(51, 50, 50, moved=False)),
        (t2, planned("t2")),
        (t2, confirmed(52, 50, 30, moved=True)),
        (t3, planned("t3", base=USDC)),
        (t3, confirmed(52, 50, 50, moved=True, fee=90, asset=USDC)),
        (t4, planned("t4")),
        (t4, failed),
    )

    assert report.profit_stroops == {"native": 80, USDC: 50}
    assert report.profit_by_kind == {"classic_basket": {"native": 80, USDC: 50}}
    assert report.slippage_stroops == {"native": -20, USDC: 0}
    assert (report.fees_stroops, report.fees_predicted_stroops) == (100 + 100 + 90 + 70, 400)
    assert report.predicted_equals_realised == pytest.approx(2 / 3)
    assert report.exact_when_unmoved == 1.0
    assert report.balances == {TRADING: {"native": 80, USDC: 50}, CHANNEL: {"native": -360}}


async def test_exact_when_unmoved_is_null_without_an_unmoved_trade_and_shows_a_miss() -> None:
    t1, t2 = subjects.trade("t1"), subjects.trade("t2")

    moved = await report_on((t1, planned("t1")), (t1, confirmed(51, 50, 49, moved=True)))
    missed = await report_on(
        (t1, planned("t1")),
        (t1, confirmed(51, 50, 49, moved=False)),
        (t2, planned("t2")),
        (t2, confirmed(51, 50, 50, moved=False)),
    )

    assert (moved.predicted_equals_realised, moved.exact_when_unmoved) == (0.0, None)
    assert missed.exact_when_unmoved == 0.5


async def test_balances_add_up_over_every_event_that_moves_them() -> None:
    own, t1 = subjects.account(TRADING), subjects.trade("t1")
    settled = account.AccountTransactionSettled(
        tx_hash="a" * 64,
        outcome="failed",
        ledger=41,
        fee_charged=200,
        codes=("tx_failed",),
        changes=changes((TRADING, "native", -200)),
    )

    report = await report_on(
        (
            own,
            account.AccountFunded(
                account=TRADING, ledger=40, tx_hash=None, changes=changes((TRADING, "native", 10_000))
            ),
        ),
        (own, settled),
        (own, account.MovedByOthers(tx_hash="b" * 64, ledger=42, changes=changes((TRADING, USDC, 7)))),
        (own, account.TransactionsRead(ledger=47)),
        (own, account.HistoryMissed(first_ledger=43, last_ledger=45)),
        # an observation is not a movement
        (own, account.BalancesChanged(account=TRADING, ledger=41, balances=())),
        (t1, planned("t1")),
        (t1, confirmed(51, 50, 50, moved=False)),
    )

    assert report.balances == {TRADING: {"native": 9_850, USDC: 7}, CHANNEL: {"native": -100}}
    assert report.ledgers_missed == 3
    assert (report.housekeeping_fees_stroops, report.fees_stroops) == (200, 100)
    assert (report.first_ledger, report.last_ledger) == (40, 51)


async def test_latency_is_nearest_rank_from_seen_to_submitted() -> None:
    written: list[tuple[Aggregate, Fact]] = []
    for n in range(1, 101):
        aggregate = subjects.trade(f"t{n}")
        written += [(aggregate, planned(f"t{n}")), (aggregate, submitted(1_000_000 + n * 1_000))]
    never = subjects.trade("never")

    report = await report_on(*written, (never, planned("never")))

    assert (report.p50_ms, report.p99_ms) == (50.0, 99.0)


async def test_opportunities_are_counted_and_other_events_do_not_disturb() -> None:
    found = opportunity.OpportunityFound(
        id="o1",
        network_passphrase="Standalone Network ; February 2017",
        ledger=48,
        close_time=1,
        seen_at_us=1,
        base_fee=100,
        plan=plan(),
    )

    report = await report_on(
        (subjects.opportunity("o1"), found),
        (subjects.ENGINE, engine.EngineStarted(mode="live", by="x")),
    )

    assert (report.events, report.opportunities, report.first_ledger, report.trades) == (2, 1, 48, {})


async def test_an_adopted_account_is_in_the_books_before_anything_moved_it() -> None:
    adopted = account.AccountAdopted(
        account=CHANNEL, role="channel", index=0, network_passphrase="Standalone Network ; February 2017"
    )

    report = await report_on((subjects.account(CHANNEL), adopted))

    assert report.balances == {CHANNEL: {}}
