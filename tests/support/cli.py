"""The `arb` command as a process, in a directory of its own."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS = ("ARB_", "STELLAR_", "NATS_", "ARBITRAGE_", "REFLECTOR_", "NUM_ACCOUNTS")
LONGEST_CALL = 50.0
"""Seconds a call may take before the test gives up on it."""
COMMAND = (sys.executable, "-c", "from arb.cli.main import main; main()")


@dataclass(frozen=True)
class Outcome:
    """How a call ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one line of standard output."""
        [line] = self.out.splitlines()
        return json.loads(line)

    @property
    def complaint(self) -> str:
        """The one line of standard error."""
        [line] = self.err.splitlines()
        return line


async def launch(*arguments: str, directory: Path, **settings: str) -> asyncio.subprocess.Process:
    """`arb <arguments>`, started in `directory` with nothing of our own settings leaking in from outside."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        cwd=directory,
        env={**inherited, **settings},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def arb(*arguments: str, directory: Path, **settings: str) -> Outcome:
    """Run to the end."""
    process = await launch(*arguments, directory=directory, **settings)
    try:
        out, err = await asyncio.wait_for(process.communicate(), LONGEST_CALL)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Outcome(process.returncode, out.decode(), err.decode())


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent's attention does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
