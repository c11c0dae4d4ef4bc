"""Holds a plan's exchanges against an oracle's prices: far off means a trap, a wrong quote or an asset gone bad."""

from collections.abc import Iterable
from typing import NamedTuple

from arb.markets.oracle import deviation_bps
from arb.messages.oracle import OraclePrice
from arb.messages.plan import Plan


class Objection(NamedTuple):
    """Why the oracle speaks against a plan. `code` is stable."""

    code: str
    reason: str


def object_to(
    plan: Plan, prices: Iterable[OraclePrice], *, close_time: int, max_deviation_bps: int, max_age: int
) -> Objection | None:
    """None when no exchange is further than `max_deviation_bps` from the oracle's cross price.

    `close_time` is that of the scanned ledger, `max_age` how many seconds before it a price may be of. An exchange is
    judged when both its assets have a price. When no exchange of the plan can be judged the oracle has nothing to say
    about it, and that is an objection: whoever switched the guard on relies on it.
    """
    known = {price.asset: price for price in prices}
    judged = False
    for asset_in, asset_out, amount_in, amount_out in plan.swaps:
        if asset_in not in known or asset_out not in known:
            continue
        judged = True
        sold, bought = known[asset_in], known[asset_out]
        for price in (sold, bought):
            age = close_time - price.timestamp
            if age > max_age:
                return Objection("oracle_stale", f"the oracle's price of {price.asset} is {age} s old, limit {max_age}")
        off = deviation_bps(amount_in, amount_out, sold.price * 10**bought.decimals, bought.price * 10**sold.decimals)
        if off is None or abs(off) > max_deviation_bps:
            return Objection(
                "oracle_deviation",
                f"{amount_in} {asset_in} for {amount_out} {asset_out} is {off} bps off the oracle's price, "
                f"limit {max_deviation_bps}",
            )
    if not judged:
        return Objection("oracle_silent", "the oracle prices no exchange of this plan")
    return None
