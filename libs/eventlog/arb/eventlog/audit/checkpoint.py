"""How far the record was found whole, kept outside the record itself: a file in the state directory."""

import os
from datetime import datetime
from pathlib import Path

from pydantic import Field, ValidationError

from arb.eventlog.errors import EventLogError
from arb.messages.base import HashText, Message


class CheckpointError(EventLogError):
    """The checkpoint file cannot be read: a person must say whether it was damaged or tampered with."""


class Checkpoint(Message):
    """At `sequence` the rolling hash of the record was `hash`. `time` is UTC, when that was written down."""

    sequence: int = Field(ge=1)
    hash: HashText
    time: datetime

    @classmethod
    def read(cls, path: Path) -> "Checkpoint | None":
        """The checkpoint in `path`, None when there is no such file. Raises CheckpointError."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a checkpoint"
            raise CheckpointError(f"checkpoint {path} cannot be read: {reason}") from error

    def write(self, path: Path) -> None:
        """Replace the file in one step: after a power cut it holds the old checkpoint or this one, whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        with new.open("wb") as file:
            file.write(self.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def checkpoint_path(state_dir: Path) -> Path:
    """Where the auditor keeps its checkpoint."""
    return state_dir / "audit" / "checkpoint.json"
