"""A backup is one only if it opens, and bringing it back loses no key."""

import json
import stat
from pathlib import Path

import pytest

from arb.accounts.adapters import keystore_format
from arb.accounts.adapters.files import replace_private
from arb.accounts.adapters.keystore import Keystore, read_keys
from arb.accounts.adapters.keystore_copies import back_up, restore
from arb.accounts.adapters.keystore_format import Key, seal
from arb.accounts.errors import (
    CorruptedKeystore,
    ForeignKeystore,
    KeystoreError,
    KeystoreInUse,
    PlaceTaken,
    TooOpen,
    WouldLoseKeys,
    WrongPassphrase,
)

NETWORK = "Standalone Network ; February 2017"
OLD, NEW = "the first passphrase", "the second passphrase"


@pytest.fixture(autouse=True)
def cheap_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore_format, "PASSES", 1)
    monkeypatch.setattr(keystore_format, "MEMORY", 2**13)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A keystore with two keys."""
    return written(tmp_path / "keys.json", *(Key.made(*place) for place in (("trading", 0), ("channel", 0))))


def written(path: Path, *keys: Key, passphrase: str = OLD) -> Path:
    replace_private(path, seal(keys, passphrase, NETWORK))
    return path


def resealed(path: Path, before: str, after: str) -> None:
    store = Keystore.open(path, before, NETWORK)
    store.reseal(after)
    store.close()


def test_a_backup_is_the_same_bytes_and_opens_while_the_service_runs(path: Path, tmp_path: Path) -> None:
    running = Keystore.open(path, OLD, NETWORK)
    kept = back_up(path, tmp_path / "copy", OLD, NETWORK)
    running.close()

    assert kept == running.keys
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def test_a_backup_takes_no_other_files_place_and_leaves_nothing_half_written(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(KeystoreError, match="there already"):
        back_up(path, tmp_path / "copy", OLD, NETWORK)
    with pytest.raises(KeystoreError, match="cannot be written"):
        back_up(path, tmp_path / "no" / "such" / "place", OLD, NETWORK)

    assert (tmp_path / "copy").read_text() == "precious"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["copy", "keys.json"]


def test_what_does_not_open_is_not_backed_up(path: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongPassphrase):
        back_up(path, tmp_path / "copy", NEW, NETWORK)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CorruptedKeystore):
        back_up(path, tmp_path / "copy", OLD, NETWORK)
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("damage", [b"", b"{}", None])
def test_a_lost_or_damaged_keystore_comes_back(path: Path, tmp_path: Path, damage: bytes | None) -> None:
    # given a backup, and a keystore that is damaged or gone
    keys = back_up(path, tmp_path / "copy", OLD, NETWORK)
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    # when it is brought back, then the keys are there, and the damaged file lies beside them
    assert restore(tmp_path / "copy", path, OLD, NETWORK)[0] == keys
    assert read_keys(path, OLD, NETWORK) == keys
    aside = [entry.read_bytes() for entry in tmp_path.iterdir() if ".replaced-" in entry.name]
    assert aside == ([] if damage is None else [damage])


def test_a_backup_from_before_the_last_keys_is_refused(path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy", OLD, NETWORK)
    store = Keystore.open(path, OLD, NETWORK)
    (added,) = store.ensure(2)
    store.close()
    before = path.read_bytes()

    with pytest.raises(WouldLoseKeys, match=added.address):
        restore(tmp_path / "copy", path, OLD, NETWORK)
    assert path.read_bytes() == before


def test_a_backup_that_is_no_good_replaces_nothing(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    copy = tmp_path / "copy"
    replace_private(copy, before[:-40])
    with pytest.raises(CorruptedKeystore, match="copy"):
        restore(copy, path, OLD, NETWORK)
    replace_private(copy, before)
    with pytest.raises(WrongPassphrase, match="copy"):
        restore(copy, path, NEW, NETWORK)
    with pytest.raises(ForeignKeystore):
        restore(copy, path, OLD, "Test SDF Network ; September 2015")
    copy.chmod(0o644)
    with pytest.raises(TooOpen):
        restore(copy, path, OLD, NETWORK)
    assert path.read_bytes() == before


def test_nothing_is_brought_back_under_a_running_service(path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy", OLD, NETWORK)
    running = Keystore.open(path, OLD, NETWORK)
    with pytest.raises(KeystoreInUse):
        restore(tmp_path / "copy", path, OLD, NETWORK)
    running.close()


def test_after_a_rotation_the_old_passphrase_opens_old_backups_only(path: Path, tmp_path: Path) -> None:
    keys = back_up(path, tmp_path / "copy", OLD, NETWORK)
    resealed(path, OLD, NEW)

    assert read_keys(path, NEW, NETWORK) == keys
    with pytest.raises(WrongPassphrase):
        read_keys(path, OLD, NETWORK)
    assert read_keys(tmp_path / "copy", OLD, NETWORK) == keys
    # and the salt is another one: two files never share a derived key
    assert path.read_bytes() != (tmp_path / "copy").read_bytes()


def test_no_key_is_ever_overwritten_or_stored_twice(path: Path) -> None:
    store = Keystore.open(path, OLD, NETWORK)
    trading, channel = store.keys
    another = Key.made("channel", 1)
    for wrong in (
        Key.made("trading", 0),
        Key.made("trading", 1),
        Key.made("channel", 0),
        Key.made("channel", 100),
        Key("channel", 1, trading.address, trading.seed),
    ):
        with pytest.raises(PlaceTaken) as refused:
            store.add(wrong)
        assert "Key(" not in str(refused.value)
    store.add(another)
    store.close()
    assert read_keys(path, OLD, NETWORK) == (trading, channel, another)


def test_a_key_kept_elsewhere_is_stored_without_a_seed_and_keeps_its_place(path: Path) -> None:
    elsewhere = Key("channel", 1, Key.made("channel", 1).address, None)
    store = Keystore.open(path, OLD, NETWORK)
    store.add(elsewhere)
    assert [key.place for key in store.ensure(3)] == [("channel", 2)]
    store.close()
    assert read_keys(path, OLD, NETWORK)[2] == elsewhere


def test_files_of_version_1_are_read_and_become_the_present_one(tmp_path: Path) -> None:
    # a file that was written before keys could be kept elsewhere; passphrase "the first passphrase"
    path = tmp_path / "keys.json"
    replace_private(path, VERSION_1)
    (key,) = read_keys(path, OLD, NETWORK)
    assert (key.role, key.index, key.seed) == ("trading", 0, bytes(range(32)))
    resealed(path, OLD, OLD)
    assert b'"arb_keystore": 3' in path.read_bytes()
    assert read_keys(path, OLD, NETWORK) == (key,)


VERSION_1 = json.dumps(
    {
        "arb_keystore": 1,
        "kdf": {"name": "argon2id", "passes": 1, "memory": 8192, "salt": "rApmFeH2Db9Svgm/lVochg=="},
        "nonce": "n1KYV8VKKahWKYPtxtQd8Q2/5ctKcRmN",
        "box": (
            "S/Sogcgp6xRRRjEKOkZBRZJcJ04hgKhqC3ZBixCwPrbJJfP+ISVsg+FUf4S+/1IeAvlXuaVBJbGOPQwXsu5yy6v0Rc"
            "/WJkopJXFjq3CpxW24HiHquYEdYOTJ5iThTdColgOEk/1biEUB+HZJnLk39L3pm2TEHz2n3eAG5/GfYnYq2feGBBCy"
            "uVB5ccZffnCrmFnjq6nqXkh70yLjBq0hBoFj8kCHMpnMjkBVYTGllQ=="
        ),
        "sha256": "68e1861855774aa81c3f0fe324a06ea43332e9e17986f24bdaeb2c4f452ef691",
    }
).encode()
