"""The guard names the first limit that does not hold."""

from dataclasses import replace

import pytest
from support.plans import basket, credit, planned

from arb.executor.domain.guard import judge
from arb.executor.domain.trade import Trade, evolve
from arb.messages.events.trade import TradeApproved, TradePlanned, TradeRejected
from arb.messages.limits import AssetLimits, Limits
from arb.messages.routes import RouteStep, SorobanRoute
from arb.messages.two_leg import TwoLeg

LIMITS = Limits(
    max_notional=100_000_000_000,
    max_open_trades=3,
    min_profit=1_000,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
)


def verdict(fact: TradePlanned, limits: Limits = LIMITS, **context: object) -> TradeApproved | TradeRejected:
    defaults: dict[str, object] = {"ledger": fact.ledger, "others": (), "free_channels": 1}
    return judge(fact, limits=limits, **(defaults | context))  # type: ignore[arg-type]


def an_open_trade(ledger: int, *through: str) -> Trade:
    return evolve(Trade(), planned(ledger, basket(through=through)))


def test_a_plan_within_every_limit_is_approved() -> None:
    assert verdict(planned()) == TradeApproved(judged_at_ledger=10)


@pytest.mark.parametrize(
    ("fact", "limits", "context", "code"),
    [
        (planned(10), LIMITS, {"ledger": 12}, "stale_data"),
        (planned(plan=basket(profit=1_099, fee=100)), LIMITS, {}, "min_profit"),
        (planned(), LIMITS.model_copy(update={"max_notional": 10_000_000}), {}, "max_notional"),
        (planned(plan=basket(fee=100)), LIMITS.model_copy(update={"max_fee": 99}), {}, "max_fee"),
        (planned(), LIMITS, {"others": [an_open_trade(9, f"A{i}", "B") for i in range(3)]}, "max_open_trades"),
        (planned(), LIMITS, {"others": [an_open_trade(9, "USDC", "AQUA")]}, "pair_busy"),
        (planned(), LIMITS, {"others": [replace(an_open_trade(10, "USDC"), state="failed")]}, "pair_budget"),
        (planned(), LIMITS, {"free_channels": 0}, "no_channel"),
    ],
)
def test_each_limit_is_named(fact: TradePlanned, limits: Limits, context: dict[str, object], code: str) -> None:
    answer = verdict(fact, limits, **context)
    assert isinstance(answer, TradeRejected)
    assert answer.code == code


def test_what_no_transaction_holds_together_is_not_traded() -> None:
    plan = TwoLeg(
        base="native",
        buy_on="classic",
        path=("native", credit("USDC")),
        pool="C" + "A" * 55,
        amount=10,
        spent=10,
        received=20_000,
        profit=19_990,
        fee=100,
        net_profit=19_890,
    )
    answer = verdict(planned().model_copy(update={"plan": plan}))
    assert isinstance(answer, TradeRejected)
    assert answer.code == "not_atomic"


def test_limits_hold_at_their_edge() -> None:
    assert isinstance(verdict(planned(10), ledger=11), TradeApproved)
    assert isinstance(verdict(planned(plan=basket(profit=1_100, fee=100))), TradeApproved)
    others = [an_open_trade(9, f"A{i}", "B") for i in range(2)]
    assert isinstance(verdict(planned(), others=others), TradeApproved)


def test_a_pair_takes_as_many_trades_a_ledger_as_the_limit_says() -> None:
    # given a budget of two, and a trade of the same ledger over the same first pair, be it open or ended
    two = LIMITS.model_copy(update={"max_trades_per_pair_per_ledger": 2})
    first, second = an_open_trade(10, "USDC", "AQUA"), an_open_trade(10, "USDC", "BLND")
    assert isinstance(verdict(planned(), two, others=[first]), TradeApproved)
    assert isinstance(verdict(planned(), two, others=[replace(first, state="failed")]), TradeApproved)
    # then the third is one too many, whether the others may still be in the queue or had their turn in this ledger
    for others, code in (([first, second], "pair_busy"), ([first, replace(second, state="failed")], "pair_budget")):
        answer = verdict(planned(), two, others=others)
        assert isinstance(answer, TradeRejected)
        assert answer.code == code


def test_the_opposite_direction_is_not_busy() -> None:
    assert isinstance(verdict(planned(), others=[an_open_trade(9, "EURC", "USDC")]), TradeApproved)


def route(amount: int, spendable: int | None) -> TradePlanned:
    """A planned route that takes `amount` from a trading account that can spend so much."""
    contract = "C" + "A" * 55
    steps = tuple(
        RouteStep(venue="soroswap", pool=contract, token_in=a, token_out=b, amount_in=amount, amount_out=amount)
        for a, b in (("C" + "B" * 55, "C" + "D" * 55), ("C" + "D" * 55, "C" + "B" * 55))
    )
    plan = SorobanRoute(
        base="native",
        base_token="C" + "B" * 55,
        executor=contract,
        steps=steps,
        min_profit=0,
        profit=5_000,
        fee=100,
        net_profit=4_900,
    )
    return planned().model_copy(update={"plan": plan, "spendable": spendable})


@pytest.mark.parametrize(
    ("spendable", "code"),
    [(1_500, None), (1_499, "balance_buffer"), (0, "balance_buffer"), (None, "balance_unknown")],
)
def test_what_a_route_borrows_leaves_minimum_balance_and_buffer(spendable: int | None, code: str | None) -> None:
    answer = verdict(route(1_000, spendable), LIMITS.model_copy(update={"balance_buffer": 500}))
    assert (answer.code if isinstance(answer, TradeRejected) else None) == code
    # A payment to oneself is received before it is sent: it needs nothing
    assert isinstance(verdict(planned(), LIMITS.model_copy(update={"balance_buffer": 500})), TradeApproved)


def test_an_asset_may_have_bounds_of_its_own() -> None:
    # Given a general bound that the plan keeps, when its base asset has a tighter one, then that counts
    notional = planned().plan.notional
    for own, allowed in ((notional, True), (notional - 1, False), (None, True)):
        limits = LIMITS.model_copy(update={"by_asset": (AssetLimits(asset="native", max_notional=own),)})
        assert isinstance(verdict(planned(), limits), TradeApproved) is allowed


def test_every_limit_at_its_edge() -> None:
    notional = planned().plan.notional
    for limits, allowed in (
        ({"max_notional": notional}, True),
        ({"max_notional": notional - 1}, False),
        ({"min_profit": 4_900}, True),
        ({"min_profit": 4_901}, False),
    ):
        assert isinstance(verdict(planned(), LIMITS.model_copy(update=limits)), TradeApproved) is allowed
