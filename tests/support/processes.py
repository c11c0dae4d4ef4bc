"""A service as a process of its own, as the launcher starts it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path


class ServiceProcess:
    """`python -m <module>` with its log in a file."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """What it has written to stderr and stdout so far."""
        return self._log.read_text()

    async def stop(self, number: int = signal.SIGTERM, within: float = 10.0) -> int:
        """Send a signal and return the exit status. Raises TimeoutError when it does not end in time."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(within):
            return await self.process.wait()


@asynccontextmanager
async def running(
    *arguments: str, directory: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[ServiceProcess]:
    """`python <arguments>` in `directory`, killed at the end; nothing of our own settings leaks in from outside."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARB_", "STELLAR_", "NATS_", "ARBITRAGE_", "REFLECTOR_", "NUM_ACCOUNTS"))
    }
    log = directory / "service.log"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=directory, env={**inherited, **(environment or {})}, stdout=out, stderr=out
        )
    try:
        yield ServiceProcess(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
