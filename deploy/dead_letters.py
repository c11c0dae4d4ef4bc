"""Prints the messages that were set aside, one JSON object a line.

`NATS_URL=… .venv/bin/python deploy/dead_letters.py`. Each has time, subject and body: a Poison of
the service that could not read a message, or the server's advisory about one that was delivered as often as allowed.
"""

import asyncio
import json
import sys

import nats.js.errors
import structlog

from arb.messages.topology import DEADLETTER_STREAM
from arb.runtime.bus import Bus
from arb.runtime.errors import StartupError
from arb.runtime.logging import configure
from arb.runtime.settings import ServiceSettings


async def show(url: str) -> None:
    """Print all of DEADLETTER. Raises StartupError when the bus cannot be reached."""
    async with await Bus.connect(url, "cli", structlog.stdlib.get_logger(), limit=5.0) as bus:
        state = (await bus.js.stream_info(DEADLETTER_STREAM.name)).state
        for sequence in range(state.first_seq, state.last_seq + 1):
            try:
                message = await bus.js.get_msg(DEADLETTER_STREAM.name, sequence)
            except nats.js.errors.NotFoundError:
                continue  # made room for newer ones meanwhile
            when = message.time.isoformat() if message.time else None
            line = {"sequence": sequence, "time": when, "subject": message.subject, "body": _body(message.data or b"")}
            sys.stdout.write(json.dumps(line) + "\n")


def _body(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


if __name__ == "__main__":
    configure("cli", "ERROR", "console")
    try:
        asyncio.run(show(ServiceSettings.load().nats_url))
    except StartupError as error:
        sys.exit(str(error))
