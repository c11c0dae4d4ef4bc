"""Giving way to others on the same machine."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NICENESS: Final = 10


def give_way() -> None:
    """Have this process wait while others need the processor: for services that nobody waits for.

    Linux weighs sessions against each other first where it groups them (autogroup), and niceness counts within one: a
    process with a session of its own, as `arb up` starts it, lowers that of its session too.
    """
    with suppress(OSError):
        os.nice(NICENESS)
        if os.getsid(0) == os.getpid():
            Path("/proc/self/autogroup").write_text(str(NICENESS))
