"""Keeps what is in memory there: no core dump is written, and no other process of the same user may look in."""

import ctypes
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def forbid_dumps() -> None:
    """For this process from now on. Looking in (ptrace, /proc/PID/mem) is refused on Linux only, and never to root."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
