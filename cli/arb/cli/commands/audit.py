"""`arb audit`: is the record whole, and what does it say."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from arb.cli import record
from arb.cli.failures import one_line
from arb.cli.launcher.bus import open_bus
from arb.cli.launcher.state import StateDir
from arb.cli.output import Exit, fail, print_json
from arb.eventlog.audit import AuditReport, Verdict
from arb.eventlog.errors import StreamMissingError
from arb.markets.amount import format_amount
from arb.runtime.bus import Bus
from arb.runtime.logging import configure

T = TypeVar("T")

_STATE = click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), help="Directory of a run; default: the newest."
)
_NATS = click.option("--nats", "nats_url", envvar="NATS_URL", help="A running bus instead of a directory.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")


@click.group()
def command() -> None:
    """Prove the event record whole, and report from it."""


@command.command()
@_STATE
@_NATS
@_JSON
def verify(state: Path | None, nats_url: str | None, as_json: bool) -> None:
    """Check that no event was lost, altered or reordered. Exit code 1 names the first bad sequence."""

    async def run(bus: Bus, directory: Path | None) -> Verdict:
        return await record.verify(bus.store, directory)

    verdict = _with_record(state, nats_url, run)
    bad = verdict.first_bad
    if as_json:
        print_json(
            {
                "ok": verdict.ok,
                "events": verdict.events,
                "aggregates": verdict.aggregates,
                "last_sequence": verdict.last_sequence,
                "head": verdict.head,
                "first_bad": bad.sequence if bad else None,
                "problem": bad.problem if bad else None,
            }
        )
    elif bad is None:
        click.echo(f"whole: {verdict.events} events of {verdict.aggregates} aggregates, head {verdict.head}")
    else:
        click.echo(f"NOT whole, from message {bad.sequence} on: {bad.problem}")
    raise SystemExit(Exit.OK if verdict.ok else Exit.NEGATIVE)


@command.command()
@_STATE
@_NATS
@_JSON
def report(state: Path | None, nats_url: str | None, as_json: bool) -> None:
    """Trades, profits, fees and latency, as the record has them."""

    async def run(bus: Bus, _: Path | None) -> AuditReport:
        return await record.report(bus.store)

    found = _with_record(state, nats_url, run)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_report(found)


def print_report(found: AuditReport) -> None:
    """The report as a table for people."""
    table = Table(title="What the record says", show_header=False, title_justify="left")
    table.add_row("ledgers", f"{found.first_ledger} to {found.last_ledger}")
    table.add_row("opportunities", str(found.opportunities))
    for kind, states in found.trades_by_kind.items():
        table.add_row(f"trades, {kind}", ", ".join(f"{state} {count}" for state, count in sorted(states.items())))
    for asset, profit in found.profit_stroops.items():
        table.add_row(f"realised profit, {'XLM' if asset == 'native' else asset}", format_amount(profit))
    table.add_row("network fees of trades, XLM", format_amount(found.fees_stroops))
    table.add_row("network fees of housekeeping, XLM", format_amount(found.housekeeping_fees_stroops))
    table.add_row("realised as predicted, to the stroop", _share(found.predicted_equals_realised))
    table.add_row("the same where nobody else moved a venue", _share(found.exact_when_unmoved))
    if found.ledgers_missed:
        table.add_row("ledgers nobody could read, with payments unbooked", str(found.ledgers_missed))
    if found.p50_ms is not None and found.p99_ms is not None:
        table.add_row("ledger seen to submitted", f"p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms")
    Console().print(table)


def _share(value: float | None) -> str:
    return "no such trade" if value is None else f"{value:.1%}"


def _with_record(state: Path | None, nats_url: str | None, run: Callable[[Bus, Path | None], Awaitable[T]]) -> T:
    """Open the record that is meant and run on it."""
    configure("cli", "ERROR", "console")
    # A run that is named wins over a bus that happens to be in the environment.
    url = None if state is not None else nats_url

    async def opened() -> T:
        directory = StateDir.existing(state) if url is None else None
        async with open_bus(directory, url) as bus:
            return await run(bus, directory.path if directory is not None else None)

    with one_line():
        try:
            return asyncio.run(opened())
        except StreamMissingError:
            fail("this bus holds no event record: nothing was ever run on it", Exit.USAGE)
