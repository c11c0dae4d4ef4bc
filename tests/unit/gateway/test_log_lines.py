"""What people read about payments of others, and about ledgers that nobody can read."""

from arb.gateway.domain.log_lines import log_line
from arb.messages.events.account import HistoryMissed, MovedByOthers, TransactionsRead
from arb.messages.ledger import BalanceChange

ACCOUNT = "G" + "A" * 55
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
