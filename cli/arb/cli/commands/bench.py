"""`arb bench`: figures as ratios against a peer measured in the same run."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from arb.cli.output import Exit, fail, print_json, progress

BENCHES = Path(__file__).resolve().parents[4] / "tests" / "bench"
"""Benches are programs of the checkout: each prints one JSON object `{"bench", "rows": […]}` as its last line."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a bench, one line each.")
def command(name: str, options: tuple[str, ...], as_json: bool) -> None:
    """Run the bench NAME, or `all`. Exit code 0 only if every row holds its goal.

    OPTIONS are the bench's own: `arb bench faults --runs 500 --seed 7`.
    """
    known = {file.stem.removeprefix("bench_"): file for file in sorted(BENCHES.glob("bench_*.py"))}
    if not BENCHES.is_dir():
        fail("benches need a checkout of the repository: none is found beside this installation", Exit.USAGE)
    if name != "all" and name not in known:
        fail(f"unknown bench {name!r}; known: {', '.join(known)}, all", Exit.USAGE)
    if name == "all" and options:
        fail(f"options are those of one bench, `all` takes none: {' '.join(options)}", Exit.USAGE)
    holds = True
    for bench, file in known.items():
        if name in (bench, "all"):
            progress(f"bench {bench}")
            result = _run(file, options)
            holds = holds and all(row["holds"] for row in result["rows"])
            print_json(result) if as_json else _print(result)
    raise SystemExit(Exit.OK if holds else Exit.NEGATIVE)


def _run(file: Path, options: Sequence[str]) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(BENCHES.parent)}
    call = [sys.executable, str(file), *options]
    ended = subprocess.run(call, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    try:
        result: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
        rows = result["rows"]
        if not all(isinstance(row["holds"], bool) for row in rows) or not rows:
            raise ValueError("every bench has rows, and every row says whether it holds")
    except (IndexError, KeyError, TypeError, ValueError):
        fail(f"bench {file.stem} ended with exit code {ended.returncode} and no usable result", Exit.NEGATIVE)
    detail = {"detail": result["detail"]} if "detail" in result else {}
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
    return {"bench": result["bench"], "machine": machine, "rows": rows, **detail}


def _print(result: dict[str, Any]) -> None:
    table = Table(title=f"bench {result['bench']}", title_justify="left")
    for column in ("name", "value", "peer", "ratio", "goal", "holds"):
        table.add_column(column)
    for row in result["rows"]:
        value, peer = f"{row['value']:g} {row['unit']}", f"{row['peer']}: {row['peer_value']:g}"
        table.add_row(row["name"], value, peer, f"{row['ratio']:g}", f"{row['goal']}", "yes" if row["holds"] else "NO")
    Console().print(table)
