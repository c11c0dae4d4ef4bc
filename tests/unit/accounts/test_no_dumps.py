"""A process that holds keys leaves no picture of its memory."""

import subprocess
import sys

import pytest

LOOK = """
import ctypes, resource
from arb.accounts.adapters.no_dumps import forbid_dumps
forbid_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_neither_core_dumps_nor_other_processes_show_its_memory() -> None:
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "(0, 0) 0"
