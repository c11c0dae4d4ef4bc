"""Runs of `arb demo` as a user starts them, for end-to-end tests."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

Json = dict[str, Any]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class DemoRun:
    """A running `arb demo --json`."""

    process: asyncio.subprocess.Process
    state: Path
    ws_url: str
    stderr: deque[str] = field(default_factory=lambda: deque(maxlen=2000))
    result: Json | None = None

    async def pid(self, name: str, *, other_than: int | None = None) -> int:
        """Process id of a part of the platform, once it runs (again)."""
        while True:
            try:
                found: dict[str, int] = json.loads((self.state / "processes.json").read_text())
            except (OSError, ValueError):
                found = {}
            if name in found and found[name] != other_than and _alive(found[name]):
                return found[name]
            await asyncio.sleep(0.05)

    async def kill(self, name: str) -> None:
        """SIGKILL, and wait until it runs again."""
        pid = await self.pid(name)
        os.kill(pid, signal.SIGKILL)
        await self.pid(name, other_than=pid)

    async def end(self) -> tuple[int, Json]:
        """Wait until the run is over: exit code and the JSON it ended with."""
        assert self.process.stdout is not None
        out = (await self.process.stdout.read()).decode()
        code = await self.process.wait()
        lines = out.strip().splitlines()
        assert len(lines) == 1, f"exit code {code}, stdout {out!r}, stderr ends with:\n" + "\n".join(
            [*self.stderr][-30:]
        )
        return code, json.loads(lines[0])


@asynccontextmanager
async def demo(state: Path, *arguments: str) -> AsyncIterator[DemoRun]:
    """Start `arb demo --json` with a state directory and ports of its own; ends it if the test does not wait."""
    ws_port, http_port = free_port(), free_port()
    command = [sys.executable, "-c", "from arb.cli.main import main; main()", "demo", "--json", "--state", str(state)]
    command += ["--ws-port", str(ws_port), "--http-port", str(http_port), *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
    )
    run = DemoRun(process, state, f"ws://127.0.0.1:{ws_port}")
    reader = asyncio.create_task(_drain(process, run.stderr))
    try:
        yield run
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 45)
            except TimeoutError:
                process.kill()
        reader.cancel()


@asynccontextmanager
async def client(url: str, *, within: float = 60.0) -> AsyncIterator[ClientConnection]:
    """A plain WebSocket client, connected as soon as the gateway listens."""
    async with asyncio.timeout(within):
        while True:
            try:
                socket_ = await connect(url, proxy=None)
                break
            except OSError:
                await asyncio.sleep(0.1)
    async with socket_:
        yield socket_


async def until(socket_: ClientConnection, wanted: Callable[[Json], bool], *, within: float = 60.0) -> Json:
    """The first message that is wanted."""
    async with asyncio.timeout(within):
        while True:
            message: Json = json.loads(await socket_.recv())
            if wanted(message):
                return message


async def confirmed_trades(socket_: ClientConnection, count: int, *, within: float = 60.0) -> None:
    """Wait until that many trades more were confirmed, by the pushed log."""
    for _ in range(count):
        await until(socket_, lambda m: m.get("event") == "arb.trade.confirmed.v1", within=within)


async def _drain(process: asyncio.subprocess.Process, lines: deque[str]) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        lines.append(line.decode(errors="replace").rstrip())


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
