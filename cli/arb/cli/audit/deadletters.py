"""Messages that were set aside: what they are, and having the service look at one again."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from arb.messages.commands.executor import Redrive, Redriven
from arb.messages.subjects import DEADLETTER
from arb.messages.topology import DEADLETTER_STREAM
from arb.runtime.bus import Bus

ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message of DEADLETTER: a Poison of a service, or the server's advisory that it gave up delivering one."""

    number: int
    """Its sequence in DEADLETTER."""
    time: str | None
    consumer: str
    sequence: int | None
    """Where the message lies in the record, if that is known."""
    reason: str
    body: str | None


class NoDeadLetterError(Exception):
    """There is no such dead letter, or it does not say where its message lies."""


async def dead_letters(bus: Bus) -> AsyncIterator[DeadLetter]:
    """All of them, oldest first. Raises StoreUnavailableError."""
    async for number, time, subject, raw in bus.stored_in(DEADLETTER_STREAM.name):
        yield _read(number, time, subject, raw)


async def redrive(bus: Bus, number: int) -> Redriven:
    """Have the executor take up the message again. Raises NoDeadLetterError, CommandFailed, CommandTimeout."""
    async for letter in dead_letters(bus):
        if letter.number == number:
            break
    else:
        raise NoDeadLetterError(f"there is no dead letter {number}: `arb audit deadletter` lists them")
    if letter.sequence is None:
        raise NoDeadLetterError(f"dead letter {number} does not say where its message lies in the record")
    return await bus.request(Redrive(command_id=uuid.uuid4().hex, sequence=letter.sequence), Redriven, ANSWER_SECONDS)


def _read(number: int, time: str | None, subject: str, raw: bytes) -> DeadLetter:
    try:
        said: Any = json.loads(raw)
        said = said if isinstance(said, dict) else {}
    except ValueError:
        said = {}
    if subject.startswith(f"{DEADLETTER}."):
        return DeadLetter(
            number, time, said.get("consumer", subject), said.get("sequence"), said.get("reason", ""), said.get("body")
        )
    deliveries = said.get("deliveries")
    return DeadLetter(
        number, time, said.get("consumer", subject), said.get("stream_seq"), f"delivered {deliveries} times", None
    )
