"""The report as one HTML file with charts: nothing is loaded from anywhere, so it can be mailed and kept."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from arb.cli.audit.charts import bars, columns, steps
from arb.eventlog.audit import AuditReport, TradeRow
from arb.markets.amount import format_amount

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --ink: #1f6feb; --bad: #d1242f; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left; }
td.n, th.n { text-align: right; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
.grid { stroke: var(--line); } .mark { fill: var(--ink); } .line { stroke: var(--ink); fill: none; stroke-width: 2; }
.loss { color: var(--bad); } .wide { overflow-x: auto; }
"""
STROOPS = 10_000_000
NEWEST = 200
"""Trades in the table; the charts show all."""


def page(found: AuditReport, trades: Sequence[TradeRow], title: str) -> str:
    """The whole file. Amounts in whole units with seven places."""
    confirmed = [one for one in trades if one.realised is not None and one.ended_ledger is not None]
    parts = [
        f"<h1>{escape(title)}</h1>",
        _figures(found),
        *(_profit_chart(asset, confirmed) for asset in found.profit_stroops),
        _chart("Trades by state", bars(sorted(found.trades.items()), "trades")),
        _chart("From seeing the ledger to the network having the transaction", _latency(trades)),
        _chart("Failed or expired trades by reason", bars(sorted(found.failures.items()), "trades", name_width=420)),
        *(_slippage_chart(asset, confirmed) for asset in found.profit_stroops),
        _balances(found),
        _newest(trades),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _figures(found: AuditReport) -> str:
    rows: list[tuple[str, str]] = [
        ("events", str(found.events)),
        ("ledgers", f"{found.first_ledger} to {found.last_ledger}"),
        ("opportunities", str(found.opportunities)),
    ]
    for kind, by_asset in found.profit_by_kind.items():
        rows += [(f"realised profit, {kind}, {_code(asset)}", format_amount(p)) for asset, p in by_asset.items()]
    rows += [(f"slippage, {_code(asset)}", format_amount(lost)) for asset, lost in found.slippage_stroops.items()]
    rows += [
        ("network fees of trades, XLM", format_amount(found.fees_stroops)),
        ("as their plans had allowed for, XLM", format_amount(found.fees_predicted_stroops)),
        ("network fees of housekeeping, XLM", format_amount(found.housekeeping_fees_stroops)),
    ]
    if found.p50_ms is not None and found.p99_ms is not None:
        rows.append(("ledger seen to submitted", f"p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms"))
    return _table(("", ""), rows)


def _profit_chart(asset: str, confirmed: Iterable[TradeRow]) -> str:
    total, points = 0, []
    ended = (one for one in confirmed if one.base == asset)
    for one in sorted(ended, key=lambda one: one.ended_ledger or 0):
        total += one.realised or 0
        points.append((one.ended_ledger or 0, total))
    return _chart(f"Realised profit so far, {_code(asset)}, by ledger", steps(points, format_amount, "ledger"))


def _latency(trades: Iterable[TradeRow]) -> str:
    waits = [wait for one in trades if (wait := one.latency_ms) is not None]
    return columns(_binned(waits, 20), "ms", "trades")


def _slippage_chart(asset: str, confirmed: Iterable[TradeRow]) -> str:
    lost = [((one.realised or 0) - (one.predicted or 0)) / STROOPS for one in confirmed if one.base == asset]
    title = f"Realised less predicted profit of a trade, {_code(asset)}"
    return _chart(title, columns(_binned(lost, 20), _code(asset), "trades"))


def _binned(values: Sequence[float], bins: int) -> list[tuple[float, int]]:
    """Where each bin begins, and how many values fall into it."""
    if not values:
        return []
    low, width = min(values), (max(values) - min(values)) / bins or 1.0
    counted = Counter(min(int((value - low) / width), bins - 1) for value in values)
    return [(low + width * number, counted[number]) for number in range(bins)]


def _balances(found: AuditReport) -> str:
    rows = [
        (owner, _code(asset), format_amount(amount))
        for owner, held in sorted(found.balances.items())
        for asset, amount in sorted(held.items())
    ]
    return "<h2>Own balances, as the events add up</h2>" + _table(("account", "asset", "amount"), rows)


def _newest(trades: Sequence[TradeRow]) -> str:
    rows = [
        (
            str(one.ended_ledger or one.planned_ledger),
            one.kind or "",
            one.state if one.mode == "live" else f"{one.state} (paper)",
            _code(one.base),
            "" if one.predicted is None else format_amount(one.predicted),
            "" if one.realised is None else format_amount(one.realised),
            "" if one.fee is None else format_amount(one.fee),
        )
        for one in list(trades)[: -NEWEST - 1 : -1]
    ]
    heads = ("ledger", "kind", "state", "base", "predicted", "realised", "fee, XLM")
    return f"<h2>Newest trades</h2>{_table(heads, rows)}"


def _chart(title: str, svg: str) -> str:
    return f"<h2>{escape(title)}</h2>{svg}" if svg else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns of numbers are set flush right, head and all; in a table without heads all but the first column are."""
    lines = list(rows)
    right = [all(_number(line[n]) for line in lines) if any(heads) else n > 0 for n in range(len(heads))]
    head = "".join(
        f'<th class="n">{escape(name)}</th>' if flush else f"<th>{escape(name)}</th>"
        for name, flush in zip(heads, right, strict=True)
    )
    body = "".join("<tr>" + "".join(map(_cell, cells, right)) + "</tr>" for cells in lines)
    return f'<div class="wide"><table>{f"<tr>{head}</tr>" if any(heads) else ""}{body}</table></div>'


def _number(text: str) -> bool:
    """Whether it is a number, or no text at all."""
    return not text or text.lstrip("-").replace(".", "", 1).isdigit()


def _cell(text: str, flush: bool) -> str:
    kinds = ["n"] * flush + ["loss"] * (_number(text) and text.startswith("-"))
    return f'<td class="{" ".join(kinds)}">{escape(text)}</td>'


def _code(asset: str) -> str:
    return "XLM" if asset == "native" else asset.partition(":")[0]
