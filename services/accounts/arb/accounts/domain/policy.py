"""What the signer signs: only baskets that cannot make the trading account poorer than their fee.

A request may come from a process that was taken over. Nothing beside the envelope's own bytes is trusted: `read_basket`
accepts one shape of transaction (strict-receive payments of one account to itself), and the rules here bound it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from arb.contracts.basket import Basket


@dataclass(frozen=True, slots=True)
class SigningPolicy:
    """The bounds. `max_fee` in stroops for a whole transaction, `longest_life` in seconds until max_time."""

    trading: str
    channels: frozenset[str]
    max_fee: int
    longest_life: int = 300


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


def judge(basket: Basket, policy: SigningPolicy, present: Present) -> Refused | None:
    """None when the basket may be signed.

    A cycle ends in the asset it began with and pays at most what it brings, so the worst that can happen is nothing
    gained and the fee lost.
    """
    if basket.channel != policy.trading and basket.channel not in policy.channels:
        return Refused("foreign_source", f"{basket.channel} is none of our accounts")
    if basket.trading != policy.trading:
        return Refused("foreign_operations", f"the operations act for {basket.trading}, not for {policy.trading}")
    if basket.fee > policy.max_fee:
        return Refused("fee_too_high", f"the fee bid is {basket.fee} stroops, the cap {policy.max_fee}")
    if basket.max_time <= present.closed_at:
        return Refused("too_late", f"max time {basket.max_time} has passed: a ledger closed at {present.closed_at}")
    life = basket.max_time - present.now
    if life > policy.longest_life:
        return Refused("lives_too_long", f"max time is {life} s away, {policy.longest_life} s are allowed")
    for index, cycle in enumerate(basket.cycles):
        first, last = cycle.assets[0], cycle.assets[-1]
        if first != last:
            return Refused("not_a_cycle", f"operation {index} sends {first} and receives {last}")
        if not 0 < cycle.send_max <= cycle.dest_amount:
            return Refused(
                "may_lose", f"operation {index} may pay {cycle.send_max} stroops for {cycle.dest_amount}: {first}"
            )
    return None
