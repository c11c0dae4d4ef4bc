"""What is bid for a place: what recent ledgers took, doubled, within the share of the profit that may go into it."""

from hypothesis import given
from hypothesis import strategies as st
from support.plans import ISSUER, PASSPHRASE, basket

from arb.executor.domain.fees import bid, most, rebid
from arb.messages.events.trade import FeeGrounds, RebidGrounds, TradeSigned
from arb.messages.limits import Limits

LIMITS = Limits(
    max_notional=10**11,
    max_open_trades=3,
    min_profit=1,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
    max_fee_share_bps=5_000,
)
SIGNED = TradeSigned(
    tx_hash="a" * 64,
    envelope_xdr="AAAA",
    network_passphrase=PASSPHRASE,
    source=ISSUER,
    trading_account=ISSUER,
    sequence=5,
    max_time=1_700_000_015,
    max_fee=100,
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


def signed(fee: int, resource_fee: int = 0) -> TradeSigned:
    return SIGNED.model_copy(update={"max_fee": fee, "fee_grounds": seen(100, resource_fee)})


def surge(dearest: int) -> RebidGrounds:
    return RebidGrounds(limits_version=1, ledger=11, dearest=dearest)


def test_a_full_ledger_is_bid_for_at_ten_times_or_more() -> None:
    plan = basket(profit=10**6)
    # one operation becomes two: ten times 200 an operation is 4,000
    assert rebid(plan, signed(200), surge(300), LIMITS) == 4_000
    assert rebid(plan, signed(200), surge(30_000), LIMITS) == 2 * 2 * 30_000


def test_no_higher_bid_where_the_price_was_not_the_reason() -> None:
    assert rebid(basket(profit=10**6), signed(200), surge(200), LIMITS) is None


def test_no_higher_bid_that_takes_more_than_the_share() -> None:
    # half of the net profit of 7,800 and the fee that was reckoned with: 4,000
    plan = basket(profit=7_900, fee=100)
    assert rebid(plan, signed(200), surge(300), LIMITS) == most(plan, LIMITS) == 4_000
    assert rebid(plan, signed(201), surge(300), LIMITS) is None
    assert rebid(plan, signed(200), surge(1_999), LIMITS) == 4_000
    assert rebid(plan, signed(200), surge(2_000), LIMITS) is None


def test_what_a_call_declares_to_use_is_paid_beside_the_bid() -> None:
    plan = basket(profit=10**6)
    assert rebid(plan, signed(5_200, resource_fee=5_000), surge(300), LIMITS) == 5_000 + 4_000
