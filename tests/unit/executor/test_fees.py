"""What is bid for a place: what recent ledgers took, doubled, within the share of the profit that may go into it."""

from hypothesis import given
from hypothesis import strategies as st
from support.plans import basket

from arb.executor.domain.fees import bid, most
from arb.messages.events.trade import FeeGrounds
from arb.messages.limits import Limits

LIMITS = Limits(
    max_notional=10**11,
    max_open_trades=3,
    min_profit=1,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
    max_fee_share_bps=5_000,
)


def seen(inclusion_fee: int | None, resource_fee: int = 0) -> FeeGrounds:
    return FeeGrounds(limits_version=1, ledger=9, inclusion_fee=inclusion_fee, resource_fee=resource_fee)


def test_twice_what_recent_ledgers_took() -> None:
    assert bid(basket(profit=100_100), seen(100), LIMITS) == 200
    assert bid(basket(profit=100_100), seen(7_000), LIMITS) == 14_000


def test_never_more_than_the_share_of_the_profit() -> None:
    # a plan that nets 1,000 beside a fee of 100 may bid half of the 1,000 on top of it
    plan = basket(profit=1_100, fee=100)
    assert bid(plan, seen(10**6), LIMITS) == most(plan, LIMITS) == 600
    none_of_it = LIMITS.model_copy(update={"max_fee_share_bps": 0})
    assert bid(plan, seen(10**6), none_of_it) == 100


def test_never_more_than_the_limit_of_a_transaction() -> None:
    capped = LIMITS.model_copy(update={"max_fee": 250})
    assert bid(basket(profit=10**9), seen(10**6), capped) == 250


def test_without_statistics_ten_times_the_least() -> None:
    assert bid(basket(profit=10**9), seen(None), LIMITS) == 1_000
    assert bid(basket(profit=1_100), seen(None), LIMITS) == 600


def test_a_profit_in_another_asset_weighs_nothing_against_a_fee() -> None:
    plan = basket(profit=10**9).model_copy(update={"base": "USDC:" + "G" + "A" * 55})
    assert bid(plan, seen(10**6), LIMITS) == plan.fee


@given(
    st.integers(101, 10**12), st.none() | st.integers(0, 10**9), st.integers(0, 10_000), st.none() | st.integers(100)
)
def test_what_is_left_of_the_profit_is_never_below_what_the_share_leaves(
    profit: int, paid: int | None, share: int, cap: int | None
) -> None:
    plan = basket(profit=profit)
    limits = LIMITS.model_copy(update={"max_fee_share_bps": share, "max_fee": cap})
    fee = bid(plan, seen(paid), limits)
    assert plan.fee <= fee
    assert (plan.profit - fee) * 10_000 >= plan.net_profit * (10_000 - share)
    assert cap is None or fee <= cap
