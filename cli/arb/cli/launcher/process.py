"""One child process under supervision: started, restarted when it dies, stopped."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import structlog

log = structlog.get_logger(__name__)

WRONG_SETTINGS = 2
"""Exit code of a service whose settings are wrong: a restart would not help."""
GRACE_SECONDS = 5.0
QUICK_DEATHS_ALLOWED = 6
QUICK_SECONDS = 5.0


class ProcessFailedError(Exception):
    """A process ended and will not be started again."""


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run. `ready` returns once the process serves; it is awaited after every start."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log_file: Path
    ready: Callable[[], Awaitable[None]]
    ready_timeout: float = 30.0
    restart: bool = True


@dataclass
class Supervised:
    """A running process. `failed` is set with the reason when it will not be started again."""

    spec: ProcessSpec
    on_change: Callable[[], None] = lambda: None
    restarts: int = 0
    failed: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _process: asyncio.subprocess.Process | None = None
    _watcher: "asyncio.Task[None] | None" = None
    _stopping: bool = False

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start and wait until it serves. Raises ProcessFailedError with the last lines it wrote."""
        await self._spawn()
        await self._until_ready()
        self._watcher = asyncio.create_task(self._watch(), name=f"watch {self.spec.name}")

    async def stop(self) -> None:
        """Ask it to end, then make it end."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)
            except TimeoutError:
                log.warning("process_killed", process=self.spec.name, after_seconds=GRACE_SECONDS)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)

    def last_lines(self, count: int = 5) -> str:
        """The end of its log, for an error message."""
        with contextlib.suppress(OSError):
            return "\n".join(self.spec.log_file.read_text(errors="replace").splitlines()[-count:])
        return ""

    async def _spawn(self) -> None:
        with self.spec.log_file.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                env={**os.environ, **self.spec.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.on_change()

    async def _until_ready(self) -> None:
        assert self._process is not None
        ready = asyncio.ensure_future(self.spec.ready())
        ended = asyncio.ensure_future(self._process.wait())
        try:
            done, _ = await asyncio.wait(
                {ready, ended}, timeout=self.spec.ready_timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if ready in done:
                ready.result()
                return
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)
        why = f"ended with exit code {self._process.returncode}" if ended in done else "did not get ready in time"
        raise ProcessFailedError(f"{self.spec.name} {why}:\n{self.last_lines()}")

    async def _watch(self) -> None:
        deaths: list[float] = []
        while True:
            assert self._process is not None
            code = await self._process.wait()
            if self._stopping:
                return
            now = monotonic()
            deaths = [t for t in deaths if now - t < QUICK_SECONDS * QUICK_DEATHS_ALLOWED] + [now]
            log.warning("process_ended", process=self.spec.name, exit_code=code, restarts=self.restarts)
            if code == WRONG_SETTINGS or not self.spec.restart or len(deaths) > QUICK_DEATHS_ALLOWED:
                self.failed.set_result(f"{self.spec.name} ended with exit code {code}:\n{self.last_lines()}")
                return
            await asyncio.sleep(min(0.1 * 2 ** (len(deaths) - 1), 5.0))
            self.restarts += 1
            await self._spawn()
