"""Keys are never on disk in the clear, never half written, and never opened by the wrong hands without a clear word."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from arb.accounts.adapters import keystore_format as module
from arb.accounts.adapters.keystore import Keystore
from arb.accounts.adapters.keystore_format import Key
from arb.accounts.errors import (
    CorruptedKeystore,
    ForeignKeystore,
    KeystoreError,
    KeystoreInUse,
    TooOpen,
    WrongPassphrase,
)

NETWORK = "Standalone Network ; February 2017"
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(autouse=True)
def cheap_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The costs are in the file's header, so a cheaper file is read by the same code."""
    monkeypatch.setattr(module, "PASSES", 1)
    monkeypatch.setattr(module, "MEMORY", 2**13)


def made(path: Path, channels: int = 2) -> tuple[Key, ...]:
    store = Keystore.open(path, PASSPHRASE, NETWORK)
    try:
        store.ensure(channels)
    finally:
        store.close()
    return store.keys


def reopened(path: Path, passphrase: str = PASSPHRASE, network: str = NETWORK) -> tuple[Key, ...]:
    store = Keystore.open(path, passphrase, network)
    store.close()
    return store.keys


def test_keys_come_back_as_they_were_made(tmp_path: Path) -> None:
    keys = made(tmp_path / "keys.json")
    assert [(key.role, key.index) for key in keys] == [("trading", 0), ("channel", 0), ("channel", 1)]
    assert len({key.seed for key in keys}) == 3
    assert reopened(tmp_path / "keys.json") == keys


def test_more_channels_keep_the_keys_there_were(tmp_path: Path) -> None:
    before = made(tmp_path / "keys.json", channels=1)
    after = made(tmp_path / "keys.json", channels=3)
    assert after[: len(before)] == before
    assert len(after) == 4
    # and fewer channels forget none
    assert made(tmp_path / "keys.json", channels=1) == after


def test_nothing_of_a_seed_is_on_disk_or_in_a_repr(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = made(path)
    raw = path.read_bytes()
    for key in keys:
        assert key.seed is not None
        for shape in (key.seed, key.seed.hex().encode(), base64.b64encode(key.seed)):
            assert shape not in raw
        assert repr(key.seed) not in repr(key)
    assert PASSPHRASE.encode() not in raw


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    made(tmp_path / "deep" / "keys.json")
    assert stat.S_IMODE((tmp_path / "deep" / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700
    assert sorted(entry.name for entry in (tmp_path / "deep").iterdir()) == ["keys.json", "keys.json.lock"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    made(path)
    path.chmod(mode)
    with pytest.raises(TooOpen, match=f"{mode:04o}.*chmod 600"):
        reopened(path)


def test_a_wrong_passphrase_is_told_from_damage(tmp_path: Path) -> None:
    made(tmp_path / "keys.json")
    with pytest.raises(WrongPassphrase) as refused:
        reopened(tmp_path / "keys.json", "incorrect horse")
    assert "horse" not in str(refused.value)


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = made(path)
    raw = path.read_bytes()
    for at in range(0, len(raw), 7):
        damaged = bytearray(raw)
        damaged[at] ^= 1
        path.write_bytes(damaged)
        try:
            found = reopened(path)
        except CorruptedKeystore:
            continue
        assert found == keys, f"byte {at}"  # white space may change without harm


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"arb_keystore": 3}', b"not json"])
def test_what_is_no_keystore_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CorruptedKeystore, match=r"keys\.json"):
        reopened(path)


def test_a_header_that_asks_for_absurd_work_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    made(path)
    document = json.loads(path.read_bytes())
    document["kdf"]["memory"] = 2**40
    del document["sha256"]
    path.write_text(json.dumps({**document, "sha256": module.checksum(document)}))
    with pytest.raises(CorruptedKeystore, match="derivation"):
        reopened(path)


def test_keys_of_another_network_are_refused(tmp_path: Path) -> None:
    made(tmp_path / "keys.json")
    with pytest.raises(ForeignKeystore, match="Test SDF"):
        reopened(tmp_path / "keys.json", network="Test SDF Network ; September 2015")


def test_two_processes_never_hold_one_keystore(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = Keystore.open(path, PASSPHRASE, NETWORK)
    with pytest.raises(KeystoreInUse):
        Keystore.open(path, PASSPHRASE, NETWORK)
    first.close()
    reopened(path)


def test_a_crash_while_writing_leaves_the_old_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a keystore, and a disk that fails at the moment the new file should take its place
    path = tmp_path / "keys.json"
    before = made(path)

    def crash(*_: object) -> None:
        raise OSError("disk gone")

    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", crash)
        with pytest.raises(OSError, match="disk gone"):
            made(path, channels=5)
    # then the old file is whole, and the next attempt succeeds
    assert reopened(path) == before
    assert len(made(path, channels=5)) == 6


def test_an_empty_passphrase_protects_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="ARB_KEYSTORE_PASSPHRASE"):
        Keystore.open(tmp_path / "keys.json", "", NETWORK)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    made(tmp_path / "elsewhere.json")
    (tmp_path / "keys.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(KeystoreError, match="cannot be read"):
        reopened(tmp_path / "keys.json")


def test_the_file_as_shipped_costs_an_attacker_64_mib_a_guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    made(tmp_path / "keys.json", channels=1)
    kdf = json.loads((tmp_path / "keys.json").read_bytes())["kdf"]
    assert (kdf["name"], kdf["passes"], kdf["memory"]) == ("argon2id", 3, 64 * 2**20)
    assert len(reopened(tmp_path / "keys.json")) == 2
