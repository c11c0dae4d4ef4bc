"""An event as it lies in the log: its sequence number, its bytes and what they say."""

import json
from typing import NamedTuple

from pydantic import ValidationError

import arb.messages.events  # noqa: F401  (fills the registry of event types)
from arb.eventlog.errors import MalformedEventError
from arb.messages.base import Fact
from arb.messages.envelope import GENESIS_HASH, Attributes, CloudEvent, UnknownEventError, attributes, content_hash
from arb.messages.subjects import Aggregate
from arb.messages.upcasting import read_fact


class Head(NamedTuple):
    """Where an aggregate stands: version and stream sequence of its last event, SHA-256 of that event's bytes."""

    version: int
    sequence: int
    hash: str


EMPTY = Head(0, 0, GENESIS_HASH)
"""Head of an aggregate that has no event yet."""


class Place(NamedTuple):
    """A message of the stream by its sequence, and the SHA-256 of its bytes: the same in no other stream."""

    sequence: int
    hash: str


START = Place(0, GENESIS_HASH)
"""Before the first message."""


class Stored(NamedTuple):
    """One message of the stream, unread: what verification works on."""

    sequence: int
    subject: str
    raw: bytes


class Recorded:
    """One event of the log. `raw` are the stored bytes that the next event's `prevhash` covers.

    What is inside is read when it is asked for: `event` and `fact` raise MalformedEventError when it cannot be.
    """

    __slots__ = ("_fact", "_head", "aggregate", "raw", "said", "sequence")

    def __init__(self, sequence: int, aggregate: Aggregate, raw: bytes, said: Attributes) -> None:
        """`said` is what the event says of itself."""
        self.sequence = sequence
        self.aggregate = aggregate
        self.raw = raw
        self.said = said
        self._fact: Fact | None = None
        self._head: Head | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Recorded):
            return NotImplemented
        return (self.sequence, self.aggregate, self.raw) == (other.sequence, other.aggregate, other.raw)

    def __hash__(self) -> int:
        return hash((self.sequence, self.raw))

    def __repr__(self) -> str:
        return f"<message {self.sequence}: {self.type} of {self.aggregate.kind}/{self.aggregate.id}>"

    @classmethod
    def read(cls, stored: Stored) -> "Recorded":
        """Read a stored message. Raises MalformedEventError naming its sequence."""
        try:
            aggregate = Aggregate.of_subject(stored.subject)
        except ValueError as error:
            raise MalformedEventError(stored.sequence, stored.subject, str(error)) from error
        return cls(stored.sequence, aggregate, stored.raw, attributes(stored.raw) or _read_in_full(stored))

    @property
    def event(self) -> CloudEvent:
        """All of it."""
        return _parsed(Stored(self.sequence, self.aggregate.subject, self.raw))

    @property
    def fact(self) -> Fact:
        """The typed fact inside, in its newest version."""
        if self._fact is None:
            try:
                self._fact = read_fact(self.type, self.said.data)
            except (UnknownEventError, ValidationError) as error:
                raise MalformedEventError(self.sequence, self.aggregate.subject, _reason(error)) from error
        return self._fact

    @property
    def type(self) -> str:
        """Name and version of the event."""
        return self.said.type.decode()

    @property
    def version(self) -> int:
        """Its number within the aggregate, from 1."""
        return int(self.said.aggregateversion)

    @property
    def head(self) -> Head:
        """The aggregate's head once this event is its last."""
        if self._head is None:
            self._head = Head(self.version, self.sequence, content_hash(self.raw))
        return self._head


def _read_in_full(stored: Stored) -> Attributes:
    """The attributes of an event that is written in another layout than ours."""
    event = _parsed(stored)
    texts = (event.id, event.type, event.subject, event.time, str(event.aggregateversion), event.prevhash)
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return Attributes._make(text.encode() for text in (*texts, data))


def _parsed(stored: Stored) -> CloudEvent:
    try:
        return CloudEvent.model_validate_json(stored.raw)
    except ValidationError as error:
        raise MalformedEventError(stored.sequence, stored.subject, _reason(error)) from error


def _reason(error: Exception) -> str:
    """The first of what is wrong, without the values."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "message"
    return f"{where}: {first['msg']}"
