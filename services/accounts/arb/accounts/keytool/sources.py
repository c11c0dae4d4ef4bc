"""Where secrets come from: a file, the environment, standard input or a prompt. Never from the command line."""

import getpass
import sys
from pathlib import Path
from typing import Final

from arb.accounts.errors import KeystoreError, NotASeed
from arb.accounts.settings import KeystoreSettings, read_passphrase_file
from arb.contracts.seeds import decode_seed

_LARGEST: Final = 4096
_NOT_A_SEED: Final = "is no secret key: expected S and 55 capital letters and digits, with a checksum that holds"


def passphrase(settings: KeystoreSettings, *, begins: bool) -> str:
    """What opens the keystore. `begins`: there is none yet, so a person at a prompt types it twice.

    KeystoreError when nothing says it, or says it wrongly.
    """
    if settings.has_passphrase:
        try:
            return settings.read_passphrase().get_secret_value()
        except OSError as error:
            raise _unreadable("ARB_KEYSTORE_PASSPHRASE_FILE", settings.keystore_passphrase_file, error) from None
        except UnicodeDecodeError:
            raise KeystoreError("ARB_KEYSTORE_PASSPHRASE_FILE names a file that is not text") from None
    if not sys.stdin.isatty():
        raise KeystoreError(
            "no passphrase: set ARB_KEYSTORE_PASSPHRASE_FILE or ARB_KEYSTORE_PASSPHRASE, or answer at a terminal"
        )
    return _asked("passphrase of the keystore", twice=begins)


def new_passphrase(settings: KeystoreSettings, file: Path | None) -> str:
    """What shall open the keystore from now on: from `file`, ARB_KEYSTORE_NEW_PASSPHRASE, or a prompt."""
    if file is not None:
        try:
            return read_passphrase_file(file)
        except OSError as error:
            raise _unreadable("--new-passphrase-file", file, error) from None
        except UnicodeDecodeError:
            raise KeystoreError(f"{file} is not text") from None
    if settings.keystore_new_passphrase is not None:
        return settings.keystore_new_passphrase.get_secret_value()
    if not sys.stdin.isatty():
        raise KeystoreError(
            "no new passphrase: give --new-passphrase-file or ARB_KEYSTORE_NEW_PASSPHRASE, or answer at a terminal"
        )
    return _asked("new passphrase", twice=True)


def seed(file: Path | None) -> bytes:
    """32 bytes of a secret key that was made elsewhere. NotASeed says where it came from and nothing of it."""
    if file is not None:
        where = str(file)
        try:
            with file.open("rb") as opened:
                raw = opened.read(_LARGEST + 1)
        except OSError as error:
            raise _unreadable("--seed-file", file, error) from None
    elif sys.stdin.isatty():
        where = "what was typed"
        raw = getpass.getpass("secret key (S…, not shown): ").encode(errors="replace")
    else:
        where = "standard input"
        raw = sys.stdin.buffer.read(_LARGEST + 1)
    found = decode_seed(raw.decode("utf-8", "replace"))
    if found is None:
        raise NotASeed(f"{where} {_NOT_A_SEED}")
    return found


def _asked(what: str, *, twice: bool) -> str:
    given = getpass.getpass(f"{what}: ")
    if twice and getpass.getpass(f"{what}, again: ") != given:
        raise KeystoreError("the two passphrases differ: nothing was done")
    return given


def _unreadable(name: str, file: Path | None, error: OSError) -> KeystoreError:
    return KeystoreError(f"{name}: {file} cannot be read: {error.strerror}")
