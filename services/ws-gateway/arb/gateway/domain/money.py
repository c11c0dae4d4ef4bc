"""Replies about limits and results. Limits are integers in stroops, as they are set; results are decimal text."""

from collections import Counter
from typing import Any

from arb.markets.amount import format_amount
from arb.messages.commands.executor import LimitsInForce, Pnl, PnlPeriod, PnlSum

Json = dict[str, Any]

_NATIVE = "native"


def limits(found: LimitsInForce) -> Json:
    """`limits`: those in force, who set them last, and which were set by command."""
    return {
        "type": "limits",
        "limits": found.limits.model_dump(mode="json"),
        "by": found.by,
        "overridden": list(found.overridden),
    }


def pnl(found: Pnl) -> Json:
    """`pnl`: results on the ledger today and altogether; those of paper trades are under `hypothetical`, apart."""
    return {
        "type": "pnl",
        "day": found.day,
        "today": _period(found.today),
        "total": _period(found.total),
        "hypothetical": {"today": _period(found.hypothetical_today), "total": _period(found.hypothetical_total)},
    }


def _period(period: PnlPeriod) -> Json:
    return {**_sum(period), "by_kind": {kind: _sum(one) for kind, one in period.by_kind.items()}}


def _sum(one: PnlSum) -> Json:
    net = Counter(one.profit)
    net[_NATIVE] -= one.fees
    return {
        "trades": one.trades,
        "profit": {asset: format_amount(amount) for asset, amount in one.profit.items()},
        "fees": format_amount(one.fees),
        "net": {asset: format_amount(amount) for asset, amount in net.items()},
    }
