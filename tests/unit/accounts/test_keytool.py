"""The verbs of `arb keys`: what they do, what they refuse, and that no secret is shown on the way."""

import io
import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stellar_sdk import Keypair

from arb.accounts.adapters import keystore_format
from arb.accounts.keytool.command import run

PHRASE = "correct horse battery staple"
THEIRS = Keypair.random()
SEED = re.compile(r"S[A-Z2-7]{55}")


@dataclass(frozen=True)
class Said:
    """How a verb ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        [line] = self.out.splitlines()
        return json.loads(line)

    @property
    def complaint(self) -> str:
        [line] = self.err.splitlines()
        return line


Keys = Callable[..., Said]


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Keys:
    """`keys("list", stdin="", **settings)` in a directory of its own, with a cheap derivation."""
    monkeypatch.setattr(keystore_format, "PASSES", 1)
    monkeypatch.setattr(keystore_format, "MEMORY", 2**13)
    monkeypatch.chdir(tmp_path)
    for name in [*os.environ]:
        if name.startswith(("ARB_", "STELLAR_", "NUM_ACCOUNTS")):
            monkeypatch.delenv(name)

    def call(*arguments: str, stdin: str = "", **settings: str) -> Said:
        chosen = {"ARB_STATE_DIR": str(tmp_path / "state"), "ARB_KEYSTORE_PASSPHRASE": PHRASE, **settings}
        with monkeypatch.context() as now:
            now.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            for name, value in chosen.items():
                now.setenv(name, value)
            try:
                code = run(arguments)
            except SystemExit as end:
                code = int(str(end.code))
        said = Said(code, *capsys.readouterr())
        for secret in (PHRASE, THEIRS.secret, THEIRS.secret[20:40]):
            assert secret not in said.out + said.err
        assert not SEED.search(said.out + said.err)
        return said

    return call


def places(outcome: Said) -> list[Any]:
    return [(key["role"], key["index"]) for key in outcome.json["keys"]]


def test_from_new_keys_to_a_restored_backup(keys: Keys, tmp_path: Path) -> None:
    # given a trading key that was made elsewhere, pasted with stray blanks, and the rest made new
    pasted = f"\ufeff {THEIRS.secret[:20]}  {THEIRS.secret[20:]}\r\n"
    brought = keys("import", "--role", "trading", "--json", stdin=pasted)
    assert brought.json["keys"] == [{"role": "trading", "index": 0, "address": THEIRS.public_key, "external": False}], (
        brought.err
    )
    made = keys("new", "--channels", "2", "--json")
    assert places(made) == [("channel", 0), ("channel", 1)]
    store = tmp_path / "state" / "keystore.json"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    # when it is backed up, encrypted for another passphrase, and damaged
    listed = (keys("list", "--json")).json["keys"]
    assert [key["address"] for key in listed] == [THEIRS.public_key, *(key["address"] for key in made.json["keys"])]
    assert (keys("backup", "copy")).code == 0
    (tmp_path / "next").write_text("another phrase\n")
    rotated = keys("rotate", "--new-passphrase-file", "next")
    assert (rotated.code, "new passphrase only" in rotated.out) == (0, True)
    refused = keys("list")
    assert (refused.code, "does not open" in refused.complaint) == (2, True)
    by_file = {"ARB_KEYSTORE_PASSPHRASE": "", "ARB_KEYSTORE_PASSPHRASE_FILE": str(tmp_path / "next")}
    assert (keys("list", "--json", **by_file)).json["keys"] == listed
    store.write_bytes(store.read_bytes()[:200])
    assert "damaged" in (keys("list", **by_file)).complaint
    # then the backup brings the same keys back, under the passphrase it was made with
    restored = keys("restore", "copy")
    assert (restored.code, "replaced-" in restored.out) == (0, True)
    assert (keys("list", "--json")).json["keys"] == listed


def test_what_is_no_key_is_refused_and_not_repeated(keys: Keys, tmp_path: Path) -> None:
    almost = THEIRS.secret[:-1] + ("A" if THEIRS.secret[-1] != "A" else "B")
    (tmp_path / "seed").write_text(almost)
    trading = ("import", "--role", "trading")
    for given, arguments in (
        ("", ()),
        (almost, ()),
        (THEIRS.public_key, ()),
        (THEIRS.secret * 2, ()),
        ("\0" * 5000, ()),
        ("", ("--seed-file", "seed")),
        ("", ("--seed-file", "absent")),
        ("", ("--external", THEIRS.secret)),
        ("", (THEIRS.secret,)),
        ("", ("--seed", THEIRS.secret)),
    ):
        refused = keys(*trading, *arguments, stdin=given)
        assert refused.code == 2, (arguments, refused)
        assert almost not in refused.complaint
    assert not (tmp_path / "state" / "keystore.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list",), "arb keys new"),
        (("backup", "copy"), "arb keys new"),
        (("restore", "nowhere"), "nowhere cannot be read"),
        (("new", "--channels", "1_0"), "expected a number"),
        (("new", "--channels", "٣"), "expected a number"),
        (("new", "--channels", "-1"), "expected"),
        (("frobnicate",), "invalid choice"),
    ],
)
def test_anything_else_ends_with_one_line(keys: Keys, arguments: tuple[str, ...], said: str) -> None:
    refused = keys(*arguments)
    assert (refused.code, said in refused.complaint) == (2, True), refused.err


def test_without_a_terminal_the_passphrase_must_be_named(keys: Keys) -> None:
    refused = keys("new", ARB_KEYSTORE_PASSPHRASE="")
    assert (refused.code, "ARB_KEYSTORE_PASSPHRASE_FILE" in refused.complaint) == (2, True)
    refused = keys("new", ARB_KEYSTORE_PASSPHRASE="", ARB_KEYSTORE_PASSPHRASE_FILE="/nowhere")
    assert (refused.code, "/nowhere cannot be read" in refused.complaint) == (2, True)


def test_one_key_can_be_taken_out_to_a_file_of_ones_own(keys: Keys, tmp_path: Path) -> None:
    keys("import", "--role", "trading", stdin=THEIRS.secret)
    keys("import", "--role", "channel", "--external", Keypair.random().public_key)
    taken = keys("export", "mine", "--role", "trading")
    assert (taken.code, "Delete it" in taken.out) == (0, True)
    assert (tmp_path / "mine").read_text() == f"{THEIRS.secret}\n"
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600
    for wrong, said in (
        (("mine", "--role", "trading"), "there already"),
        (("other", "--role", "channel"), "another program"),
        (("other", "--role", "channel", "--index", "7"), "has no channel 7"),
    ):
        refused = keys("export", *wrong)
        assert (refused.code, said in refused.complaint) == (2, True)
    assert not (tmp_path / "other").exists()
