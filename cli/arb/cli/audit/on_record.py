"""Services that look at the record for this command line: each is a process of its own, and says JSON on its output."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from arb.cli.output import Exit, fail
from arb.runtime.redaction import without_passphrases

Json = dict[str, Any]


async def answer_of(service: str, arguments: Sequence[str], nats_url: str) -> Json:
    """What `python -m arb.<service> <arguments>` says of the record on that bus: one JSON object on one line."""
    process = await _started(service, arguments, nats_url, stdin=asyncio.subprocess.DEVNULL)
    return await _answer(service, process)


async def answer_through(
    first: str, first_arguments: Sequence[str], second: str, second_arguments: Sequence[str], nats_url: str
) -> Json:
    """What the second service says of what the first one says."""
    reading, writing = os.pipe()
    try:
        source = await _started(first, first_arguments, nats_url, stdin=asyncio.subprocess.DEVNULL, stdout=writing)
        sink = await _started(second, second_arguments, nats_url, stdin=reading)
    finally:
        os.close(reading)
        os.close(writing)
    (_, complaint), answer = await asyncio.gather(source.communicate(), sink.communicate())
    # When the first one fails the second one heard too little: whatever it made of that does not count.
    _require(first, source.returncode, complaint)
    _require(second, sink.returncode, answer[1])
    return _parsed(second, answer[0])


async def _started(
    service: str, arguments: Sequence[str], nats_url: str, *, stdin: int, stdout: int = asyncio.subprocess.PIPE
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"arb.{service}",
        *arguments,
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
        env={**without_passphrases(os.environ), "NATS_URL": nats_url},
    )


async def _answer(service: str, process: asyncio.subprocess.Process) -> Json:
    answer, complaint = await process.communicate()
    _require(service, process.returncode, complaint)
    return _parsed(service, answer)


def _require(service: str, code: int | None, complaint: bytes) -> None:
    if code == 0:
        return
    lines = complaint.decode(errors="replace").strip().splitlines()
    said = lines[-1].removeprefix("python -m ") if lines else f"exit code {code}"
    known = next((known for known in (Exit.USAGE, Exit.UNREACHABLE) if known == code), Exit.NEGATIVE)
    fail(f"the {service} cannot look at this record: {said}", known)


def _parsed(service: str, answer: bytes) -> Json:
    try:
        said: Json = json.loads(answer)
    except ValueError:
        fail(f"the {service} said something else than JSON: {answer[:80]!r}", Exit.DEFECT)
    return said
