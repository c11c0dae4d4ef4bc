"""Keys for local networks: test identities that follow from their name, or a seed in a file."""

import hashlib
import re
from pathlib import Path
from typing import Final

from arb.contracts.seeds import decode_seed
from arb.contracts.transactions import Signer
from arb.markets.asset import account_key
from arb.markets.errors import AssetError

DEFAULT: Final = "alice"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_LARGEST_FILE: Final = 4096


class KeyChoiceError(Exception):
    """Neither a name nor a file with a seed. The message says what was given, never what the file holds."""


def named_key(name: str) -> Signer:
    """The test identity NAME: everybody who knows the name has its seed, SHA-256 of "localnet key NAME"."""
    if not _NAME.fullmatch(name):
        raise KeyChoiceError(f"{name!r} is no name of a local key: letters, digits, _ and -, up to 32, a letter first")
    return Signer(hashlib.sha256(f"localnet key {name}".encode()).digest())


def chosen_key(choice: str) -> Signer:
    """A key by name, or by the path of a file that holds a seed (S...), where such a file exists."""
    path = Path(choice)
    if not path.is_file():
        if len(path.parts) != 1 or path.suffix:
            raise KeyChoiceError(f"{choice}: there is no such file, and names of local keys have no slash and no dot")
        return named_key(choice)
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE).decode("ascii", "replace").strip()
    except OSError as error:
        raise KeyChoiceError(f"{choice} cannot be read: {error.strerror}") from None
    seed = decode_seed(text)
    if seed is None:
        raise KeyChoiceError(f"{choice} holds no seed: expected one line, S and 55 capital letters and digits")
    return Signer(seed)


def address_of(text: str) -> str:
    """`@NAME` as the address of a local key; anything else as it is."""
    return named_key(text[1:]).address if text.startswith("@") else text


def funded_address(choice: str) -> str:
    """An address (G...) as it is, or that of a key by name or file."""
    if len(choice) != 56 or not choice.startswith("G"):
        return chosen_key(choice.removeprefix("@")).address
    try:
        account_key(choice)
    except AssetError as error:
        raise KeyChoiceError(str(error).removeprefix("issuer ")) from None
    return choice
