"""Services that look at the record for this command line: each is a process of its own, and says JSON on its output."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from arb.cli.audit.progress import Reached
from arb.cli.output import Exit, fail
from arb.runtime.progress import PROGRESS_LINE, TELL_PROGRESS
from arb.runtime.redaction import without_passphrases

Json = dict[str, Any]


async def answer_of(service: str, arguments: Sequence[str], nats_url: str, reached: Reached) -> Json:
    """What `python -m arb.<service> <arguments>` says of the record on that bus: one JSON object on one line.

    `reached` is told how far it is.
    """
    process = await _started(service, arguments, nats_url, stdin=asyncio.subprocess.DEVNULL)
    assert process.stdout is not None
    answer, complaint = await asyncio.gather(process.stdout.read(), _heard(service, process, reached))
    _require(service, await process.wait(), complaint)
    return _parsed(service, answer)


async def answer_through(
    first: str,
    first_arguments: Sequence[str],
    second: str,
    second_arguments: Sequence[str],
    nats_url: str,
    reached: Reached,
) -> Json:
    """What the second service says of what the first one says."""
    reading, writing = os.pipe()
    try:
        source = await _started(first, first_arguments, nats_url, stdin=asyncio.subprocess.DEVNULL, stdout=writing)
        sink = await _started(second, second_arguments, nats_url, stdin=reading)
    finally:
        os.close(reading)
        os.close(writing)
    assert sink.stdout is not None
    complaint, answer, other = await asyncio.gather(
        _heard(first, source, reached), sink.stdout.read(), _heard(second, sink, reached)
    )
    # When the first one fails the second one heard too little: whatever it made of that does not count.
    _require(first, await source.wait(), complaint)
    _require(second, await sink.wait(), other)
    return _parsed(second, answer)


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
        env={**without_passphrases(os.environ), "NATS_URL": nats_url, TELL_PROGRESS: "1"},
    )


async def _heard(service: str, process: asyncio.subprocess.Process, reached: Reached) -> str:
    """The last line of what it complains of; how far it says it is goes to `reached`."""
    assert process.stderr is not None
    complaint = ""
    async for line in process.stderr:
        text = line.decode(errors="replace").strip()
        progress = PROGRESS_LINE.fullmatch(text)
        if progress is not None:
            reached(service, int(progress[1]), int(progress[2]))
        elif text:
            complaint = text
    return complaint


def _require(service: str, code: int, complaint: str) -> None:
    if code == 0:
        return
    said = complaint.removeprefix("python -m ") or f"exit code {code}"
    known = next((known for known in (Exit.USAGE, Exit.UNREACHABLE) if known == code), Exit.NEGATIVE)
    fail(f"the {service} cannot look at this record: {said}", known)


def _parsed(service: str, answer: bytes) -> Json:
    try:
        said: Json = json.loads(answer)
    except ValueError:
        fail(f"the {service} said something else than JSON: {answer[:80]!r}", Exit.DEFECT)
    return said
