"""`arb keys` as a person starts it: the keystore of a run is found, and no secret goes through the command line."""

import asyncio
import os
import pty
import re
import sys
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


def typed(directory: Path, *arguments: str, answers: tuple[str, ...]) -> tuple[int, str]:
    """`arb keys …` at a terminal of its own, with a line typed at each prompt: exit code and all that was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(directory)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        command = [sys.executable, "-m", "arb.accounts", "keys", *arguments]
        os.execve(sys.executable, command, {**clean, "ARB_STATE_DIR": "state"})
    shown, left = "", [*answers]
    while True:
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:  # the other end is closed
            break
        if left and shown.count(": ") > len(answers) - len(left):
            os.write(terminal, f"{left.pop(0)}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_at_a_terminal_secrets_are_asked_for_and_not_shown(tmp_path: Path) -> None:
    phrase = "correct horse battery staple"
    # when the two passphrases for a new keystore differ, then nothing is made
    code, shown = typed(tmp_path, "new", "--channels", "1", answers=(phrase, phrase + "!"))
    assert (code, "differ" in shown) == (2, True), shown
    assert not (tmp_path / "state").exists()
    # when they agree, then it is
    code, shown = typed(tmp_path, "import", "--role", "trading", answers=(phrase, phrase, f" {THEIRS.secret} "))
    assert (code, THEIRS.public_key in shown) == (0, True), shown
    assert phrase not in shown
    assert THEIRS.secret not in shown
