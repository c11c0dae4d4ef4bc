"""The checkpoint file: whole or absent, and never silently ignored when it is damaged."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from arb.eventlog.audit import Checkpoint, CheckpointError, checkpoint_path

TAKEN = Checkpoint(sequence=7, hash="a" * 64, time=datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = checkpoint_path(tmp_path / "state")

    TAKEN.write(path)
    TAKEN.model_copy(update={"sequence": 9}).write(path)

    read = Checkpoint.read(path)
    assert read is not None
    assert (read.sequence, read.hash, read.time) == (9, TAKEN.hash, TAKEN.time)
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.json"]


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert Checkpoint.read(tmp_path / "none.json") is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"sequence":0}', b'{"sequence":1,"hash":"x","time":"now"}', b"\xff"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_bytes(content)

    with pytest.raises(CheckpointError, match=r"checkpoint\.json cannot be read: it is not a checkpoint"):
        Checkpoint.read(path)
