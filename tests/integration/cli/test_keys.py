"""`arb keys` as a person starts it: the keystore of a run is found, and no secret goes through the command line."""

import asyncio
import os
import re
from pathlib import Path

from stellar_sdk import Keypair
from support.cli import COMMAND, OURS, Outcome

THEIRS = Keypair.random()
SEED = re.compile(r"S[A-Z2-7]{55}")


async def keys(directory: Path, *arguments: str, stdin: str = "") -> Outcome:
    """`arb keys …` in `directory`, with settings from nowhere else."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "keys",
        *arguments,
        cwd=directory,
        env={name: value for name, value in os.environ.items() if not name.startswith(OURS)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 30)
    assert process.returncode is not None
    assert not SEED.search((out + err).decode())
    return Outcome(process.returncode, out.decode(), err.decode())


async def test_the_keystore_of_a_run_is_found_by_its_directory(tmp_path: Path) -> None:
    # given the directory of a run, with the passphrase that was made for it
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    (run / "keystore.passphrase").write_text("made for this run")
    # when a key is brought on standard input, then it is in that run's keystore
    brought = await keys(tmp_path, "--state", "run", "import", "--role", "trading", "--json", stdin=THEIRS.secret)
    assert brought.code == 0, brought.err
    listed = await keys(tmp_path, "list", "--state", "run", "--json")
    assert [key["address"] for key in listed.json["keys"]] == [THEIRS.public_key]
    assert (run / "keystore.json").stat().st_mode & 0o777 == 0o600


async def test_a_key_on_the_command_line_is_refused_and_not_repeated(tmp_path: Path) -> None:
    refused = await keys(tmp_path, "--state", str(tmp_path), "import", "--role", "trading", THEIRS.secret)
    assert (refused.code, "unrecognized" in refused.complaint) == (2, True)
    # and the verbs are there for the asking
    told = await keys(tmp_path, "--help")
    assert (told.code, "restore" in told.out) == (0, True)
