"""What halts the engine, each limit at its edge, and what results come to by day, kind and mode."""

import pytest
from support.plans import basket, planned

from arb.executor.domain.ending import Ending
from arb.executor.domain.results import Results
from arb.executor.domain.risk import Breach, Tally
from arb.executor.domain.trade import Trade
from arb.messages.events.engine import Mode
from arb.messages.events.trade import TradeConfirmed, TradeExpired, TradeFailed, TradeRehearsed, TradeRejected
from arb.messages.limits import AssetLimits, Limits

MORNING = 1_700_006_400  # a midnight, UTC
DAY = 86_400
LIMITS = Limits(
    max_notional=10**12,
    max_open_trades=3,
    min_profit=0,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
)
BTC = "BTC:G" + "A" * 55


def ended(profit: int | None, *, fee: int = 0, at: int = MORNING, base: str = "native", mode: Mode = "live") -> Trade:
    """A trade that was confirmed with this profit, or failed when it is None."""
    plan = basket().model_copy(update={"base": base})
    fact = planned(plan=plan).model_copy(update={"mode": mode})
    settled = {"ledger": 11, "close_time": at, "fee_charged": fee, "changes": (), "venues_moved": False}
    if profit is None:
        return Trade("failed", fact, None, TradeFailed(**settled, codes=("tx_failed",)))  # type: ignore[arg-type]
    done = TradeConfirmed(**settled, predicted_profit=1, realised_profit=profit)  # type: ignore[arg-type]
    return Trade("confirmed", fact, None, done)


def expired(at: int = MORNING) -> Trade:
    proof = TradeExpired(closed_ledger=30, closed_at=at, oldest_ledger=1, reason="PENDING")
    return Trade("expired", planned(), None, proof)


def rehearsed() -> Trade:
    fact = planned().model_copy(update={"mode": "paper"})
    done = TradeRehearsed(tx_hash="a" * 64, hypothetical_profit=5_000, hypothetical_fee=100)
    return Trade("rehearsed", fact, None, done)


def endings(*trades: Trade) -> list[Ending]:
    return [ending for trade in trades if (ending := Ending.of(trade, 1)) is not None]


def breach(*trades: Trade, **limits: object) -> Breach | None:
    tally = Tally()
    for ending in endings(*trades):
        tally.add(ending)
    return tally.breach(LIMITS.model_copy(update=limits))


def test_a_days_loss_is_net_of_fees_and_allowed_up_to_its_bound() -> None:
    # Given 300 gained and fees of 1000 on one day
    trades = (ended(300, fee=100), ended(None, fee=900))
    assert breach(*trades, max_daily_loss=700) is None
    assert breach(*trades, max_daily_loss=699) == Breach("max_daily_loss", "native", 700, 699)
    assert breach(*trades) is None


def test_a_day_ends_at_midnight_of_the_network() -> None:
    last, first = (MORNING // DAY + 1) * DAY - 1, (MORNING // DAY + 1) * DAY
    assert breach(ended(None, fee=500, at=last), ended(None, fee=500, at=last), max_daily_loss=999) is not None
    assert breach(ended(None, fee=500, at=last), ended(None, fee=500, at=first), max_daily_loss=999) is None
    # What is learned of late does not make up for today's loss
    late = (ended(None, fee=900, at=first), ended(5_000, at=last))
    assert breach(*late, max_daily_loss=899) == Breach("max_daily_loss", "native", 900, 899)


def test_drawdown_is_measured_from_the_peak_over_days() -> None:
    trades = (ended(1_000), ended(None, fee=400), ended(None, fee=401, at=MORNING + 2 * DAY))
    assert breach(*trades, max_drawdown=801) is None
    assert breach(*trades, max_drawdown=800) == Breach("max_drawdown", "native", 801, 800)
    # A loss before any gain falls from nothing
    assert breach(ended(None, fee=2), max_drawdown=1) == Breach("max_drawdown", "native", 2, 1)


def test_each_asset_is_measured_by_itself_and_by_its_own_bound() -> None:
    trades = (ended(-50, base=BTC), ended(10_000))
    own = (AssetLimits(asset=BTC, max_daily_loss=49),)
    assert breach(*trades, max_daily_loss=1_000) is None
    assert breach(*trades, max_daily_loss=1_000, by_asset=own) == Breach("max_daily_loss", BTC, 50, 49)


def test_the_error_rate_is_that_of_the_last_trades_once_there_are_enough() -> None:
    good, bad = ended(1), ended(None)
    window: dict[str, object] = {"error_rate_trades": 4, "max_error_rate_bps": 5_000}
    assert breach(bad, bad, bad, **window) is None
    assert breach(bad, expired(), good, good, **window) is None
    assert breach(good, bad, expired(), bad, **window) == Breach("max_error_rate_bps", None, 7_500, 5_000)
    assert breach(bad, bad, bad, bad, good, good, good, **window) is None
    assert breach(bad, bad, bad, bad, max_error_rate_bps=0) is None


@pytest.mark.parametrize(
    "trade",
    [
        Trade(),
        Trade("planned", planned()),
        Trade("rejected", planned(), None, TradeRejected(code="c", reason="r")),
        rehearsed(),
    ],
)
def test_what_was_never_on_the_ledger_is_no_loss_and_no_error(trade: Trade) -> None:
    assert breach(trade, max_daily_loss=0, max_drawdown=0, max_error_rate_bps=0, error_rate_trades=1) is None


def test_a_halt_names_limit_value_and_bound() -> None:
    fact = Breach("max_daily_loss", "native", 12_000_000, 10_000_000).halted("executor")
    assert (fact.limit, fact.asset, fact.value, fact.bound) == ("max_daily_loss", "native", 12_000_000, 10_000_000)
    assert fact.reason == "max_daily_loss: 1.2000000 XLM lost within a day, the limit is 1.0000000 XLM"
    rate = Breach("max_error_rate_bps", None, 7_500, 5_000).halted("executor")
    assert rate.reason == "max_error_rate_bps: 7500 bps of the last trades failed or expired, the limit is 5000 bps"


def test_results_are_kept_by_day_kind_and_mode() -> None:
    results = Results()
    trades = [ended(300, fee=100, at=MORNING - DAY), ended(200, fee=100), ended(None, fee=50), expired()]
    trades += [rehearsed(), ended(7, base=BTC), Trade("rejected", planned(), None, TradeRejected(code="c", reason="r"))]
    for ending in endings(*trades):
        results.add(ending)

    found = results.pnl(MORNING + 5)

    assert found.day == "2023-11-15"
    assert (found.today.profit, found.today.fees) == ({"native": 200, BTC: 7}, 150)
    # expired() closed on the same day, though it was planned before
    assert found.today.trades == {"confirmed": 2, "failed": 1, "expired": 1}
    assert (found.total.profit, found.total.fees) == ({"native": 500, BTC: 7}, 250)
    assert found.total.by_kind["classic_basket"].profit == {"native": 500, BTC: 7}
    # What paper trades would have earned is nowhere among it
    assert found.hypothetical_total.trades == {"rehearsed": 1}
    assert (found.hypothetical_total.profit, found.hypothetical_total.fees) == ({"native": 5_000}, 100)
