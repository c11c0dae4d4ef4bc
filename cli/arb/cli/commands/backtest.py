"""`arb backtest`: the recorded market under other settings. Everything it says is hypothetical, and says so."""

from typing import NamedTuple

import click
from pydantic import ValidationError

from arb.cli import record
from arb.cli.audit.moments import ACCEPTED, Moment, in_order, parse
from arb.cli.audit.on_record import Json, answer_through
from arb.cli.audit.opened import Opened, Source, record_options, with_record
from arb.cli.audit.progress import bars
from arb.cli.output import Exit, fail, print_json
from arb.eventlog import EventStore
from arb.markets.amount import format_amount
from arb.messages.limits import Limits
from arb.messages.market import GUARD_SETTINGS, SEARCH_SETTINGS, SearchTerms


class Setting(NamedTuple):
    """One `--set`."""

    name: str
    value: int


@click.command()
@record_options
@click.option("--from", "begin", metavar="MOMENT", help=f"The first ledger: {ACCEPTED}; 567 is ledger:567.")
@click.option("--to", "end", metavar="MOMENT", help="The last ledger still within, named likewise.")
@click.option("--set", "changed", metavar="NAME=VALUE", multiple=True, help="A setting in place of the recorded one.")
@click.option("--every-ledger", is_flag=True, help="Also ledgers on which nothing was searched at the time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
def command(
    source: Source, begin: str | None, end: str | None, changed: tuple[str, ...], every_ledger: bool, as_json: bool
) -> None:
    """What scanner and guard would have decided on the recorded market with other settings.

    Settings: those of the search and the limits, in stroops, basis points or numbers as they are. Exit codes: 0 done;
    2 wrong arguments, or there is no such record; 3 a needed server does not answer.
    """
    settings = [_setting(text) for text in changed]
    first, last = parse("--from", begin, "ledger"), parse("--to", end, "ledger")
    in_order(first, last)
    search = [*_options(settings, SEARCH_SETTINGS), *(["--every-ledger"] if every_ledger else [])]
    limits = _options(settings, GUARD_SETTINGS)

    async def run(found: Opened) -> Json:
        asked = [*search, *await _between(found.bus.store, first, last)]
        searching, judging = ["backtest", *asked], ["backtest", *limits]
        with bars(("scanner",), quiet=as_json) as reached:
            return await answer_through("scanner", searching, "executor", judging, found.bus.url, reached)

    try:
        answer = with_record(source, run) | {"settings": dict(settings)}
    except record.NoSuchMessageError as error:
        fail(str(error), Exit.USAGE)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _setting(text: str) -> Setting:
    """Raises SystemExit with one line that says what is accepted."""
    name, equals, value = text.partition("=")
    names = dict.fromkeys((*SEARCH_SETTINGS, *GUARD_SETTINGS))
    if name not in names or not equals:
        fail(f"--set {text!r}: expected NAME=VALUE, NAME one of {', '.join(names)}", Exit.USAGE)
    try:
        number = int(value)
    except ValueError:
        fail(f"--set {name}={value!r}: expected a whole number", Exit.USAGE)
    for model in (SearchTerms, Limits):
        if name in model.model_fields and (problem := _problem(model, name, number)) is not None:
            fail(f"--set {name}={number}: {problem}", Exit.USAGE)
    return Setting(name, number)


def _problem(model: type[SearchTerms] | type[Limits], name: str, value: int) -> str | None:
    """What is wrong with the value of one field, or None. That others are missing is no matter."""
    try:
        model.model_validate({name: value})
    except ValidationError as wrong:
        return next((error["msg"].lower() for error in wrong.errors() if error["loc"][:1] == (name,)), None)
    return None


def _options(settings: list[Setting], names: tuple[str, ...]) -> list[str]:
    return [part for name, value in settings if name in names for part in ("--set", f"{name}={value}")]


async def _between(store: EventStore, begin: Moment | None, end: Moment | None) -> list[str]:
    """The scanner's options for two moments. A message stands for the newest ledger that was told of by then."""
    options: list[str] = []
    for edge, moment in (("from", begin), ("to", end)):
        if moment is None:
            continue
        if moment.kind == "time":
            options += [f"--{edge}-time", str(moment.number // 1_000_000)]
            continue
        ledger = moment.number if moment.kind == "ledger" else await record.ledger_at(store, moment)
        options += [f"--{edge}-ledger", str(ledger)]
    return options


def _print(answer: Json) -> None:
    click.echo("HYPOTHETICAL: nothing of this happened")
    for assumption in answer["assumptions"]:
        click.echo(f"  assumed: {assumption}")
    click.echo(f"{answer['ledgers']} ledgers searched, {answer['plans']} plans, {answer['approved']} within the limits")
    if not answer["ledgers"]:
        click.echo("what is kept of the market record has no ledger that was searched between these moments")
    for kind, result in answer["by_kind"].items():
        profits = ", ".join(
            f"{format_amount(amount)} {'XLM' if asset == 'native' else asset}"
            for asset, amount in result["predicted_net_profit"].items()
        )
        click.echo(f"{kind}: {result['plans']} plans, {result['approved']} approved, net {profits or 'nothing'}")
    for code, count in sorted(answer["rejected"].items()):
        click.echo(f"rejected as {code}: {count}")
