"""Test identities follow from their names; files with seeds never show what is in them."""

from pathlib import Path

import pytest
from stellar_sdk import Keypair

from arb.cli.localnet.keys import KeyChoiceError, address_of, chosen_key, named_key


def test_a_name_is_always_the_same_key() -> None:
    assert named_key("alice").address == named_key("alice").address != named_key("bob").address
    assert address_of("@alice") == chosen_key("alice").address == named_key("alice").address
    assert address_of("alice") == "alice"


def test_a_file_with_a_seed_is_a_key(tmp_path: Path) -> None:
    key = Keypair.random()
    file = tmp_path / "seed"
    file.write_text(f" {key.secret}\n")
    assert chosen_key(str(file)).address == key.public_key


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: s + " " + s, lambda s: s[:-1] + "A" + "A", lambda _: "\0"]
)
def test_no_message_carries_what_a_file_holds(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    secret = Keypair.random().secret
    file = tmp_path / "seed"
    file.write_text(spoil(secret))
    with pytest.raises(KeyChoiceError) as refused:
        chosen_key(str(file))
    assert secret[:10] not in str(refused.value)
    assert str(file) in str(refused.value)


def test_a_seed_with_a_wrong_checksum_is_none(tmp_path: Path) -> None:
    secret = Keypair.random().secret
    file = tmp_path / "seed"
    file.write_text(secret[:20] + ("A" if secret[20] != "A" else "B") + secret[21:])
    with pytest.raises(KeyChoiceError, match="holds no seed"):
        chosen_key(str(file))


@pytest.mark.parametrize("choice", ["no/such/file", "seed.txt", "", "1alice", "al ice", "x" * 33])
def test_what_is_neither_name_nor_file_is_said_so(choice: str) -> None:
    with pytest.raises(KeyChoiceError):
        chosen_key(choice)
