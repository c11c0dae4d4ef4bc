"""What everything was at one moment, in lines for people."""

from collections import Counter
from collections.abc import Iterator

from arb.eventlog.audit import States
from arb.eventlog.audit.states import TradeState
from arb.markets.amount import format_amount

NEWEST = 10
"""Ended trades that are listed; open ones are all listed."""
ENDED = frozenset({"rejected", "confirmed", "failed", "expired", "rehearsed"})


def told(states: States) -> Iterator[str]:
    """The engine, every account with its balances, open trades and the newest of the others. Amounts in whole units."""
    if states.time is None:
        yield "before the first message: nothing was recorded yet"
        return
    engine = states.engine
    running = f"runs, {engine.mode}" if engine.running else "stands still"
    why = f" ({engine.reason})" if engine.reason else ""
    yield f"after message {states.sequence}, {states.time}: the engine {running}{why}"
    if states.limits is not None:
        yield "limits, amounts in stroops: " + ", ".join(
            f"{name} {value}" for name, value in states.limits.items() if value is not None
        )
    for name, account in states.accounts.items():
        balances = sorted(states.balances.get(name, {}).items())
        held = ", ".join(f"{format_amount(amount)} {_code(asset)}" for asset, amount in balances)
        yield f"account {name} ({account.role} {account.index}): {held or 'nothing'}"
    yield from _trades(states.trades)
    yield f"{len(states.opportunities)} opportunities, {len(states.others)} other aggregates (--json has all)"


def _trades(trades: dict[str, TradeState]) -> Iterator[str]:
    counted = Counter(trade.state for trade in trades.values())
    if not counted:
        yield "no trades"
        return
    yield "trades: " + ", ".join(f"{count} {state}" for state, count in sorted(counted.items()))
    ended = [name for name, trade in trades.items() if trade.state in ENDED]
    shown = {*ended[-NEWEST:], *(name for name, trade in trades.items() if trade.state not in ENDED)}
    for name, trade in trades.items():
        if name in shown:
            yield f"  {name}: {trade.state}, {trade.kind} on ledger {trade.ledger}{_outcome(trade)}"


def _outcome(trade: TradeState) -> str:
    if trade.realised is not None:
        return f", realised {format_amount(trade.realised)} {_code(trade.base)}"
    return f", {trade.reason}" if trade.reason else ""


def _code(asset: str) -> str:
    return "XLM" if asset == "native" else asset
