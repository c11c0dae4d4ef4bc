"""How messages of the market record hang together: each begins with the hash of the message stored before it."""

import hashlib
from typing import Final, NamedTuple

from arb.messages.envelope import GENESIS_HASH

_MAGIC: Final = b"ALv1"
_LINK: Final = len(_MAGIC) + 32


class MarketEnd(NamedTuple):
    """The newest message of the market record: its sequence, and the SHA-256 of its bytes, hex."""

    sequence: int
    hash: str


NO_MARKET: Final = MarketEnd(0, GENESIS_HASH)
"""Nothing was ever recorded."""


def linked(before: str, record: bytes) -> bytes:
    """A message as it is stored: `before` is the hash of the one before it, zeros when there is none any more."""
    return b"%b%b%b" % (_MAGIC, bytes.fromhex(before), record)


def link_of(message: bytes) -> str | None:
    """The hash a stored message begins with; None when it is no message of the market record."""
    return message[len(_MAGIC) : _LINK].hex() if len(message) >= _LINK and message.startswith(_MAGIC) else None


def unlinked(message: bytes) -> bytes:
    """What was recorded. Bytes without a link are given back as they are: whoever reads them says what they are not."""
    return message if link_of(message) is None else message[_LINK:]


def hash_of(message: bytes) -> str:
    """SHA-256 of a stored message, hex."""
    return hashlib.sha256(message).hexdigest()
