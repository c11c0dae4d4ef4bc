"""`python -m arb.eventlog.audit.parsing`: the process that ContentsBeside starts.

It reads messages from standard input and prints what is wrong with them, one JSON object a line.
"""

import gc
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import BinaryIO

from arb.eventlog.audit.beside import HEAD
from arb.eventlog.audit.contents import Contents
from arb.eventlog.record import Stored

FINDINGS_TOLD = 100


def _messages(stream: BinaryIO) -> Iterable[Stored]:
    """What ContentsBeside.add writes. Raises EOFError when it is cut off."""
    while head := stream.read(HEAD.size):
        sequence, subject, raw = HEAD.unpack(head)
        content = stream.read(subject + raw)
        if len(content) != subject + raw:
            raise EOFError
        yield Stored(sequence, content[:subject].decode(), content[subject:])


def main() -> None:
    """Read to the end and print."""
    gc.disable()  # what is made of an event holds no cycles, and is let go with the next
    contents, told = Contents(ids=True), 0
    for stored in _messages(sys.stdin.buffer):
        for finding in contents.add(stored):
            if told < FINDINGS_TOLD:
                told += 1
                sys.stdout.write(json.dumps(asdict(finding)) + "\n")


if __name__ == "__main__":
    main()
