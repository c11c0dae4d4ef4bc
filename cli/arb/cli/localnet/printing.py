"""What `arb localnet` says to people."""

import json
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from arb.cli.localnet.calls import RefusedError
from arb.cli.output import Exit, fail, print_json
from arb.contracts.invocation.outcomes import GiveUp
from arb.markets.amount import format_amount


def print_answer(answer: dict[str, Any]) -> None:
    """One line a field; events on lines of their own, amounts of fees in XLM."""
    width = max(map(len, answer))
    for name, value in answer.items():
        if name == "events":
            for event in value:
                topics = " ".join(json.dumps(topic) for topic in event["topics"])
                click.echo(f"{'event':<{width}}  {event['contract']}  {topics}  {json.dumps(event['data'])}")
        elif name == "fee_charged":
            click.echo(f"{'fee':<{width}}  {format_amount(value)} XLM")
        elif value is not None or name == "result":
            click.echo(f"{name:<{width}}  {value if isinstance(value, str) else json.dumps(value)}")


def print_refusal(refused: RefusedError, *, as_json: bool) -> None:
    """Why it was refused: a line, or an object with the contract's own name and code for it where there is one."""
    outcome = refused.outcome
    if not as_json:
        fail(str(refused), Exit.NEGATIVE)
    fault = outcome.fault
    print_json(
        {
            "ok": False,
            "reason": outcome.reason.value,
            "error": outcome.name if isinstance(outcome, GiveUp) else None,
            "code": fault.code if fault is not None else None,
            "contract": fault.contract if fault is not None else None,
            "detail": str(refused),
        }
    )


def print_status(answer: dict[str, Any]) -> None:
    """The network, and its contracts by name."""
    table = Table(show_header=False, box=None)
    for name, value in answer.items():
        if name != "contracts" and value is not None:
            table.add_row(name.removesuffix("_bytes").replace("_", " "), _readable(name, value))
    for name, value in (answer.get("contracts") or {}).items():
        if isinstance(value, str) and value.startswith("C"):
            table.add_row(name, value)
        elif isinstance(value, list):
            for each in value:
                table.add_row(name, escape(" ".join(_flat(each))))
    # Contract ids are for copying: no terminal may break them.
    Console(width=max(Console().width, 200)).print(table)


def _readable(name: str, value: Any) -> str:
    if name == "close_time":
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if name == "memory_bytes":
        return f"{value / 2**20:.0f} MiB"
    return str(value)


def _flat(entry: dict[str, Any]) -> list[str]:
    return [str(part) for value in entry.values() for part in (value if isinstance(value, list) else [value])]
