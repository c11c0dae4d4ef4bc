"""The bus of a run: a nats-server that is started again, on the same port and store, when it dies."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from arb.cli.launcher.last_words import how_ended
from arb.cli.launcher.process import ProcessFailedError
from arb.cli.launcher.restart import RestartPolicy
from arb.runtime.errors import StartupError
from arb.runtime.nats_server import EmbeddedNats


@dataclass
class KeptNats:
    """Supervises an EmbeddedNats under `directory` as Supervised does a service."""

    directory: Path
    on_change: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda _: None
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    restarts: int = 0
    failed: "asyncio.Future[ProcessFailedError]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    name: str = "nats-server"
    _server: EmbeddedNats | None = None
    _watcher: "asyncio.Task[None] | None" = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        try:
            return self._server.pid if self._server is not None else None
        except StartupError:
            return None

    async def start(self) -> str:
        """Start and wait until it takes connections; its URL. Raises StartupError."""
        self._server = EmbeddedNats(self.directory)
        url = await self._server.start()
        self._watcher = asyncio.create_task(self._watch(self._server), name="watch nats-server")
        self.on_change()
        return url

    async def stop(self) -> None:
        """Stop it in order."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        if self._server is not None:
            await self._server.stop()

    async def _watch(self, server: EmbeddedNats) -> None:
        while True:
            code = await server.wait()
            how = f"{self.name} {how_ended(code)}"
            self.on_change()
            while True:
                delay = self.policy.after_death(monotonic())
                if delay is None:
                    log = self.directory / "nats-server.log"
                    self.failed.set_result(ProcessFailedError(f"{how}, again and again (log: {log})", code))
                    return
                self.say(f"{how}: starting it again")
                await asyncio.sleep(delay)
                self.restarts += 1
                try:
                    await server.start()
                except (StartupError, OSError) as error:
                    how = str(error)
                else:
                    break
            self.on_change()
