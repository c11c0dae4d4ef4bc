"""The file of checkpoints: it only grows, is signed, and is never silently ignored when it is damaged."""

from pathlib import Path

import pytest
from nacl.signing import SigningKey
from support.facts import NOON

from arb.eventlog.audit import Checkpoint, CheckpointError, CheckpointFile, checkpoint_path, known_key, public_key_path

KEY = SigningKey(b"7" * 32)
PUBLIC = KEY.verify_key.encode().hex()


def taken(sequence: int, key: SigningKey = KEY) -> Checkpoint:
    return Checkpoint.signed(key, sequence=sequence, hash_="a" * 64, time=NOON)


@pytest.fixture
def file(tmp_path: Path) -> CheckpointFile:
    """Two checkpoints, at 7 and 9."""
    kept = CheckpointFile(checkpoint_path(tmp_path / "state"), PUBLIC)
    kept.append(taken(7))
    kept.append(taken(9))
    return kept


def test_what_was_appended_is_read(file: CheckpointFile) -> None:
    assert [checkpoint.sequence for checkpoint in file] == [7, 9]
    assert file.last() == taken(9)
    assert taken(9).genuine


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    none = CheckpointFile(tmp_path / "none.jsonl")

    assert (none.last(), list(none)) == (None, [])


def test_a_line_that_was_cut_off_never_counted_and_is_gone_with_the_next(file: CheckpointFile) -> None:
    whole = file.path.read_bytes()
    file.path.write_bytes(whole + b'{"sequence":11,"ha')

    assert [checkpoint.sequence for checkpoint in file] == [7, 9]
    assert file.last() == taken(9)
    file.append(taken(12))
    assert [checkpoint.sequence for checkpoint in file] == [7, 9, 12]
    assert file.path.read_bytes().startswith(whole)


@pytest.mark.parametrize("line", [b"", b"{", b'{"sequence":0}', b'{"sequence":1,"hash":"x","time":"now"}', b"\xff"])
def test_a_damaged_line_is_an_error_that_names_it(file: CheckpointFile, line: bytes) -> None:
    with file.path.open("ab") as out:
        out.write(line + b"\n")

    with pytest.raises(CheckpointError, match=r"line 3 of .*checkpoints\.jsonl is not a checkpoint"):
        list(file)
    with pytest.raises(CheckpointError, match=r"the last line of .*checkpoints\.jsonl is not a checkpoint"):
        file.last()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (taken(9), "line 3 of .* goes back to message 9"),
        (taken(11, SigningKey(b"8" * 32)), "line 3 of .* is signed with another key"),
        (taken(11).model_copy(update={"hash": "b" * 64}), "line 3 of .* has a signature that is not its key's"),
        (taken(11).model_copy(update={"sequence": 12}), "line 3 of .* has a signature that is not its key's"),
    ],
)
def test_a_forged_line_is_named(file: CheckpointFile, line: Checkpoint, problem: str) -> None:
    with file.path.open("ab") as out:
        out.write(line.model_dump_json().encode() + b"\n")

    with pytest.raises(CheckpointError, match=problem):
        list(file)


def test_the_public_key_is_what_the_auditor_left(tmp_path: Path) -> None:
    assert known_key(tmp_path) is None
    public_key_path(tmp_path).parent.mkdir()
    public_key_path(tmp_path).write_text(PUBLIC + "\n")
    assert known_key(tmp_path) == PUBLIC
    public_key_path(tmp_path).write_text("not hex")
    with pytest.raises(CheckpointError, match="holds no public key"):
        known_key(tmp_path)
