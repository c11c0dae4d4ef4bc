"""Ctrl-C and its relatives: the first ends a run in order, the second does not wait for anything."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """Somebody asked for the run to end."""


class Interrupt:
    """Counts the signals that ask for an end. Belongs to the running event loop."""

    def __init__(self) -> None:
        self._events = (asyncio.Event(), asyncio.Event())

    @contextmanager
    def listening(self) -> Iterator["Interrupt"]:
        """Take the signals instead of being ended by them."""
        loop = asyncio.get_running_loop()
        # A run under nohup is meant to outlive its terminal.
        taken = [s for s in SIGNALS if s != signal.SIGHUP or signal.getsignal(s) != signal.SIG_IGN]
        for number in taken:
            loop.add_signal_handler(number, self.count)
        try:
            yield self
        finally:
            for number in taken:
                loop.remove_signal_handler(number)

    def count(self) -> None:
        """One more signal."""
        first, second = self._events
        (second if first.is_set() else first).set()

    async def raised(self, *, times: int = 1) -> NoReturn:
        """Wait for the first (or second) signal, then raise Interrupted."""
        await self._events[times - 1].wait()
        raise Interrupted
