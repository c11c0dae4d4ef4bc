"""A background service steps back, and says so to Linux's grouping of sessions where there is one."""

import subprocess
import sys
from pathlib import Path

from arb.runtime.priority import NICENESS

_PROGRAM = """
from pathlib import Path
import os
from arb.runtime.priority import give_way
before = os.nice(0)
give_way()
group = Path("/proc/self/autogroup")
said = group.read_text().split() if group.exists() else []
print(os.nice(0) - before, said[-1] if said else "-")
"""


def test_a_process_with_a_session_of_its_own_gives_way() -> None:
    process = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, start_new_session=True
    )

    raised, group = process.stdout.split()
    # Niceness ends at 19, whatever this test runs with.
    assert 0 < int(raised) <= NICENESS
    assert group in ("-", str(NICENESS))


def test_the_session_of_whoever_started_it_is_left_alone() -> None:
    group = Path("/proc/self/autogroup")
    before = group.read_text() if group.exists() else ""

    subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, check=True)

    assert before == (group.read_text() if group.exists() else "")
