"""Copies of keys: backups, made only if they open and brought back only if no key is lost; one key in the clear."""

import hashlib
import os
from pathlib import Path

from arb.accounts.adapters.files import create_private, read_private, replace_private
from arb.accounts.adapters.keystore import hold, read_keys
from arb.accounts.adapters.keystore_format import Key, unseal
from arb.accounts.errors import CorruptedKeystore, KeystoreError, WouldLoseKeys, WrongPassphrase
from arb.contracts.seeds import encode_seed


def back_up(path: Path, target: Path, passphrase: str, network_passphrase: str) -> tuple[Key, ...]:
    """Copy the keystore to `target`, byte for byte, and return the keys that the copy was seen to hold.

    The service may run meanwhile. Raises what `read_keys` raises, and KeystoreError when `target` is there already or
    cannot be written.
    """
    read_keys(path, passphrase, network_passphrase)
    _create(target, read_private(path))
    return read_keys(target, passphrase, network_passphrase)


def export(key: Key, target: Path) -> None:
    """Write a secret key (`S…`) to a new file that its owner alone reads. KeystoreError when there is none to write."""
    if key.seed is None:
        raise KeystoreError(f"{key.address} is signed for by another program: its secret key is not here")
    _create(target, f"{encode_seed(key.seed)}\n".encode())


def restore(source: Path, path: Path, passphrase: str, network_passphrase: str) -> tuple[tuple[Key, ...], Path | None]:
    """Put a backup in the place of the keystore. Returns its keys, and where the file lies that was there before.

    Nothing is deleted. WouldLoseKeys when the keystore opens and has keys that the backup lacks; one that does not
    open is what backups are for. Raises what `read_keys` raises about `source`, KeystoreInUse and KeystoreError.
    """
    keys = read_keys(source, passphrase, network_passphrase)
    raw = read_private(source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = hold(path)
        try:
            aside = _set_aside(path, keys, passphrase) if os.path.lexists(path) else None
            replace_private(path, raw)
        finally:
            os.close(lock)
    except OSError as error:
        raise KeystoreError(f"{path} cannot be used: {error.strerror or error}") from None
    return read_keys(path, passphrase, network_passphrase), aside


def _create(target: Path, content: bytes) -> None:
    try:
        create_private(target, content)
    except FileExistsError:
        raise KeystoreError(f"{target} is there already: nothing takes the place of another file") from None
    except OSError as error:
        raise KeystoreError(f"{target} cannot be written: {error.strerror}") from None


def _set_aside(path: Path, keys: tuple[Key, ...], passphrase: str) -> Path:
    """Keep the present file under another name, which follows from its content: the same one is kept once."""
    present = path.read_bytes()
    try:
        _, held = unseal(present, passphrase, path)
    except (CorruptedKeystore, WrongPassphrase):
        held = ()
    kept = {public for key in keys for public in key.publics}
    lost = {key.address for key in held if not key.publics <= kept}
    if lost:
        raise WouldLoseKeys(
            f"the backup lacks keys that {path} has, {', '.join(sorted(lost))} among them: move that file away if you"
            " mean it"
        )
    aside = path.with_name(f"{path.name}.replaced-{hashlib.sha256(present).hexdigest()[:12]}")
    if not aside.exists():
        create_private(aside, present)
    return aside
