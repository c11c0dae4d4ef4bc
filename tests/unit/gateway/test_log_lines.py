"""What people read about payments of others, ledgers that nobody can read, the detector and the venues."""

from arb.gateway.domain.log_lines import log_line
from arb.messages.events.account import HistoryMissed, MovedByOthers, TransactionsRead
from arb.messages.events.detector import DetectorScanned, DetectorUnreadable, SignalDropped
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
