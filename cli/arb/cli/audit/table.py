"""The report as a table for people."""

from rich.console import Console
from rich.table import Table

from arb.eventlog.audit import AuditReport
from arb.markets.amount import format_amount


def print_report(found: AuditReport) -> None:
    """The report as a table for people."""
    table = Table(title="What the record says", show_header=False, title_justify="left")
    table.add_row("ledgers", f"{found.first_ledger} to {found.last_ledger}")
    table.add_row("opportunities", str(found.opportunities))
    for kind, states in found.trades_by_kind.items():
        table.add_row(f"trades, {kind}", ", ".join(f"{state} {count}" for state, count in sorted(states.items())))
    for reason, count in sorted(found.failures.items(), key=lambda one: -one[1]):
        table.add_row(f"failed or expired, {count}", reason)
    for kind, by_asset in found.profit_by_kind.items():
        for asset, profit in by_asset.items():
            table.add_row(f"realised profit, {kind}, {_code(asset)}", format_amount(profit))
    for asset, lost in found.slippage_stroops.items():
        table.add_row(f"realised less predicted, {_code(asset)}", format_amount(lost))
    table.add_row("network fees of trades, XLM", format_amount(found.fees_stroops))
    table.add_row("network fees of housekeeping, XLM", format_amount(found.housekeeping_fees_stroops))
    if found.trades_dropped:
        table.add_row("accepted, then dropped by the network's queue", str(found.trades_dropped))
    if found.trades_rebid:
        table.add_row("bid for again in a full ledger", str(found.trades_rebid))
    for code, count in sorted(found.signatures_refused.items()):
        table.add_row(f"signatures refused, {code}", str(count))
    table.add_row("realised as predicted, to the stroop", _share(found.predicted_equals_realised))
    table.add_row("the same where nobody else moved a venue", _share(found.exact_when_unmoved))
    if found.ledgers_missed:
        table.add_row("ledgers nobody could read, with payments unbooked", str(found.ledgers_missed))
    if found.p50_ms is not None and found.p99_ms is not None:
        table.add_row("ledger seen to submitted", f"p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms")
    for kind, states in found.hypothetical.trades_by_kind.items():
        table.add_row(f"paper trades, {kind}", ", ".join(f"{state} {count}" for state, count in sorted(states.items())))
    for asset, profit in found.hypothetical.profit_stroops.items():
        table.add_row(f"hypothetical profit on paper, {_code(asset)}", format_amount(profit))
    Console().print(table)


def _share(value: float | None) -> str:
    return "no such trade" if value is None else f"{value:.1%}"


def _code(asset: str) -> str:
    return "XLM" if asset == "native" else asset
