"""Failpoints: nothing unless asked for; a place that was asked for ends the process, once in all its lives."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from arb.runtime.failpoints import FAILPOINTS, reached, wanted

PROGRAM = """
import sys
from pathlib import Path
from arb.runtime.failpoints import arm, reached
arm("executor", sys.argv[2:], Path(sys.argv[1]))
for name in ("executor.planned.before_store", "accounts.send.after", "executor.planned.after_store") * 2:
    reached(name)
    print(name, flush=True)
"""


def live(directory: Path, *places: str) -> tuple[int, list[str]]:
    """One life of a process: exit status and what it came past."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(directory), *places], capture_output=True, text=True, timeout=30
    )
    return done.returncode, [line for line in done.stdout.splitlines() if line in FAILPOINTS]


def test_nothing_happens_unless_asked_for() -> None:
    for name in FAILPOINTS:
        reached(name)


def test_a_process_dies_once_at_each_place_that_is_its_own(tmp_path: Path) -> None:
    places = ("executor.planned.before_store", "executor.planned.after_store*2", "accounts.send.after")

    lives = [live(tmp_path / "state", *places) for _ in range(3)]

    assert [status for status, _ in lives] == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert [len(past) for _, past in lives] == [0, 5, 6]


@pytest.mark.parametrize("text", ["", "executor", "executor.send.after*0", "executor.send.after*-1", "gateway.x.y"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no failpoint"):
        wanted(text)
