"""Events of the auditor: with which key it signs, and how far it found the record whole."""

from typing import ClassVar

from pydantic import Field

from arb.messages.base import Fact, HashText, Message, SignatureText


class KeyPublished(Fact):
    """From here on checkpoints are signed with this ed25519 key, 32 bytes in hex."""

    type: ClassVar[str] = "arb.audit.key_published.v1"
    public_key: HashText


class MarketHead(Message):
    """A message of the MARKET stream: its sequence there, and the SHA-256 of its bytes. Those before it hang on it."""

    sequence: int = Field(gt=0)
    hash: HashText


class CheckpointSigned(Fact):
    """A checkpoint of the record up to `sequence`, as it is kept outside the record too."""

    type: ClassVar[str] = "arb.audit.checkpoint_signed.v1"
    sequence: int = Field(gt=0)
    hash: HashText
    """Rolling hash of the record after that message."""
    time: str
    """When it was taken: UTC with microseconds, RFC 3339."""
    public_key: HashText
    signature: SignatureText
    market: MarketHead | None = None
    """The newest message of the market record by then; None when there was none, and in older records."""
