"""What people read about payments of others, ledgers that nobody can read, the detector and the venues."""

from arb.gateway.domain.log_lines import log_line
from arb.messages.events.account import HistoryMissed, MovedByOthers, TransactionsRead
from arb.messages.events.detector import DetectorScanned, DetectorUnreadable, SignalDropped
from arb.messages.events.engine import EngineHalted, EngineResumed
from arb.messages.events.limits import LimitsSet
from arb.messages.events.trade import TradeExpired, TradeFailed, TradeRehearsed, TradeRejected
from arb.messages.events.venue import VenueReadmitted, VenueSkipped
from arb.messages.ledger import BalanceChange
from arb.messages.routes import Signal

ACCOUNT, CONTRACT = "G" + "A" * 55, "C" + "A" * 55
USDC = "USDC:G" + "C" * 55


def moved(*deltas: tuple[str, int]) -> str | None:
    changes = tuple(BalanceChange(account=ACCOUNT, asset=asset, delta=delta) for asset, delta in deltas)
    return log_line(ACCOUNT, MovedByOthers(tx_hash="a" * 64, ledger=7, changes=changes))


def test_payments_of_others_are_said_in_whole_units() -> None:
    assert moved(("native", 50_000_000)) == "account GAAAAA… received 5.0000000 XLM in ledger 7 from others"
    assert moved(("native", 1), (USDC, -20_000_000)) == (
        "account GAAAAA… received 0.0000001 XLM and lost 2.0000000 USDC in ledger 7 from others"
    )


def test_missed_history_is_said_and_progress_is_not() -> None:
    said = log_line(ACCOUNT, HistoryMissed(first_ledger=3, last_ledger=9))
    assert said is not None
    assert "3 to 9" in said
    assert log_line(ACCOUNT, TransactionsRead(ledger=9)) is None


def test_what_the_detector_claimed_and_which_pools_are_out_is_said() -> None:
    signal = Signal(
        asset="USDC",
        buy_exchange="a",
        sell_exchange="b",
        buy_price=1,
        sell_price=2,
        available_amount=1,
        estimated_profit=1,
        confidence_score=1,
        expiry_time=1,
    )
    said = [
        log_line(CONTRACT, fact)
        for fact in (
            DetectorScanned(ledger=7, assets=("USDC", "AQUA"), signals=(signal,)),
            DetectorUnreadable(code="unreachable", reason="nobody answers"),
            SignalDropped(ledger=7, signal=signal, code="expired", reason="too late"),
            VenueSkipped(venue="phoenix", ledger=7, code="archived", reason="its data is archived"),
            VenueReadmitted(venue="phoenix", ledger=9),
        )
    ]
    assert said == [
        "detector asked on ledger 7 about 2 assets: 1 signal(s)",
        "detector unreadable (unreachable): nobody answers",
        "signal on USDC dropped (expired): too late",
        "phoenix pool CAAAAA… left out from ledger 7 (archived): its data is archived",
        "phoenix pool CAAAAA… takes part again from ledger 9",
    ]


def test_halts_name_the_way_out() -> None:
    halted = EngineHalted(by="executor", reason="max_daily_loss: too much")
    assert log_line("main", halted) == "engine halted by executor until a person resumes it: max_daily_loss: too much"
    assert log_line("main", EngineResumed(by="ws-1", running=True)) == "engine resumed by ws-1: it trades again"
    assert log_line("main", EngineResumed(by="ws-1", running=False)) == "engine resumed by ws-1: it stays stopped"


def test_limits_tell_which_were_set_by_command() -> None:
    limits = LimitsSet(
        by="ws-1",
        overridden=("max_notional",),
        max_notional=1,
        max_open_trades=1,
        min_profit=0,
        max_data_age_ledgers=1,
        max_trades_per_pair_per_ledger=1,
    )
    assert log_line("main", limits) == "limits set by ws-1 (by command: max_notional)"
    assert log_line("main", limits.model_copy(update={"overridden": ()})) == "limits set by ws-1"


def test_why_a_trade_ended_is_said_in_words() -> None:
    failed = TradeFailed(
        ledger=9, fee_charged=100, changes=(), venues_moved=True, codes=("tx_failed", "op_success", "op_too_few_offers")
    )
    rejected = TradeRejected(code="simulation:entry_archived", reason="see there")
    expired = TradeExpired(closed_ledger=9, closed_at=1, oldest_ledger=1, reason="ERROR tx_insufficient_fee")
    assert [log_line("0123456789", fact) for fact in (failed, rejected, expired)] == [
        "trade 01234567 failed in ledger 9: op_too_few_offers: the path no longer fills",
        "trade 01234567 rejected (simulation:entry_archived: a ledger entry of the route is archived and must be "
        "restored first): see there",
        "trade 01234567 expired unseen by ledger 9: tx_insufficient_fee: the fee bid is below what the ledger asks",
    ]


def test_a_paper_trade_is_never_taken_for_a_profit() -> None:
    rehearsed = TradeRehearsed(tx_hash="a" * 64, hypothetical_profit=5_000, hypothetical_fee=100)
    assert log_line("0123456789", rehearsed) == (
        "trade 01234567 rehearsed in paper mode, nothing was signed: hypothetical profit +0.0005000, fee 0.0000100 XLM"
    )
