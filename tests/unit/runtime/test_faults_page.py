"""docs/faults.md: each row names a test that is there, every failpoint and every fault of the bench is in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fault_plan import DISTURBANCES, KILLS, LINE_FAULTS

from arb.runtime.failpoints import FAILPOINTS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "faults.md").read_text()


def rows(section: str) -> Iterator[list[str]]:
    """Cells of the table under a heading, without its head."""
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    for line in lines:
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


PROOFS = sorted({cells[2] for cells in rows("On real processes")})


@pytest.mark.parametrize("proof", PROOFS)
def test_a_row_names_a_test_that_is_there(proof: str) -> None:
    path, name = proof.strip("`").split("::")
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_failpoints_are_those_of_the_code() -> None:
    assert {name.strip("`"): meaning for name, meaning in rows("Failpoints")} == FAILPOINTS


def test_faults_of_seeded_runs_are_those_that_are_drawn() -> None:
    listed = {what.strip("`"): set(re.findall(r"`([a-z_]+)`", how)) for what, how in rows("In seeded runs")}
    drawn = {call: set(kinds) for call, kinds in LINE_FAULTS.items()}
    drawn |= {"others": set(DISTURBANCES), "the process": set(KILLS)}
    assert {what: kinds for what, kinds in listed.items() if what in drawn} == drawn
