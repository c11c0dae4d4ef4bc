"""A local Stellar network for tests: started as a process of its own on a free port, stopped at the end."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

START_SECONDS = 30
STOP_SECONDS = 5


@dataclass(frozen=True)
class Localnet:
    """A running network. `url` is Horizon's; `process` the server."""

    url: str
    process: subprocess.Popen[str]

    @property
    def rpc_url(self) -> str:
        """Where JSON-RPC is spoken."""
        return f"{self.url}/rpc"


@contextmanager
def running_localnet(**options: object) -> Iterator[Localnet]:
    """A network with settings given as keywords (`ledger_seconds=0.25, traffic="on"`), by default without traffic."""
    given = {"port": 0, "traffic": "off", **options}
    flags = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    process = subprocess.Popen([sys.executable, "-m", "arb.localnet", *flags], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("localnet is at "):
            raise RuntimeError(f"localnet did not start: exit code {process.wait(START_SECONDS)}, first line {line!r}")
        yield Localnet(line.removeprefix("localnet is at ").strip(), process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
