"""`arb audit replay --decisions`: scanner and executor decide again on the record, and differ or do not."""

import asyncio
from typing import Any, NoReturn

import click

from arb.cli.audit.on_record import Json, answer_of
from arb.cli.audit.opened import Opened, Source, with_record
from arb.cli.audit.progress import bars
from arb.cli.output import Exit, print_json

DECIDERS = ("scanner", "executor")


def replay_decisions(source: Source, *, as_json: bool) -> NoReturn:
    """Print how many decisions were made again and which differ; ends the program, exit code 1 when one does."""

    async def run(found: Opened) -> list[Json]:
        with bars(DECIDERS, quiet=as_json) as reached:
            asked = (answer_of(service, ["replay"], found.bus.url, reached) for service in DECIDERS)
            return await asyncio.gather(*asked)

    answers = dict(zip(DECIDERS, with_record(source, run), strict=True))
    decisions = sum(answer["decisions"] for answer in answers.values())
    differences = sum(len(answer["differences"]) for answer in answers.values())
    if as_json:
        print_json({"decisions": decisions, "differences": differences, **answers})
    else:
        _print(answers)
    raise SystemExit(Exit.NEGATIVE if differences else Exit.OK)


def _print(answers: dict[str, Any]) -> None:
    for service, answer in answers.items():
        differences = answer["differences"]
        click.echo(f"{service}: {answer['decisions']} decisions made again, {len(differences)} differ")
        for one in differences:
            click.echo("  " + ", ".join(f"{name} {value}" for name, value in one.items() if value is not None))
        if answer["passed_over"]:
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(answer["passed_over"].items()))
            click.echo(f"  not decided again: {reasons}")
