"""Ties a child process to the life of the one that starts it: a parent that is killed leaves nobody behind."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dies_with_this_process() -> Callable[[], None] | None:
    """A `preexec_fn` for subprocess calls: the child gets SIGKILL when the thread that started it ends, in any way.

    None where the system has nothing like it: only Linux does (prctl(2), PR_SET_PDEATHSIG).
    """
    if sys.platform != "linux":
        return None
    # Looked up before the fork: between fork and exec a child should do as little as it can.
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)

    return tie
