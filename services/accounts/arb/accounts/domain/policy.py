"""What the signer signs: only trades that cannot make the trading account poorer than their fee.

A request may come from a process that was taken over. Nothing beside the envelope's own bytes is trusted: `read_basket`
and `read_route` accept one shape of transaction each (strict-receive payments of one account to itself; one call of a
route executor), and the rules here bound it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from arb.accounts.domain.lease import Lease
from arb.contracts.basket import Basket
from arb.contracts.fee_bump import FeeBump
from arb.contracts.routes.envelope import Route
from arb.contracts.trade import Trade
from arb.messages.commands.accounts import CHANNEL_TAKEN


@dataclass(frozen=True, slots=True)
class SigningPolicy:
    """The bounds. `max_fee` in stroops for a whole transaction, `longest_life` in seconds until max_time.

    `max_amount` bounds what leaves the account for a moment, in stroops or a token's own unit, whatever comes back in
    the same operation: should a rule of ours or a contract be wrong, it is what one signature can cost.
    """

    trading: str
    channels: frozenset[str]
    max_fee: int
    max_amount: int
    longest_life: int = 300
    route_executors: frozenset[str] = frozenset()
    """Contracts that are known to undo a route unless it pays: nothing is signed for any other."""
    retiring: frozenset[str] = frozenset()
    """Channels about to be merged back: nothing new is signed for them."""


class Present(NamedTuple):
    """What time it is, in unix seconds: the network counts by close times, which may run ahead of any clock."""

    closed_at: int
    """Close time of the last ledger seen; 0 before the first."""
    clock: int

    @property
    def now(self) -> int:
        return max(self)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not. `code` is stable."""

    code: str
    reason: str


def judge(trade: Trade, policy: SigningPolicy, present: Present) -> Refused | None:
    """None when the trade may be signed: the worst that can happen is then nothing gained and the fee lost."""
    refused = _judge_frame(trade, policy, present)
    if refused is not None:
        return refused
    return _judge_basket(trade, policy) if isinstance(trade, Basket) else _judge_route(trade, policy)


def judge_rebid(
    bump: FeeBump, trade_id: str, held: Lease | None, policy: SigningPolicy, present: Present
) -> Refused | None:
    """None when the fee bump may be signed: it bids more for an envelope that was signed for this trade before.

    `held` is the lease of the channel within. The fee is the channel's to pay, and the most that can be lost.
    """
    inner = bump.inner
    if held is None or held.trade_id != trade_id or held.tx_hash != inner.transaction.hash_hex:
        return Refused("not_signed_before", f"{inner.transaction.hash_hex} is not what {inner.channel} was given for")
    if bump.fee_source != inner.channel:
        return Refused("foreign_fee_source", f"{bump.fee_source} would pay the fee, not the channel {inner.channel}")
    if bump.fee > policy.max_fee:
        return Refused("fee_too_high", f"the fee bid is {bump.fee} stroops, the cap {policy.max_fee}")
    if inner.max_time <= present.closed_at:
        return Refused("too_late", f"max time {inner.max_time} has passed: a ledger closed at {present.closed_at}")
    return None


def _judge_frame(trade: Trade, policy: SigningPolicy, present: Present) -> Refused | None:
    """Whose transaction it is, what it may cost, how long it may live."""
    if trade.channel in policy.retiring:
        return Refused(CHANNEL_TAKEN, f"{trade.channel} is being retired: NUM_ACCOUNTS asks for fewer channels")
    if trade.channel != policy.trading and trade.channel not in policy.channels:
        return Refused("foreign_source", f"{trade.channel} is none of our accounts")
    if trade.trading != policy.trading:
        return Refused("foreign_operations", f"the operations act for {trade.trading}, not for {policy.trading}")
    if trade.fee > policy.max_fee:
        return Refused("fee_too_high", f"the fee bid is {trade.fee} stroops, the cap {policy.max_fee}")
    if trade.max_time <= present.closed_at:
        return Refused("too_late", f"max time {trade.max_time} has passed: a ledger closed at {present.closed_at}")
    life = trade.max_time - present.now
    if life > policy.longest_life:
        return Refused("lives_too_long", f"max time is {life} s away, {policy.longest_life} s are allowed")
    return None


def _judge_basket(basket: Basket, policy: SigningPolicy) -> Refused | None:
    """A cycle ends in the asset it began with and pays at most what it brings."""
    for index, cycle in enumerate(basket.cycles):
        first, last = cycle.assets[0], cycle.assets[-1]
        if first != last:
            return Refused("not_a_cycle", f"operation {index} sends {first} and receives {last}")
        if not 0 < cycle.send_max <= cycle.dest_amount:
            return Refused(
                "may_lose", f"operation {index} may pay {cycle.send_max} stroops for {cycle.dest_amount}: {first}"
            )
        if cycle.send_max > policy.max_amount:
            return Refused(
                "amount_too_large",
                f"operation {index} sends {cycle.send_max} of {first}, the cap is {policy.max_amount}",
            )
    return None


def _judge_route(route: Route, policy: SigningPolicy) -> Refused | None:
    """The called contract gives back at least what it took, or undoes the call: that only ours are known to do."""
    if route.call.executor not in policy.route_executors:
        return Refused("foreign_contract", f"{route.call.executor} is not a route executor of ours")
    if route.call.amount > policy.max_amount:
        return Refused(
            "amount_too_large",
            f"the route sends {route.call.amount} of {route.call.base}, the cap is {policy.max_amount}",
        )
    return None
