"""The only copy of the keys: a file encrypted with a passphrase, replaced atomically, held by one process at a time.

Format 1 is a JSON object: `arb_keystore` (the version), `kdf` (argon2id with its costs and salt), `nonce`, `box`
(XSalsa20-Poly1305 over the keys as JSON) and `sha256` over all of these, which tells a damaged file from a wrong
passphrase. The key costs 3 passes over 64 MiB (RFC 9106's second recommended choice).
"""

import base64
import binascii
import fcntl
import hashlib
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

import nacl.exceptions
import nacl.pwhash
import nacl.secret
import nacl.utils

from arb.accounts.errors import (
    CorruptedKeystore,
    ForeignKeystore,
    KeystoreError,
    KeystoreInUse,
    TooOpen,
    WrongPassphrase,
)

VERSION: Final = 1
PASSES: Final = 3
MEMORY: Final = 64 * 2**20
_MOST_PASSES: Final = 20
_MOST_MEMORY: Final = 2**30

Role = Literal["trading", "channel"]


@dataclass(frozen=True, slots=True)
class Key:
    """One secret key with its place; the seed is not in its repr."""

    role: Role
    index: int
    seed: bytes = field(repr=False)


class Keystore:
    """The opened keystore. Close it to let another process have it."""

    def __init__(self, path: Path, passphrase: str, network_passphrase: str, lock: int, keys: tuple[Key, ...]) -> None:
        self._path = path
        self._passphrase = passphrase
        self._network_passphrase = network_passphrase
        self._lock = lock
        self.keys = keys

    @classmethod
    def open(cls, path: Path, passphrase: str, network_passphrase: str) -> Self:
        """Open the file, or begin an empty keystore where there is none (nothing is written before `ensure`).

        Raises WrongPassphrase, CorruptedKeystore, TooOpen, KeystoreInUse or ForeignKeystore.
        """
        if not passphrase:
            raise KeystoreError("the keystore needs a passphrase: set ARB_KEYSTORE_PASSPHRASE or _FILE")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = _hold(path)
        except OSError as error:
            raise KeystoreError(f"{path} cannot be used: {error.strerror or error}") from None
        try:
            keys = _read(path, passphrase, network_passphrase)
        except BaseException:
            os.close(lock)
            raise
        return cls(path, passphrase, network_passphrase, lock, keys)

    def ensure(self, channels: int) -> None:
        """Make the keys that are missing for one trading account and `channels` channel accounts, and store them."""
        have = {(key.role, key.index) for key in self.keys}
        wanted: list[tuple[Role, int]] = [("trading", 0), *(("channel", index) for index in range(channels))]
        new = [Key(role, index, nacl.utils.random(32)) for role, index in wanted if (role, index) not in have]
        if new:
            keys = (*self.keys, *new)
            _write(self._path, seal(keys, self._passphrase, self._network_passphrase))
            self.keys = keys

    def close(self) -> None:
        os.close(self._lock)


def seal(keys: tuple[Key, ...], passphrase: str, network_passphrase: str) -> bytes:
    """The file's content."""
    content = {
        "network_passphrase": network_passphrase,
        "keys": [{"role": key.role, "index": key.index, "seed": _text(key.seed)} for key in keys],
    }
    salt = nacl.utils.random(nacl.pwhash.argon2id.SALTBYTES)
    secret = nacl.secret.SecretBox(_derive(passphrase, salt, PASSES, MEMORY))
    sealed = secret.encrypt(json.dumps(content).encode())
    document = {
        "arb_keystore": VERSION,
        "kdf": {"name": "argon2id", "passes": PASSES, "memory": MEMORY, "salt": _text(salt)},
        "nonce": _text(sealed.nonce),
        "box": _text(sealed.ciphertext),
    }
    return json.dumps({**document, "sha256": _checksum(document)}, indent=1).encode() + b"\n"


def unseal(raw: bytes, passphrase: str, path: Path) -> tuple[str, tuple[Key, ...]]:
    """Network passphrase and keys of a file's content. Raises CorruptedKeystore or WrongPassphrase."""
    try:
        document = json.loads(raw)
        if document["arb_keystore"] != VERSION:
            raise CorruptedKeystore(
                f"{path} is a keystore of version {document['arb_keystore']!r}; this program reads version {VERSION}"
            )
        if document.pop("sha256") != _checksum(document):
            raise CorruptedKeystore(f"{path} is damaged (its checksum does not match): restore it from a backup")
        kdf = document["kdf"]
        passes, memory = int(kdf["passes"]), int(kdf["memory"])
        if kdf["name"] != "argon2id" or not 0 < passes <= _MOST_PASSES or not 0 < memory <= _MOST_MEMORY:
            raise CorruptedKeystore(f"{path} asks for a key derivation that this program does not do")
        key = _derive(passphrase, _bytes(kdf["salt"]), passes, memory)
        nonce, box = _bytes(document["nonce"]), _bytes(document["box"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CorruptedKeystore(f"{path} is not a keystore, or damaged: restore it from a backup") from None
    try:
        content = json.loads(nacl.secret.SecretBox(key).decrypt(box, nonce))
    except (nacl.exceptions.CryptoError, ValueError):
        raise WrongPassphrase(f"the passphrase does not open {path}") from None
    keys = tuple(Key(key["role"], key["index"], _bytes(key["seed"])) for key in content["keys"])
    return content["network_passphrase"], keys


def _read(path: Path, passphrase: str, network_passphrase: str) -> tuple[Key, ...]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise KeystoreError(f"{path} cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & 0o077:
            raise TooOpen(f"{path} has permissions {mode:04o}, others may read it: chmod 600 {path}")
        raw = file.read()
    network, keys = unseal(raw, passphrase, path)
    if network != network_passphrase:
        raise ForeignKeystore(
            f"{path} holds keys for the network {network!r}, settings say {network_passphrase!r}:"
            " use another ARB_KEYSTORE for each network"
        )
    return keys


def _write(path: Path, content: bytes) -> None:
    """Replace the file: readers see the old keys or the new ones, and never a part, whatever crashes."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _hold(path: Path) -> int:
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise KeystoreInUse(f"{path} is in use by another accounts service: stop it first") from None
    return lock


def _derive(passphrase: str, salt: bytes, passes: int, memory: int) -> bytes:
    return nacl.pwhash.argon2id.kdf(
        nacl.secret.SecretBox.KEY_SIZE, passphrase.encode(), salt, opslimit=passes, memlimit=memory
    )


def _checksum(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise ValueError("not base64") from wrong
