"""The only copy of the keys: an encrypted file, replaced atomically, written by one process at a time.

What the file holds is told in `keystore_format`; copies of it are made and brought back in `keystore_copies`.
"""

import fcntl
import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Self

from arb.accounts.adapters.files import read_private, replace_private
from arb.accounts.adapters.keystore_format import Key, KeyPair, seal, unseal
from arb.accounts.errors import ForeignKeystore, KeystoreError, KeystoreInUse, PlaceTaken
from arb.messages.events.account import Role

MOST_CHANNELS = 100
"""As many as settings allow (NUM_ACCOUNTS)."""


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
        """Open the file, or begin an empty keystore where there is none (nothing is written before a key is there).

        Raises WrongPassphrase, CorruptedKeystore, TooOpen, KeystoreInUse or ForeignKeystore.
        """
        _refuse_empty(passphrase)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = hold(path)
        except OSError as error:
            raise KeystoreError(f"{path} cannot be used: {error.strerror or error}") from None
        try:
            keys = read_keys(path, passphrase, network_passphrase) if os.path.lexists(path) else ()
        except BaseException:
            os.close(lock)
            raise
        return cls(path, passphrase, network_passphrase, lock, keys)

    def ensure(self, channels: int) -> tuple[Key, ...]:
        """Make and store the keys that one trading account and `channels` channel accounts lack: the new ones."""
        have = {key.place for key in self.keys}
        wanted: list[tuple[Role, int]] = [("trading", 0), *(("channel", index) for index in range(channels))]
        new = tuple(Key.made(role, index) for role, index in wanted if (role, index) not in have)
        if new:
            self._store((*self.keys, *new))
        return new

    def add(self, key: Key) -> None:
        """Store a key that was made elsewhere. PlaceTaken when its place has one: no key is ever overwritten."""
        if key.role == "trading" and key.index != 0:
            raise PlaceTaken(f"there is one trading account, index 0, not {key.index}")
        if not 0 <= key.index < MOST_CHANNELS:
            raise PlaceTaken(f"index {key.index}: channels are numbered from 0 to {MOST_CHANNELS - 1}")
        for held in self.keys:
            if held.place == key.place:
                raise PlaceTaken(
                    f"{key.role} {key.index} of {self._path} is {held.address} already: keys are never overwritten"
                )
            if key.address in {held.address, *held.publics}:
                raise PlaceTaken(f"{key.address} is {held.role} {held.index} of {self._path} already")
        self._store((*self.keys, key))

    def prepare(self, places: Collection[tuple[Role, int]], external: str | None = None) -> tuple[Key, ...]:
        """Store a key to come for each of these places that awaits none yet, and return the keys of the places.

        The new ones are made here, or `external` is the public key of one that is kept elsewhere. Until the ledger
        takes it the present one stays in force. PlaceTaken when there is no such place or the key is used already.
        """
        have = {key.place for key in self.keys}
        if not places or not {*places} <= have:
            raise PlaceTaken(f"{self._path} has no {' or '.join(f'{r} {i}' for r, i in sorted({*places} - have))}")
        used = {public for key in self.keys for public in (key.address, *key.publics)}
        if external is not None and external in used:
            raise PlaceTaken(f"{external} is in {self._path} already: every account has a key of its own")
        keys = tuple(
            replace(key, coming=KeyPair.made() if external is None else KeyPair(external, None))
            if key.place in places and key.coming is None
            else key
            for key in self.keys
        )
        if keys != self.keys:
            self._store(keys)
        return tuple(key for key in keys if key.place in places)

    def exchange(self, address: str) -> Key:
        """The ledger takes the coming key of this account: from now on it signs, and the one before is let go."""
        self._store(tuple(key.exchanged() if key.address == address else key for key in self.keys))
        return next(key for key in self.keys if key.address == address)

    def reseal(self, passphrase: str) -> None:
        """Encrypt the same keys anew, for another passphrase; the old one opens the file no more."""
        _refuse_empty(passphrase)
        if not self.keys:
            raise KeystoreError(f"{self._path} holds no keys yet: there is nothing to encrypt")
        self._passphrase = passphrase
        self._store(self.keys)

    def close(self) -> None:
        os.close(self._lock)

    def _store(self, keys: tuple[Key, ...]) -> None:
        replace_private(self._path, seal(keys, self._passphrase, self._network_passphrase))
        if read_keys(self._path, self._passphrase, self._network_passphrase) != keys:
            raise KeystoreError(f"{self._path} does not read as it was written: is the disk failing? Keep every backup")
        self.keys = keys


def read_keys(path: Path, passphrase: str, network_passphrase: str) -> tuple[Key, ...]:
    """The keys in the file, which another process may hold: it is only ever replaced as a whole.

    Raises KeystoreError when there is none, WrongPassphrase, CorruptedKeystore, TooOpen or ForeignKeystore.
    """
    _refuse_empty(passphrase)
    network, keys = unseal(read_private(path), passphrase, path)
    if network != network_passphrase:
        raise ForeignKeystore(
            f"{path} holds keys for the network {network!r}, settings say {network_passphrase!r}:"
            " use another ARB_KEYSTORE for each network"
        )
    return keys


def hold(path: Path) -> int:
    """Take the lock on the keystore: a descriptor to close. KeystoreInUse when another process has it; OSError."""
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise KeystoreInUse(f"{path} is in use by another accounts service: stop it first") from None
    return lock


def _refuse_empty(passphrase: str) -> None:
    if not passphrase:
        raise KeystoreError("the keystore needs a passphrase: set ARB_KEYSTORE_PASSPHRASE or _FILE")
