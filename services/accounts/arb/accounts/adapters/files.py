"""Files that nobody else may read: read with that checked, replaced as a whole, whatever crashes."""

import os
import stat
from pathlib import Path

from arb.accounts.errors import KeystoreError, TooOpen


def read_private(path: Path) -> bytes:
    """The content of a file of ours. Links are not followed. TooOpen when others may read it, else KeystoreError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise KeystoreError(f"{path} cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeystoreError(f"{path} cannot be read: it is no file")
        mode = stat.S_IMODE(status.st_mode)
        if mode & 0o077:
            raise TooOpen(f"{path} has permissions {mode:04o}, others may read it: chmod 600 {path}")
        return file.read()


def replace_private(path: Path, content: bytes) -> None:
    """Write the file, mode 0600: readers see the old content or the new one, and never a part. OSError."""
    draft = _draft(path, content)
    draft.replace(path)
    _sync_directory(path.parent)


def create_private(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet, as a whole or not at all. FileExistsError, other OSError."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)  # unlike a rename it never takes the place of another file
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return draft


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
