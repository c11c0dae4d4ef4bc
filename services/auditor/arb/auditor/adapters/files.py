"""What the auditor keeps in the state directory, outside the bus: its signing key."""

import os
from pathlib import Path

from nacl.signing import SigningKey

from arb.eventlog.audit import public_key_path


class SigningKeyError(Exception):
    """The signing key cannot be used. The text is one line that says what to do."""


def signing_key(state_dir: Path) -> SigningKey:
    """The auditor's ed25519 key, made at its first start and readable by its owner only. Raises SigningKeyError.

    The public half lies beside it, for whoever verifies.
    """
    path = state_dir / "audit" / "signing.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            key = SigningKey(bytes.fromhex(path.read_text().strip()))
        except FileNotFoundError:
            key = _made(path)
        public = public_key_path(state_dir)
        if not public.exists():
            public.write_text(f"{key.verify_key.encode().hex()}\n")
    except OSError as error:
        raise SigningKeyError(f"the auditor's key {path} cannot be used: {error.strerror}") from error
    except ValueError as error:
        raise SigningKeyError(f"{path} holds no signing key: put back the one that was made, or remove it") from error
    return key


def _made(path: Path) -> SigningKey:
    """A new key, whole in its file or not there at all."""
    key = SigningKey.generate()
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{key.encode().hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return key
