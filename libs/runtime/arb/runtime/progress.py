"""How a process that works for the command line says how far it is: a line on standard error now and then."""

import os
import re
import sys
import time
from typing import Final

TELL_PROGRESS: Final = "ARB_TELL_PROGRESS"
"""Set by whoever listens; without it nothing is said."""
PROGRESS_LINE: Final = re.compile(r"progress ([0-9]+)/([0-9]+)")
EVERY_SECONDS: Final = 0.2


class Progress:
    """Told how many of `total` messages are done, it says so a few times a second, if anybody listens."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._listens = bool(os.environ.get(TELL_PROGRESS))
        self._said_at = 0.0

    def reached(self, done: int) -> None:
        """So many are done."""
        if not self._listens or time.monotonic() - self._said_at < EVERY_SECONDS:
            return
        self._said_at = time.monotonic()
        sys.stderr.write(f"progress {done}/{self._total}\n")
        sys.stderr.flush()
