"""Reading what a long record says in a second process, while this one hashes it: each message is parsed once.

To parse an event takes as long as to fetch and hash it, and Python parses on one core. The other process runs
`parsing`.
"""

import asyncio
import fcntl
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from struct import Struct
from types import TracebackType
from typing import Self

from arb.eventlog.audit.finding import Finding
from arb.eventlog.errors import EventLogError
from arb.eventlog.record import Stored

PARSING = "arb.eventlog.audit.parsing"
PIPE_BYTES = 2**20
"""The two processes work at the same time only as far as messages wait in between."""
HEAD = Struct(">QHI")
"""Sequence, length of the subject, length of the message; then both."""


class ReaderFailedError(EventLogError):
    """The second process came to no result: nothing is known of what the events say."""


class ContentsBeside:
    """Contents in a process of its own. `async with` it; `findings` once everything was added."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._answer: asyncio.Task[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            PARSING,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _widen(self._process.stdin.transport)
        self._answer = asyncio.create_task(self._process.stdout.read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._answer is not None:
            self._answer.cancel()

    def add(self, messages: Iterable[Stored]) -> None:
        """The next messages, a portion of them. Give the other process time now and then: `keep_pace`."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"".join(_framed(messages)))

    async def keep_pace(self) -> None:
        """Wait while the other process is far behind. Raises ReaderFailedError."""
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            await self._process.stdin.drain()
        except OSError as error:
            raise ReaderFailedError(f"the process that reads what events say is gone: {error}") from error
        await asyncio.sleep(0)

    async def findings(self) -> list[Finding]:
        """Everything was added: what was found, by sequence. Raises ReaderFailedError."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._answer is not None
        self._process.stdin.close()
        answer = await self._answer
        if await self._process.wait() != 0:
            raise ReaderFailedError("the process that reads what events say did not come to the end")
        return [Finding(**json.loads(line)) for line in answer.splitlines()]


def _widen(pipe: asyncio.WriteTransport) -> None:
    pipe.set_write_buffer_limits(high=PIPE_BYTES)
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # elsewhere than on Linux a pipe is as wide as it is
        with suppress(OSError):
            fcntl.fcntl(pipe.get_extra_info("pipe"), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _framed(messages: Iterable[Stored]) -> Iterator[bytes]:
    for sequence, subject, raw in messages:
        place = subject.encode()
        yield HEAD.pack(sequence, len(place), len(raw))
        yield place
        yield raw
