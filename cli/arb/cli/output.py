"""How the command line speaks: one line of JSON for scripts, plain text for people, one line for an error."""

import json
import sys
from enum import IntEnum
from typing import Any, NoReturn

import click


class Exit(IntEnum):
    """Exit codes of every verb."""

    OK = 0
    NEGATIVE = 1
    """It ran, and the answer is no: a check failed, a row does not hold, no trade confirmed."""
    USAGE = 2
    """Wrong arguments or settings."""
    UNREACHABLE = 3
    """A server that is needed does not answer."""
    PORT_TAKEN = 4
    DEFECT = 70
    """A mistake in this program (EX_SOFTWARE of sysexits.h)."""


def print_json(value: dict[str, Any]) -> None:
    """One JSON object on one line of standard output."""
    click.echo(json.dumps(value, separators=(", ", ": "), allow_nan=False))


def progress(text: str) -> None:
    """A line for people on standard error."""
    click.echo(text, err=True)


def fail(message: str, code: Exit) -> NoReturn:
    """End with one clear line on standard error."""
    click.echo(f"arb: {' '.join(message.split())}", err=True)
    sys.exit(code)
