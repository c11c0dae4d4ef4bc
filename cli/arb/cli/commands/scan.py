"""`arb scan`: the scanner on a recorded market."""

import os
import sys

import click


@click.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a ledger, one line each.")
def command(file: str, as_json: bool) -> None:
    """Run the scanner on FILE, a recorded market (JSON Lines, plain or .gz).

    Prints for every ledger how many cycles through native pay, and the best of them, exact to the stroop.
    Exit code 2 when FILE is not a recording.
    """
    # The scanner is a service of its own: the command line never imports it, it becomes it. So output, exit code and
    # signals are the scanner's.
    options = ["--json"] if as_json else []
    os.execv(sys.executable, [sys.executable, "-m", "arb.scanner", "scan", *options, "--", file])  # noqa: S606
