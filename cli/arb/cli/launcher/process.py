"""One child process under supervision: started, restarted when it dies, stopped."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from arb.cli.launcher.last_words import how_ended, last_words
from arb.cli.launcher.restart import RestartPolicy
from arb.runtime.errors import EXIT_SETTINGS
from arb.runtime.lifeline import dies_with_this_process
from arb.runtime.redaction import without_passphrases, without_tokens

GRACE_SECONDS = 5.0
"""How long a process may take to end once it was asked to."""


class ProcessFailedError(Exception):
    """A process will not be started again. One line; `exit_code` is the process's own, None when it never ended."""

    def __init__(self, message: str, exit_code: int | None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run. `ready` returns once the process serves, and is awaited at the first start."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log_file: Path
    ready: Callable[[], Awaitable[None]]
    ready_timeout: float = 30.0
    restart: bool = True
    opens_keystore: bool = False
    """Whether it may have the keystore's passphrase. Nothing else gets to see it, whatever is in our environment."""

    @property
    def environment(self) -> dict[str, str]:
        """Ours and its own."""
        whole = {**os.environ, **self.env}
        return without_tokens(whole) if self.opens_keystore else without_passphrases(whole)


@dataclass
class Supervised:
    """A running process. `failed` is set with the reason when it died and will not be started again."""

    spec: ProcessSpec
    on_change: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda _: None
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    restarts: int = 0
    failed: "asyncio.Future[ProcessFailedError]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    _process: asyncio.subprocess.Process | None = None
    _log_start: int = 0
    _watcher: "asyncio.Task[None] | None" = None

    @property
    def name(self) -> str:
        """Its name in messages and files."""
        return self.spec.name

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start and wait until it serves. Raises ProcessFailedError; then, and when cancelled, nothing is left over."""
        try:
            await self._spawn()
            await self._until_ready()
        except OSError as error:
            raise ProcessFailedError(f"{self.name} cannot be started: {error}", None) from None
        except BaseException:
            await self.stop()
            raise
        self._watcher = asyncio.create_task(self._watch(), name=f"watch {self.name}")

    async def stop(self) -> None:
        """Ask it to end, then make it end."""
        # The watcher first: it could be starting the process again at this very moment.
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        except TimeoutError:
            self.say(f"{self.name} did not end within {GRACE_SECONDS:g} s and was killed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _spawn(self) -> None:
        with self.spec.log_file.open("ab") as output:
            self._log_start = output.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                env=self.spec.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A session of its own: Ctrl-C at the terminal is for the launcher, which stops everything in order.
                start_new_session=True,
                preexec_fn=dies_with_this_process(),
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
            # Ended counts first: somebody else may be answering in its place.
            if ended in done:
                raise self._failure(ended.result())
            if ready not in done:
                words = last_words(self.spec.log_file, self._log_start)
                limit = self.spec.ready_timeout
                raise ProcessFailedError(f"{self.name} was not ready after {limit:g} s; its last words: {words}", None)
            ready.result()
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            assert self._process is not None
            code = await self._process.wait()
            self.on_change()
            # With wrong settings a restart would not help.
            again = self.spec.restart and code != EXIT_SETTINGS
            delay = self.policy.after_death(monotonic()) if again else None
            if delay is None:
                self.failed.set_result(self._failure(code))
                return
            self.say(f"{self.name} {how_ended(code)}: starting it again")
            await asyncio.sleep(delay)
            self.restarts += 1
            try:
                await self._spawn()
            except OSError as error:
                self.failed.set_result(ProcessFailedError(f"{self.name} cannot be started again: {error}", code))
                return

    def _failure(self, code: int) -> ProcessFailedError:
        words = last_words(self.spec.log_file, self._log_start).removeprefix(f"{self.name}: ")
        if code == EXIT_SETTINGS:
            said = f"{self.name}: {words}"
        elif code == -signal.SIGKILL:  # its last words say nothing about its end
            said = f"{self.name} {how_ended(code)}"
        else:
            said = f"{self.name} {how_ended(code)}: {words}"
        return ProcessFailedError(f"{said} (log: {self.spec.log_file})", code)
