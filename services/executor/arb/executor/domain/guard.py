"""The guard: judges a plan against the limits before anything is signed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from arb.executor.domain.oracle_guard import object_to
from arb.executor.domain.trade import Trade
from arb.messages.base import Fact
from arb.messages.events.engine import Mode
from arb.messages.events.limits import LimitsSet
from arb.messages.events.trade import TradeApproved, TradePlanned, TradeRejected
from arb.messages.two_leg import TwoLeg


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in force. Amounts in stroops of the plan's base asset."""

    max_notional: int
    """Largest amount a single payment may send."""
    max_open_trades: int
    min_profit: int
    """Least net profit of a plan, network fee deducted."""
    max_data_age_ledgers: int
    """How many ledgers may have closed since the one the plan was made on."""
    max_trades_per_pair_per_ledger: int
    """Core floods only the first few looping transactions of a directed pair in a ledger."""
    max_oracle_deviation_bps: int = 0
    """How far an exchange may be from the oracle's price."""
    max_oracle_age: int = 0
    """Seconds an oracle's price may be old; 0: no oracle is asked."""


def limits_set(limits: Limits, *, by: str) -> LimitsSet:
    """The fact that these limits are in force from now on."""
    return LimitsSet(by=by, **asdict(limits))


def evolve(limits: Limits | None, fact: Fact) -> Limits | None:
    """The limits after `fact`; None before the first were set."""
    if not isinstance(fact, LimitsSet):
        return limits
    return Limits(**fact.model_dump(exclude={"by"}))


def judge(
    planned: TradePlanned,
    *,
    limits: Limits,
    mode: Mode,
    ledger: int,
    others: Iterable[Trade],
    free_channels: int,
) -> TradeApproved | TradeRejected:
    """Approve or reject a planned trade.

    `ledger` is the newest closed ledger the executor knows; `others` are trades that are open or were planned on
    the same ledger. The first limit that does not hold is the one that is named.
    """
    plan = planned.plan
    others = list(others)
    open_trades = [trade for trade in others if trade.open]
    busy = {claim for trade in open_trades for claim in trade.claims} & plan.claims
    spent = Counter(
        claim
        for trade in others
        if trade.planned and trade.planned.ledger == planned.ledger and trade.state != "rejected"
        for claim in trade.claims & plan.claims
    )
    age = ledger - planned.ledger

    if mode == "paper":
        return _reject("paper_mode", "the engine runs in paper mode: nothing is signed")
    if isinstance(plan, TwoLeg):
        return _reject("not_atomic", "its two legs fit no one transaction: such plans are recorded, not traded")
    if age > limits.max_data_age_ledgers:
        return _reject(
            "stale_data", f"made on ledger {planned.ledger}, {age} ledgers ago; limit is {limits.max_data_age_ledgers}"
        )
    if plan.net_profit < limits.min_profit:
        return _reject("min_profit", f"net profit {plan.net_profit} stroops is under the limit of {limits.min_profit}")
    if plan.notional > limits.max_notional:
        return _reject(
            "max_notional", f"a payment may send {plan.notional} stroops; the limit is {limits.max_notional}"
        )
    if len(open_trades) >= limits.max_open_trades:
        return _reject("max_open_trades", f"{len(open_trades)} trades are open; the limit is {limits.max_open_trades}")
    if busy:
        return _reject("pair_busy", f"an open trade already uses {min(busy)}")
    if spent and max(spent.values()) >= limits.max_trades_per_pair_per_ledger:
        claim, count = spent.most_common(1)[0]
        return _reject("pair_budget", f"{count} trades of ledger {planned.ledger} already use {claim}")
    if limits.max_oracle_age:
        objection = object_to(
            plan,
            planned.oracle,
            close_time=planned.close_time,
            max_deviation_bps=limits.max_oracle_deviation_bps,
            max_age=limits.max_oracle_age,
        )
        if objection is not None:
            return _reject(*objection)
    if free_channels == 0:
        return _reject("no_channel", "every channel account is in use")
    return TradeApproved(judged_at_ledger=ledger)


def _reject(code: str, reason: str) -> TradeRejected:
    return TradeRejected(code=code, reason=reason)
