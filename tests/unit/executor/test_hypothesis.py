"""The guard on plans that were never taken up: judged by the limits given, and marked for what it is."""

from support.plans import basket, credit, opportunity, planned

from arb.executor.domain.hypothesis import Hypothesis
from arb.messages.limits import Limits
from arb.messages.oracle import OraclePrice

LIMITS = Limits(
    max_notional=10**11,
    max_open_trades=2,
    min_profit=1_000,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
)


def price(asset: str) -> OraclePrice:
    return OraclePrice(asset=asset, price=10**7, decimals=7, timestamp=1_700_000_000)


def test_plans_are_judged_and_summed_up_by_kind() -> None:
    hypothesis = Hypothesis(LIMITS, [])
    hypothesis.take(opportunity(10, basket()))
    hypothesis.take(opportunity(10, basket(profit=6_000)))  # the same pairs on the same ledger
    hypothesis.take(opportunity(10, basket(through=("A", "B"), profit=500)))
    hypothesis.take(opportunity(11, basket(profit=7_000)))
    said = hypothesis.as_json()
    assert said["hypothetical"] is True
    assert (said["plans"], said["approved"], said["rejected"]) == (4, 2, {"pair_busy": 1, "min_profit": 1})
    assert said["by_kind"]["classic_basket"] == {
        "plans": 4,
        "approved": 2,
        "predicted_profit": {"native": 12_000},
        "predicted_fees": 200,
        "predicted_net_profit": {"native": 11_800},
    }
    assert [one["verdict"] for one in said["opportunities"]] == ["approved", "pair_busy", "min_profit", "approved"]


def test_prices_are_those_noted_up_to_the_ledger() -> None:
    asked = LIMITS.model_copy(update={"max_oracle_age": 900, "max_oracle_deviation_bps": 100})
    noted = planned(11).model_copy(update={"oracle": tuple(map(price, ("native", credit("USDC"), credit("EURC"))))})
    hypothesis = Hypothesis(asked, [noted])
    for ledger in (10, 11, 12):
        hypothesis.take(opportunity(ledger, basket()))
    assert [one["verdict"] for one in hypothesis.found] == ["oracle_silent", "approved", "approved"]
