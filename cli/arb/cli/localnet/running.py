"""`arb localnet up`: the server as a process in the foreground, ended in order."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import click

from arb.cli.interrupt import Interrupt, Interrupted
from arb.cli.output import Exit, progress
from arb.cli.races import unless
from arb.runtime.lifeline import dies_with_this_process
from arb.runtime.redaction import without_passphrases

_ANNOUNCED: Final = "localnet is at "
_IN_USE: Final = "cannot listen at"
_GRACE_SECONDS: Final = 5.0


async def run(options: Sequence[str], ready: Callable[[str], Awaitable[None]]) -> int:
    """Run a local network with its own options until Ctrl-C; `ready` is told its URL. The exit code of the command."""
    with Interrupt().listening() as interrupt:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "arb.localnet",
            *options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=without_passphrases(os.environ),
            # A session of its own: Ctrl-C at the terminal is for this command, which ends the server in order.
            start_new_session=True,
            preexec_fn=dies_with_this_process(),
        )
        said = asyncio.create_task(_repeat(process))
        try:
            return await unless(_serve(process, said, ready), interrupt.raised())
        except Interrupted:
            return Exit.OK
        finally:
            await _end(process)
            await asyncio.gather(said, return_exceptions=True)


async def _serve(
    process: asyncio.subprocess.Process, said: "asyncio.Task[str]", ready: Callable[[str], Awaitable[None]]
) -> int:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    if line.startswith(_ANNOUNCED):
        await ready(line.removeprefix(_ANNOUNCED).strip())
    else:  # its help
        click.echo(line + (await process.stdout.read()).decode(), nl=False)
    code = await process.wait()
    last = await said
    if code == Exit.OK:
        return code
    if code == Exit.USAGE and _IN_USE in last:
        return Exit.PORT_TAKEN
    return Exit.USAGE if code == Exit.USAGE else Exit.NEGATIVE


async def _repeat(process: asyncio.subprocess.Process) -> str:
    """Pass the server's words on to standard error; the last of them."""
    assert process.stderr is not None
    last = ""
    async for line in process.stderr:
        last = line.decode("utf-8", "replace").rstrip()
        progress(last)
    return last


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
