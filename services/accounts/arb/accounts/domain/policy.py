"""What the signer signs: only baskets that cannot make the trading account poorer than their fee.

A request may come from a process that was taken over. Nothing beside the envelope's own bytes is trusted: `read_basket`
accepts one shape of transaction (strict-receive payments of one account to itself), and the rules here bound it.
"""

from dataclasses import dataclass

from arb.contracts.basket import Basket


@dataclass(frozen=True, slots=True)
class SigningPolicy:
    """The bounds. `max_fee` in stroops for a whole transaction, `longest_life` in seconds until max_time."""

    trading: str
    channels: frozenset[str]
    max_fee: int
    longest_life: int = 300


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not. `code` is stable."""

    code: str
    reason: str


def judge(basket: Basket, policy: SigningPolicy, now: int) -> Refused | None:
    """None when the basket may be signed. `now` is unix seconds.

    A cycle ends in the asset it began with and pays at most what it brings, so the worst that can happen is nothing
    gained and the fee lost.
    """
    if basket.channel != policy.trading and basket.channel not in policy.channels:
        return Refused("foreign_source", f"{basket.channel} is none of our accounts")
    if basket.trading != policy.trading:
        return Refused("foreign_operations", f"the operations act for {basket.trading}, not for {policy.trading}")
    if basket.fee > policy.max_fee:
        return Refused("fee_too_high", f"the fee bid is {basket.fee} stroops, the cap {policy.max_fee}")
    if basket.max_time <= now:
        return Refused("too_late", f"max time {basket.max_time} has passed, it is {now}")
    if basket.max_time > now + policy.longest_life:
        return Refused(
            "lives_too_long", f"max time is {basket.max_time - now} s away, {policy.longest_life} s are allowed"
        )
    for index, cycle in enumerate(basket.cycles):
        first, last = cycle.assets[0], cycle.assets[-1]
        if first != last:
            return Refused("not_a_cycle", f"operation {index} sends {first} and receives {last}")
        if not 0 < cycle.send_max <= cycle.dest_amount:
            return Refused(
                "may_lose", f"operation {index} may pay {cycle.send_max} stroops for {cycle.dest_amount}: {first}"
            )
    return None
