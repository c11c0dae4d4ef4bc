"""What the oracle says against a plan, from the prices on record."""

import pytest
from support.plans import basket, credit, planned

from arb.executor.domain.guard import judge
from arb.executor.domain.oracle_guard import object_to
from arb.messages.events.trade import TradeApproved, TradePlanned, TradeRejected
from arb.messages.limits import Limits
from arb.messages.oracle import OraclePrice

CLOSE = 1_700_000_000
LIMITS = Limits(
    max_notional=10**12,
    max_open_trades=3,
    min_profit=0,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
    max_oracle_deviation_bps=100,
    max_oracle_age=600,
)


def price(asset: str, value: int, *, decimals: int = 14, age: int = 0) -> OraclePrice:
    return OraclePrice(asset=asset, price=value, decimals=decimals, timestamp=CLOSE - age)


EVEN = (price("native", 10**14), price(credit("USDC"), 10**14), price(credit("EURC"), 10**14))


def objection(*prices: OraclePrice) -> str | None:
    """What is said of a cycle whose every exchange is one for one."""
    found = object_to(basket(), prices, close_time=CLOSE, max_deviation_bps=100, max_age=600)
    return found.code if found else None


def test_exchanges_at_the_oracles_price_are_good() -> None:
    assert objection(*EVEN) is None


@pytest.mark.parametrize(
    ("prices", "code"),
    [
        ((price("native", 10**14), price(credit("USDC"), 101 * 10**12)), None),
        ((price("native", 10**14), price(credit("USDC"), 101 * 10**12 + 10**10)), "oracle_deviation"),
        ((price("native", 10**14), price(credit("USDC"), 98 * 10**12)), "oracle_deviation"),
        ((price("native", 10**14), price(credit("USDC"), 10**7, decimals=7)), None),
        ((price("native", 10**14), price(credit("USDC"), 10**14, decimals=7)), "oracle_deviation"),
        ((price("native", 10**14, age=600), price(credit("USDC"), 10**14)), None),
        ((price("native", 10**14, age=601), price(credit("USDC"), 10**14)), "oracle_stale"),
        ((price("native", 10**14), price(credit("USDC"), 10**14, age=601)), "oracle_stale"),
        ((), "oracle_silent"),
        ((price("native", 10**14),), "oracle_silent"),
        ((price("native", 10**14), price(credit("OTHER"), 1)), "oracle_silent"),
    ],
)
def test_deviation_age_and_silence(prices: tuple[OraclePrice, ...], code: str | None) -> None:
    assert objection(*prices) == code


def test_the_guard_judges_by_what_the_plan_recorded() -> None:
    def verdict(fact: TradePlanned, limits: Limits = LIMITS) -> TradeApproved | TradeRejected:
        return judge(fact, limits=limits, ledger=fact.ledger, others=(), free_channels=1)

    good = planned().model_copy(update={"oracle": EVEN})
    assert isinstance(verdict(good), TradeApproved)
    silent = verdict(planned())
    assert isinstance(silent, TradeRejected)
    assert silent.code == "oracle_silent"
    # without an oracle there is nothing to hold a plan against
    assert isinstance(verdict(planned(), LIMITS.model_copy(update={"max_oracle_age": 0})), TradeApproved)
