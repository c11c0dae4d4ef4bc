"""The guard names the first limit that does not hold."""

from dataclasses import replace

import pytest
from support.plans import basket, planned

from arb.eventlog import MemoryEventStore
from arb.executor.app.limits_in_force import limits_in_force
from arb.executor.domain.guard import Limits, judge, limits_set
from arb.executor.domain.guard import evolve as evolve_limits
from arb.executor.domain.trade import Trade, evolve
from arb.messages.events.trade import TradeApproved, TradePlanned, TradeRejected
from arb.messages.subjects import LIMITS as LIMITS_AGGREGATE
from arb.runtime.clock import SystemClock

LIMITS = Limits(
    max_notional=100_000_000_000,
    max_open_trades=3,
    min_profit=1_000,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
)


def verdict(fact: TradePlanned, limits: Limits = LIMITS, **context: object) -> TradeApproved | TradeRejected:
    defaults: dict[str, object] = {"mode": "live", "ledger": fact.ledger, "others": (), "free_channels": 1}
    return judge(fact, limits=limits, **(defaults | context))  # type: ignore[arg-type]


def an_open_trade(ledger: int, *through: str) -> Trade:
    return evolve(Trade(), planned(ledger, basket(through=through)))


def test_a_plan_within_every_limit_is_approved() -> None:
    assert verdict(planned()) == TradeApproved(judged_at_ledger=10)


@pytest.mark.parametrize(
    ("fact", "limits", "context", "code"),
    [
        (planned(), LIMITS, {"mode": "paper"}, "paper_mode"),
        (planned(10), LIMITS, {"ledger": 12}, "stale_data"),
        (planned(plan=basket(profit=1_099, fee=100)), LIMITS, {}, "min_profit"),
        (planned(), replace(LIMITS, max_notional=10_000_000), {}, "max_notional"),
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


def test_limits_hold_at_their_edge() -> None:
    assert isinstance(verdict(planned(10), ledger=11), TradeApproved)
    assert isinstance(verdict(planned(plan=basket(profit=1_100, fee=100))), TradeApproved)
    others = [an_open_trade(9, f"A{i}", "B") for i in range(2)]
    assert isinstance(verdict(planned(), others=others), TradeApproved)


def test_the_opposite_direction_is_not_busy() -> None:
    assert isinstance(verdict(planned(), others=[an_open_trade(9, "EURC", "USDC")]), TradeApproved)


async def test_limits_are_recorded_once_for_every_change() -> None:
    # Given a log without limits, when executors start with these, these and others
    store = MemoryEventStore("/arb/executor")
    for limits in (LIMITS, LIMITS, replace(LIMITS, min_profit=5)):
        assert await limits_in_force(store, SystemClock(), limits) == limits
    # Then each change is one event, and the fold gives the last
    facts = [recorded.fact for recorded in await store.load(LIMITS_AGGREGATE)]
    assert facts == [limits_set(LIMITS, by="settings"), limits_set(replace(LIMITS, min_profit=5), by="settings")]
    folded = None
    for fact in facts:
        folded = evolve_limits(folded, fact)
    assert folded == replace(LIMITS, min_profit=5)
