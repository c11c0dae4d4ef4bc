"""Whether the record still holds what this service has seen of it: a mark in a file outside the bus, looked at on boot.

A server that lost the end of its store starts without complaint and gives the lost sequence numbers out again; a backup
that was put back looks like a healthy record that is shorter. Either way what was decided may be decided anew.
"""

import asyncio
import os
import secrets
from pathlib import Path

import nats.errors
from pydantic import Field, ValidationError
from structlog.stdlib import BoundLogger

from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.ports import EventStore
from arb.messages.base import HashText, Message
from arb.messages.envelope import GENESIS_HASH, content_hash
from arb.messages.topology import CONSUMERS, EVENTS_STREAM, ConsumerSpec
from arb.runtime.bus import Bus

LOOK_SECONDS = 2.0


class Mark(Message):
    """The end of the record as it was seen: its last sequence and that message's hash."""

    sequence: int = Field(ge=0)
    hash: HashText
    floors: dict[str, int] = Field(default_factory=dict)
    """Stream sequence up to which everything was acknowledged one look earlier, by durable.

    The server writes acknowledgements down a moment later: after a kill it may not know the very last ones.
    """
    read_in: str = ""
    """The server, in this life of its, from which somebody read all of the record: see RecordProof."""


class RecordWatch:
    """Compares the record with the last mark of `service` and moves the mark on. What is wrong stays wrong.

    The mark is kept as evidence from then on. To go on with the record as it is, a person removes the file.
    """

    def __init__(self, bus: Bus, service: str, directory: Path, log: BoundLogger) -> None:
        self._bus = bus
        self._store: EventStore = bus.store
        self._durables = [spec for spec in CONSUMERS if spec.durable.startswith(f"{service}-")]
        self._path = directory / "marks" / f"{service}.json"
        self._log = log
        self._mark: Mark | None = None
        self._floors: dict[str, int] = {}
        self._writable = True
        self._condemned = asyncio.Event()
        self.problem: str | None = None
        """What is wrong with the record, or None."""
        self.read_in = ""
        """The server's life in which the whole record was read last."""

    async def open(self) -> None:
        """Compare the record with the mark of an earlier life. Raises StoreUnavailableError."""
        try:
            self._mark = Mark.model_validate_json(self._path.read_bytes())
            self.read_in = self._mark.read_in
        except (FileNotFoundError, NotADirectoryError):
            self._mark = None
        except (OSError, ValidationError):
            self.condemn("the mark of what was last seen of the record cannot be read")
        await self.look()

    async def look(self) -> None:
        """Compare once, and move the mark on when all is well. Raises StoreUnavailableError."""
        if self.problem is not None:
            return
        before = self._mark or Mark(sequence=0, hash=GENESIS_HASH)
        # Floors first: what is acknowledged is in the record already.
        floors = {spec.durable: await self._floor(spec) for spec in self._durables}
        last, missing = await self._end()
        now = Mark(sequence=last, hash=await self._hash_of(last), floors=self._floors, read_in=self.read_in)
        if missing:
            self.condemn(f"{missing} of {last} messages are missing")
        elif now.sequence < before.sequence:
            self.condemn(f"the record went backwards: it ends at message {now.sequence}, {before.sequence} was seen")
        elif await self._hash_of(before.sequence) != before.hash:
            self.condemn(f"message {before.sequence} is no longer the one that was seen")
        elif behind := [name for name, floor in before.floors.items() if floors.get(name, 0) < floor]:
            name = behind[0]
            self.condemn(f"the ack floor of {name} went backwards: from {before.floors[name]} to {floors.get(name, 0)}")
        else:
            self._floors = floors
            if now != self._mark:
                self._mark = now
                # Beside the loop: waiting for the disk would hold up whatever this service is there for.
                await asyncio.to_thread(self._write, now)

    async def follow(self) -> None:
        """Look every two seconds, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except StoreUnavailableError:
                continue  # the check of the bus says so

    async def condemned(self) -> str:
        """Return what is wrong with the record, once something is."""
        await self._condemned.wait()
        assert self.problem is not None
        return self.problem

    async def check(self) -> str | None:
        """Health: what is wrong, or None."""
        return self.problem

    async def _end(self) -> tuple[int, int]:
        """Sequence of the last message, and how many before it are not there: no message is ever deleted."""
        try:
            state = (await self._bus.js.stream_info(EVENTS_STREAM.name)).state
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"stream {EVENTS_STREAM.name} does not answer: {error}") from error
        return state.last_seq, state.last_seq - state.messages

    async def _hash_of(self, sequence: int) -> str:
        """SHA-256 of the message's bytes; of one that is not there, the hash of nothing."""
        stored = await self._store.at(sequence) if sequence else None
        return GENESIS_HASH if stored is None else content_hash(stored.raw)

    async def _floor(self, spec: ConsumerSpec) -> int:
        try:
            info = await self._bus.js.consumer_info(spec.stream, spec.durable)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"consumer {spec.durable} does not answer: {error}") from error
        return info.ack_floor.stream_seq if info.ack_floor is not None else 0

    def condemn(self, problem: str) -> None:
        """Enter what is wrong with the record, for good."""
        self.problem = f"{problem} (to go on with the record as it is, remove {self._path})"
        self._condemned.set()
        self._log.error("record_not_trusted", problem=self.problem)

    def _write(self, mark: Mark) -> None:
        """Replace the file in one step. Where it cannot be written, the mark lives as long as this process."""
        # Several processes of one service may share the directory: what either saw is true.
        draft = self._path.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("xb") as file:
                file.write(mark.model_dump_json().encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            if self._writable:
                self._log.warning("mark_not_kept", file=str(self._path), reason=error.strerror)
            self._writable = False
