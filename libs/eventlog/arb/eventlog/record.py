"""An event as it lies in the log: its sequence number, its bytes and what they say."""

import json
from dataclasses import dataclass, field
from functools import cached_property
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


class Stored(NamedTuple):
    """One message of the stream, unread: what verification works on."""

    sequence: int
    subject: str
    raw: bytes


@dataclass(frozen=True)
class Recorded:
    """One event of the log. `raw` are the stored bytes that the next event's `prevhash` covers.

    What is inside is read when it is asked for: `event` and `fact` raise MalformedEventError when it cannot be.
    """

    sequence: int
    aggregate: Aggregate
    raw: bytes = field(repr=False)
    said: Attributes = field(repr=False)
    """What the event says of itself."""

    @classmethod
    def read(cls, stored: Stored) -> "Recorded":
        """Read a stored message. Raises MalformedEventError naming its sequence."""
        try:
            aggregate = Aggregate.of_subject(stored.subject)
        except ValueError as error:
            raise MalformedEventError(stored.sequence, stored.subject, str(error)) from error
        return cls(stored.sequence, aggregate, stored.raw, attributes(stored.raw) or _read_in_full(stored))

    @cached_property
    def event(self) -> CloudEvent:
        """All of it."""
        return _parsed(Stored(self.sequence, self.aggregate.subject, self.raw))

    @cached_property
    def fact(self) -> Fact:
        """The typed fact inside, in its newest version."""
        try:
            return read_fact(self.type, self.said.data)
        except (UnknownEventError, ValidationError) as error:
            raise MalformedEventError(self.sequence, self.aggregate.subject, _reason(error)) from error

    @property
    def type(self) -> str:
        """Name and version of the event."""
        return self.said.type.decode()

    @property
    def version(self) -> int:
        """Its number within the aggregate, from 1."""
        return int(self.said.aggregateversion)

    @cached_property
    def head(self) -> Head:
        """The aggregate's head once this event is its last."""
        return Head(self.version, self.sequence, content_hash(self.raw))


def _read_in_full(stored: Stored) -> Attributes:
    """The attributes of an event that is written in another layout than ours."""
    event = _parsed(stored)
    texts = (event.id, event.type, event.subject, event.time, str(event.aggregateversion), event.prevhash)
    return Attributes._make((*(text.encode() for text in texts), json.dumps(event.data).encode()))


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
