"""What a keystore file holds, byte for byte: keys sealed with a passphrase under a versioned header.

The file is a JSON object: `arb_keystore` (the version), `kdf` (argon2id with its costs and salt), `nonce`, `box`
(XSalsa20-Poly1305 over the keys as JSON) and `sha256` over all of these, which tells a damaged file from a wrong
passphrase. The key costs 3 passes over 64 MiB (RFC 9106's second recommended choice). Version 1 knew seeds only;
version 2 also has keys that are kept elsewhere (`public_key` in place of `seed`); version 3 also those that are not
their account's own (`account`) and those that are to take another's place (`coming`). All are read, 3 is written.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self, cast

import nacl.exceptions
import nacl.pwhash
import nacl.secret
import nacl.signing
import nacl.utils

from arb.accounts.errors import CorruptedKeystore, KeystoreError, WrongPassphrase
from arb.contracts.xdr_cursor import address_of
from arb.markets.asset import account_key
from arb.messages.events.account import Role

VERSION: Final = 3
PASSES: Final = 3
MEMORY: Final = 64 * 2**20
_READABLE: Final = (1, 2, 3)
_MOST_PASSES: Final = 20
_MOST_MEMORY: Final = 2**30
_ROLES: Final = ("trading", "channel")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key that signs: its public half, and its seed unless an external signer holds it."""

    public: str
    seed: bytes | None = field(repr=False)

    @classmethod
    def made(cls) -> Self:
        """A new one, of which nobody else has the seed."""
        seed = nacl.utils.random(32)
        return cls(address_of(bytes(nacl.signing.SigningKey(seed).verify_key)), seed)


@dataclass(frozen=True, slots=True)
class Key:
    """An account's place, and the key that signs for it. Its seed is not in its repr; None: kept elsewhere."""

    role: Role
    index: int
    address: str
    """The account. It stays the same whichever key signs."""
    seed: bytes | None = field(repr=False)
    signer: str = ""
    """Public half of the key that signs: the account's own, until it is exchanged."""
    coming: KeyPair | None = None
    """The key that is to take its place, kept from before the ledger knows of it."""

    def __post_init__(self) -> None:
        if not self.signer:
            object.__setattr__(self, "signer", self.address)

    @classmethod
    def of_seed(cls, role: Role, index: int, seed: bytes) -> Self:
        """The account of 32 seed bytes."""
        return cls(role, index, address_of(bytes(nacl.signing.SigningKey(seed).verify_key)), seed)

    @classmethod
    def made(cls, role: Role, index: int) -> Self:
        """A new account, of which nobody else has the seed."""
        return cls.of_seed(role, index, nacl.utils.random(32))

    @property
    def place(self) -> tuple[Role, int]:
        return self.role, self.index

    @property
    def publics(self) -> frozenset[str]:
        """Public halves of every key there is for this account."""
        return frozenset({self.signer} | ({self.coming.public} if self.coming is not None else set()))

    def exchanged(self) -> "Key":
        """The same account with the coming key in force."""
        if self.coming is None:
            return self
        return replace(self, seed=self.coming.seed, signer=self.coming.public, coming=None)


def seal(keys: tuple[Key, ...], passphrase: str, network_passphrase: str) -> bytes:
    """The file's content, with a salt and a nonce of its own."""
    content = {"network_passphrase": network_passphrase, "keys": [_written(key) for key in keys]}
    salt = nacl.utils.random(nacl.pwhash.argon2id.SALTBYTES)
    secret = nacl.secret.SecretBox(_derive(passphrase, salt, PASSES, MEMORY))
    sealed = secret.encrypt(json.dumps(content).encode())
    document = {
        "arb_keystore": VERSION,
        "kdf": {"name": "argon2id", "passes": PASSES, "memory": MEMORY, "salt": _text(salt)},
        "nonce": _text(sealed.nonce),
        "box": _text(sealed.ciphertext),
    }
    return json.dumps({**document, "sha256": checksum(document)}, indent=1).encode() + b"\n"


def unseal(raw: bytes, passphrase: str, path: Path) -> tuple[str, tuple[Key, ...]]:
    """Network passphrase and keys of a file's content. Raises CorruptedKeystore or WrongPassphrase."""
    box, nonce, derive = _opened(raw, path)
    try:
        content = nacl.secret.SecretBox(derive(passphrase)).decrypt(box, nonce)
    except (nacl.exceptions.CryptoError, ValueError):
        raise WrongPassphrase(f"the passphrase does not open {path}") from None
    try:
        document = json.loads(content)
        return str(document["network_passphrase"]), tuple(_read(key) for key in document["keys"])
    except (ValueError, KeyError, TypeError):
        raise CorruptedKeystore(
            f"{path} opens, but what is inside are no keys: it was written by another program"
        ) from None


def checksum(document: dict[str, Any]) -> str:
    """Over everything in the header and the box. It protects from accidents only: Poly1305 protects from people."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _opened(raw: bytes, path: Path) -> tuple[bytes, bytes, Callable[[str], bytes]]:
    """Box, nonce and how to derive the box's key. CorruptedKeystore when the file is not whole."""
    try:
        document = json.loads(raw)
        if document["arb_keystore"] not in _READABLE:
            raise CorruptedKeystore(
                f"{path} is a keystore of version {document['arb_keystore']!r}; this program reads versions"
                f" {' and '.join(map(str, _READABLE))}: update it"
            )
        if document.pop("sha256") != checksum(document):
            raise CorruptedKeystore(f"{path} is damaged (its checksum does not match): restore it from a backup")
        kdf = document["kdf"]
        passes, memory, salt = int(kdf["passes"]), int(kdf["memory"]), _bytes(kdf["salt"])
        if kdf["name"] != "argon2id" or not 0 < passes <= _MOST_PASSES or not 0 < memory <= _MOST_MEMORY:
            raise CorruptedKeystore(f"{path} asks for a key derivation that this program does not do")
        if len(salt) != nacl.pwhash.argon2id.SALTBYTES:
            raise ValueError("a salt of another length")
        return _bytes(document["box"]), _bytes(document["nonce"]), lambda given: _derive(given, salt, passes, memory)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CorruptedKeystore(f"{path} is not a keystore, or damaged: restore it from a backup") from None


def _written(key: Key) -> dict[str, object]:
    own = {"account": key.address} if key.signer != key.address else {}
    coming = {"coming": _pair_written(key.coming)} if key.coming is not None else {}
    return {"role": key.role, "index": key.index, **own, **_pair_written(KeyPair(key.signer, key.seed)), **coming}


def _pair_written(pair: KeyPair) -> dict[str, object]:
    return {"public_key": pair.public} if pair.seed is None else {"seed": _text(pair.seed)}


def _read(stored: dict[str, Any]) -> Key:
    role, index = stored["role"], stored["index"]
    if role not in _ROLES or not isinstance(index, int):
        raise ValueError("no such place")
    pair = _pair_read(stored)
    account = stored.get("account", pair.public)
    account_key(account)
    coming = _pair_read(stored["coming"]) if "coming" in stored else None
    return Key(cast(Role, role), index, account, pair.seed, pair.public, coming)


def _pair_read(stored: dict[str, Any]) -> KeyPair:
    if "public_key" in stored:
        account_key(stored["public_key"])
        return KeyPair(stored["public_key"], None)
    seed = _bytes(stored["seed"])
    if len(seed) != 32:
        raise ValueError("no seed")
    return KeyPair(address_of(bytes(nacl.signing.SigningKey(seed).verify_key)), seed)


def _derive(passphrase: str, salt: bytes, passes: int, memory: int) -> bytes:
    try:
        secret = passphrase.encode()
    except UnicodeEncodeError:
        raise KeystoreError("the passphrase is not UTF-8 text") from None
    try:
        return nacl.pwhash.argon2id.kdf(nacl.secret.SecretBox.KEY_SIZE, secret, salt, opslimit=passes, memlimit=memory)
    except nacl.exceptions.CryptoError:
        raise KeystoreError(
            f"deriving the keystore's key needs {memory >> 20} MiB of memory: there is too little"
        ) from None


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise ValueError("not base64") from wrong
