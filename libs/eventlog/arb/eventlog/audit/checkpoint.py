"""How far the record was found whole: signed, and kept outside the record itself, in a file that only grows."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from pydantic import Field, ValidationError

from arb.eventlog.errors import EventLogError
from arb.messages.base import HashText, Message, SignatureText
from arb.messages.envelope import rfc3339
from arb.messages.events.audit import MarketHead

TAIL_BYTES = 4096
"""A line has some 500 bytes: the last whole one is among these."""


class CheckpointError(EventLogError):
    """The checkpoints cannot be read: a person must say whether they were damaged or tampered with."""


class Checkpoint(Message):
    """At `sequence` the rolling hash of the record was `hash`, as the owner of `public_key` signed at `time` (UTC)."""

    sequence: int = Field(ge=1)
    hash: HashText
    time: str
    public_key: HashText
    signature: SignatureText
    market: MarketHead | None = None
    """The newest message of the market record by then; None when there was none, and in older checkpoints."""

    @classmethod
    def signed(
        cls, key: SigningKey, *, sequence: int, hash_: str, time: datetime, market: MarketHead | None = None
    ) -> "Checkpoint":
        """A checkpoint with this key's ed25519 signature."""
        when = rfc3339(time.astimezone(UTC))
        return cls(
            sequence=sequence,
            hash=hash_,
            time=when,
            public_key=key.verify_key.encode().hex(),
            signature=key.sign(_text(sequence, hash_, when, market)).signature.hex(),
            market=market,
        )

    @property
    def genuine(self) -> bool:
        """Whether the signature is that of `public_key` over what the checkpoint says."""
        try:
            VerifyKey(bytes.fromhex(self.public_key)).verify(
                _text(self.sequence, self.hash, self.time, self.market), bytes.fromhex(self.signature)
            )
        except (BadSignatureError, ValueError):
            return False
        return True


def _text(sequence: int, hash_: str, time: str, market: MarketHead | None) -> bytes:
    """What is signed."""
    if market is None:
        return f"arb checkpoint v1\n{sequence}\n{hash_}\n{time}\n".encode()
    return f"arb checkpoint v2\n{sequence}\n{hash_}\n{time}\n{market.sequence}\n{market.hash}\n".encode()


class CheckpointFile:
    """Checkpoints in a file, one JSON object a line, oldest first. Iterating gives those that are there by then.

    With `public_key` (hex) those of every other key are refused. Reading raises CheckpointError.
    """

    def __init__(self, path: Path, public_key: str | None = None) -> None:
        self.path = path
        self._public_key = public_key

    def __iter__(self) -> Iterator[Checkpoint]:
        before: Checkpoint | None = None
        for number, line in enumerate(self._lines(), start=1):
            checkpoint = self._read(line, f"line {number}")
            if before is not None and checkpoint.sequence <= before.sequence:
                raise CheckpointError(f"line {number} of {self.path} goes back to message {checkpoint.sequence}")
            before = checkpoint
            yield checkpoint

    def last(self) -> Checkpoint | None:
        """The newest one, None before the first."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CheckpointError(f"{self.path} cannot be read: {error.strerror}") from error
        return self._read(lines[-1], "the last line") if lines else None

    def append(self, checkpoint: Checkpoint) -> None:
        """Add a line: once this returns, a power cut does not take it back. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            file.truncate(_whole_lines(file.seek(0, os.SEEK_END), self.path))
            file.write(checkpoint.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                left = os.fstat(file.fileno()).st_size
                for line in file:
                    left -= len(line)
                    # A line without an end was cut off while it was written: it never counted.
                    if left < 0 or not line.endswith(b"\n"):
                        return
                    yield line
        except FileNotFoundError:
            return
        except OSError as error:
            raise CheckpointError(f"{self.path} cannot be read: {error.strerror}") from error

    def _read(self, line: bytes, where: str) -> Checkpoint:
        try:
            checkpoint = Checkpoint.model_validate_json(line)
        except ValidationError as error:
            raise CheckpointError(f"{where} of {self.path} is not a checkpoint") from error
        if self._public_key not in (None, checkpoint.public_key):
            raise CheckpointError(f"{where} of {self.path} is signed with another key, {checkpoint.public_key}")
        if not checkpoint.genuine:
            raise CheckpointError(f"{where} of {self.path} has a signature that is not its key's")
        return checkpoint


def _whole_lines(size: int, path: Path) -> int:
    """The file's size up to and including its last line end."""
    with path.open("rb") as file:
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    return size - len(tail) + tail.rfind(b"\n") + 1


def checkpoint_path(state_dir: Path) -> Path:
    """Where the auditor keeps its checkpoints."""
    return state_dir / "audit" / "checkpoints.jsonl"


def public_key_path(state_dir: Path) -> Path:
    """Where the auditor leaves the public half of its key, as hex."""
    return state_dir / "audit" / "public.key"


def known_key(state_dir: Path) -> str | None:
    """The auditor's public key as it left it there, None when it did not. Raises CheckpointError."""
    path = public_key_path(state_dir)
    try:
        text = path.read_text().strip()
        VerifyKey(bytes.fromhex(text))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} holds no public key") from error
    return text
