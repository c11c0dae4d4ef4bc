"""`arb audit`: is the record whole, what does it say, and does the ledger agree."""

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from arb.cli import ledger_balances, record
from arb.cli.audit import deadletters, html
from arb.cli.audit.anchors import AnotherNetworkError
from arb.cli.audit.decisions import replay_decisions
from arb.cli.audit.export import NoParquetError, to_jsonl, to_parquet
from arb.cli.audit.moments import ACCEPTED, in_order, parse
from arb.cli.audit.opened import Opened, Source, record_options, with_record
from arb.cli.audit.proof import Proof, prove
from arb.cli.audit.table import print_report
from arb.cli.audit.told import told
from arb.cli.output import Exit, fail, print_json, progress
from arb.eventlog.audit import Report
from arb.eventlog.audit.states import States
from arb.runtime.errors import CommandFailed, CommandTimeout

PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")
F = TypeVar("F", bound=Callable[..., Any])
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")


def _between(verb: F) -> F:
    """The options `--from` and `--to`; the verb gets them as `begin` and `end`."""
    words = f"{ACCEPTED}; 1234 is seq:1234."
    verb = click.option("--to", "end", metavar="MOMENT", help=f"The last still within: {words}")(verb)
    return click.option("--from", "begin", metavar="MOMENT", help=f"The first: {words}")(verb)


@click.group()
def command() -> None:
    """Prove the event record whole, rebuild what was, and report from it.

    Exit codes: 0 yes, or done; 1 the answer is no: the record is not whole, cannot be read, or the ledger disagrees;
    2 wrong arguments, or there is no such record; 3 a needed server does not answer.
    """


@command.command()
@record_options
@click.option("--public-key", metavar="HEX", help="The auditor's key, as somebody kept it; else the one it left there.")
@click.option(
    "--ledger", "must_ask", is_flag=True, help="Hold the anchors against the ledger, or fail: needs a Horizon."
)
@click.option("--horizon", envvar="STELLAR_HORIZON_URL", metavar="URL", help="Where the ledger is asked for anchors.")
@click.option("--hashes-only", is_flag=True, help="Do not read what events say: for a very long record, in a hurry.")
@_JSON
def verify(
    source: Source, public_key: str | None, must_ask: bool, horizon: str | None, hashes_only: bool, as_json: bool
) -> None:
    """Check that no event was lost, altered or reordered, that each says what its type may say, and that what was
    signed is what was sent; the market record beside it; and, with a Horizon, the anchors on the ledger.

    Exit code 1 names the first bad sequence. --json: `ok`, `events`, `head`, `first_bad`, `problem`, `checkpoint`,
    `hashes_only`, `market` and `anchors` (null: not checked).
    """
    if public_key is not None and PUBLIC_KEY.fullmatch(public_key) is None:
        fail(f"--public-key {public_key!r} is no ed25519 key: expected 64 hex characters", Exit.USAGE)
    if must_ask and horizon is None:
        fail("--ledger needs to know where the ledger is asked: name a Horizon with --horizon", Exit.USAGE)

    async def run(found: Opened) -> Proof:
        return await prove(
            found.bus,
            found.directory,
            public_key,
            horizon=horizon,
            must_ask=must_ask,
            hashes_only=hashes_only,
            quiet=as_json,
        )

    try:
        proof = with_record(source, run)
    except AnotherNetworkError as error:
        fail(str(error), Exit.USAGE)
    if as_json:
        print_json(proof.as_json())
    else:
        for line in proof.lines():
            click.echo(line)
    raise SystemExit(Exit.OK if proof.ok else Exit.NEGATIVE)


@command.command()
@record_options
@click.option("--at", "moment", metavar="MOMENT", help=f"{ACCEPTED}; 1234 is seq:1234. Default: now.")
@click.option("--decisions", "decide", is_flag=True, help="Have scanner and executor decide everything again.")
@_JSON
def replay(source: Source, moment: str | None, decide: bool, as_json: bool) -> None:
    """The state of every aggregate after a message, a ledger or at a time; or every decision made again, exit code 1
    when one comes out otherwise.

    After a ledger: before the first event that tells of a later one.
    """
    if decide:
        if moment is not None:
            fail("--decisions makes all of them again: leave --at away", Exit.USAGE)
        replay_decisions(source, as_json=as_json)
    wanted = parse("--at", moment)

    async def run(found: Opened) -> States:
        return await record.states_at(found.bus.store, wanted, quiet=as_json)

    try:
        states = with_record(source, run)
    except record.NoSuchMessageError as error:
        fail(str(error), Exit.USAGE)
    if as_json:
        print_json(states.as_json())
        return
    for line in told(states):
        click.echo(line)


@command.command()
@record_options
@click.option("--html", "html_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it, with charts.")
@_JSON
@_between
def report(source: Source, html_file: Path | None, as_json: bool, begin: str | None, end: str | None) -> None:
    """Trades, profits, fees, slippage and latency, as the record has them.

    Between two moments: trades that were planned within them, as they stood at the end; balances as of the end.
    """
    first, last = parse("--from", begin), parse("--to", end)
    in_order(first, last)

    async def run(found: Opened) -> Report:
        return await record.reported(found.bus.store, first, last, quiet=as_json)

    try:
        fold = with_record(source, run)
    except record.NoSuchMessageError as error:
        fail(str(error), Exit.USAGE)
    found = fold.result()
    if html_file is not None:
        _write(html_file, html.page(found, fold.rows(), "What the record says"))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_report(found)


@command.command()
@record_options
@click.option("--format", "kind", type=click.Choice(["jsonl", "parquet"]), default="jsonl", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@_JSON
@_between
def export(source: Source, kind: str, out: Path, as_json: bool, begin: str | None, end: str | None) -> None:
    """Every event as a row: what it says, and its stored bytes."""
    first, last = parse("--from", begin), parse("--to", end)
    in_order(first, last)

    async def run(found: Opened) -> int:
        events = record.events_between(found.bus.store, "exporting", first, last, quiet=as_json)
        return await (to_jsonl if kind == "jsonl" else to_parquet)(events, out)

    try:
        count = with_record(source, run)
    except record.NoSuchMessageError as error:
        fail(str(error), Exit.USAGE)
    except NoParquetError as error:
        fail(str(error), Exit.USAGE)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", Exit.USAGE)
    print_json({"events": count, "file": str(out)}) if as_json else progress(f"{count} events in {out}")


@command.command()
@record_options
@click.option("--horizon", envvar="STELLAR_HORIZON_URL", help="Where the ledger is asked.")
@_JSON
def reconcile(source: Source, horizon: str | None, as_json: bool) -> None:
    """Compare own balances as the events add up with those on the ledger now, to the stroop.

    Without a Horizon: with what the ledger showed when the run ended, where its network ended with it.
    """

    async def run(found: Opened) -> list[ledger_balances.Difference]:
        report = (await record.reported(found.bus.store, quiet=as_json)).result()
        if horizon is not None:
            ledger: ledger_balances.Balances = await ledger_balances.on_ledger(report.balances, horizon)
        else:
            ledger = _written_down(found.directory)
        return ledger_balances.differences(report, ledger)

    differences = with_record(source, run)
    if as_json:
        print_json({"ok": not differences, "differences": [asdict(one) for one in differences]})
    elif not differences:
        click.echo("every own balance on the ledger is what the events add up to")
    for one in differences if not as_json else ():
        click.echo(f"{one.account} {one.asset}: events {one.events} stroops, ledger {one.ledger}")
    raise SystemExit(Exit.NEGATIVE if differences else Exit.OK)


def _written_down(directory: Path | None) -> ledger_balances.Balances:
    try:
        kept = None if directory is None else ledger_balances.written_down(directory)
    except ValueError as error:
        fail(str(error), Exit.USAGE)
    if kept is None:
        fail("this run wrote down no balances of its ledger: name a Horizon with --horizon", Exit.USAGE)
    return kept


@command.command()
@record_options
@click.option("--redrive", type=int, metavar="NUMBER", help="Have the service look at this one again.")
@_JSON
def deadletter(source: Source, redrive: int | None, as_json: bool) -> None:
    """Messages that no service could handle. Exit code 1 while there are any, or when one is refused again."""
    if redrive is not None:
        _redrive(source, redrive, as_json)
        return

    async def run(found: Opened) -> list[deadletters.DeadLetter]:
        return [letter async for letter in deadletters.dead_letters(found.bus)]

    letters = with_record(source, run)
    if as_json:
        print_json({"deadletters": [asdict(letter) for letter in letters]})
    elif not letters:
        click.echo("nothing was set aside")
    for letter in letters if not as_json else ():
        where = f"message {letter.sequence}" if letter.sequence is not None else "a message"
        click.echo(f"{letter.number}  {letter.time}  {letter.consumer}: {where}: {letter.reason}")
    raise SystemExit(Exit.NEGATIVE if letters else Exit.OK)


def _redrive(source: Source, number: int, as_json: bool) -> None:
    async def run(found: Opened) -> dict[str, Any]:
        return (await deadletters.redrive(found.bus, number)).model_dump()

    try:
        done = with_record(source, run)
    except deadletters.NoDeadLetterError as error:
        fail(str(error), Exit.USAGE)
    except CommandTimeout as error:
        fail(str(error), Exit.UNREACHABLE)
    except CommandFailed as error:
        fail(str(error), Exit.NEGATIVE)
    print_json(done) if as_json else click.echo(f"trade {done['trade_id']} is {done['state']}")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}", Exit.USAGE)
    progress(f"written: {file}")
