"""The guard: judges a plan against the limits before anything is signed."""

from collections import Counter
from collections.abc import Iterable

from arb.executor.domain.oracle_guard import object_to
from arb.executor.domain.trade import Trade
from arb.messages.events.trade import TradeApproved, TradePlanned, TradeRejected
from arb.messages.limits import Limits
from arb.messages.two_leg import TwoLeg


def judge(
    planned: TradePlanned,
    *,
    limits: Limits,
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
    in_use = Counter(claim for trade in open_trades for claim in trade.claims & plan.claims)
    at_once = 1 if plan.exclusive else limits.max_trades_per_pair_per_ledger
    spent = Counter(
        claim
        for trade in others
        if trade.planned and trade.planned.ledger == planned.ledger and trade.state != "rejected"
        for claim in trade.claims & plan.claims
    )
    age = ledger - planned.ledger

    if isinstance(plan, TwoLeg):
        return _reject("not_atomic", "its two legs fit no one transaction: such plans are recorded, not traded")
    if age > limits.max_data_age_ledgers:
        return _reject(
            "stale_data", f"made on ledger {planned.ledger}, {age} ledgers ago; limit is {limits.max_data_age_ledgers}"
        )
    if plan.net_profit < limits.min_profit:
        return _reject("min_profit", f"net profit {plan.net_profit} stroops is under the limit of {limits.min_profit}")
    if limits.max_fee is not None and plan.fee > limits.max_fee:
        return _reject("max_fee", f"the plan reckons with a fee of {plan.fee} stroops; the limit is {limits.max_fee}")
    if plan.notional > limits.notional(plan.base):
        return _reject(
            "max_notional", f"a payment may send {plan.notional} stroops; the limit is {limits.notional(plan.base)}"
        )
    if limits.balance_buffer is not None and plan.capital:
        if planned.spendable is None:
            return _reject("balance_unknown", f"the plan needs {plan.capital} stroops and the balance was not read")
        if planned.spendable - plan.capital < limits.balance_buffer:
            return _reject(
                "balance_buffer",
                f"{planned.spendable} stroops may be spent; less {plan.capital} for the plan that leaves under "
                f"{limits.balance_buffer} beyond the minimum balance",
            )
    if len(open_trades) >= limits.max_open_trades:
        return _reject("max_open_trades", f"{len(open_trades)} trades are open; the limit is {limits.max_open_trades}")
    busy = [claim for claim, count in in_use.items() if count >= at_once]
    if busy:
        return _reject("pair_busy", f"an open trade already uses {min(busy)}")
    if spent and max(spent.values()) >= limits.max_trades_per_pair_per_ledger:
        # The same one of several whenever the verdict is reached again.
        claim, count = min(spent.items(), key=lambda item: (-item[1], item[0]))
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
