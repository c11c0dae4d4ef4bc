"""A message nobody could read, set aside with the reason."""

from arb.messages.base import Message
from arb.messages.subjects import DEADLETTER


class Poison(Message):
    """What a consumer could not handle. `body` is the message's text, bytes that are no UTF-8 replaced."""

    consumer: str
    subject: str
    sequence: int | None = None
    """Where it lies in the record."""
    reason: str
    body: str


def deadletter(service: str) -> str:
    """Subject of a service's dead letters: `arb.dlq.<service>`."""
    return f"{DEADLETTER}.{service}"
