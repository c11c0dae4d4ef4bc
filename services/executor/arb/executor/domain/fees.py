"""What a plan's transaction bids for its place in a ledger, and the most it may. Fees in stroops of XLM.

The network charges everybody the lowest bid that a full ledger took, or its base fee while there is room: a bid only
matters when ledgers are full. What recent ones took is doubled, so that a bid still holds when the price goes up, and
no bid takes more of the profit than the limits allow.
"""

from typing import Final

from arb.messages.events.trade import FeeGrounds, RebidGrounds, TradeSigned
from arb.messages.limits import Limits
from arb.messages.plan import ClassicBasket, Plan

HEADROOM: Final = 2
UNKNOWN: Final = 10
"""Times the least fee, where nobody could say what recent ledgers took."""
BASE_FEE: Final = 100
"""The least that an operation's place costs, on every network there is."""

REPLACING: Final = 10
"""Core takes a fee bump in place of what it has queued for this many times its bid an operation (FEE_MULTIPLIER)."""

_NATIVE: Final = "native"


def places(plan: Plan) -> int:
    """Operations of the plan's transaction: each takes a place in the ledger."""
    return len(plan.payments) if isinstance(plan, ClassicBasket) else 1


def most(plan: Plan, limits: Limits) -> int:
    """The most that the whole transaction may bid.

    A fee is weighed against a profit in XLM only: in any other base, the fee that the plan reckons with is all.
    """
    profit = max(plan.net_profit, 0) if plan.base == _NATIVE else 0
    allowed = plan.fee + profit * limits.max_fee_share_bps // 10_000
    return allowed if limits.max_fee is None else min(allowed, limits.max_fee)


def for_places(plan: Plan, grounds: FeeGrounds) -> int:
    """What its places should be bid for, whatever may be bid."""
    least = max(BASE_FEE * places(plan), plan.fee if isinstance(plan, ClassicBasket) else 0)
    if grounds.inclusion_fee is None:
        return UNKNOWN * least
    return max(HEADROOM * grounds.inclusion_fee * places(plan), least)


def bid(plan: Plan, grounds: FeeGrounds, limits: Limits) -> int:
    """The fee of the whole transaction, with what it declares to use."""
    return min(grounds.resource_fee + for_places(plan, grounds), most(plan, limits))


def rebid(plan: Plan, signed: TradeSigned, grounds: RebidGrounds, limits: Limits) -> int | None:
    """The fee of a fee bump that brings the transaction into a full ledger, or None where none helps or pays.

    It helps when recent ledgers took more for a place than this transaction bids. A fee bump counts as one operation
    more than what it holds, and what is queued is replaced at ten times its bid an operation only.
    """
    resource_fee = signed.fee_grounds.resource_fee if signed.fee_grounds is not None else 0
    before, now = places(plan), places(plan) + 1
    bid_before = signed.max_fee - resource_fee
    if grounds.dearest * before <= bid_before:
        return None
    least = -(-REPLACING * bid_before * now // before)
    allowed = most(plan, limits) - resource_fee
    if max(least, (grounds.dearest + 1) * now) > allowed:
        return None
    return resource_fee + min(max(least, HEADROOM * grounds.dearest * now), allowed)
