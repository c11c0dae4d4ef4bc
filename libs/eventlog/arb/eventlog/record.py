"""An event as it lies in the log: its sequence number, its bytes and what they say."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from pydantic import ValidationError

import arb.messages.events  # noqa: F401  (fills the registry of event types)
from arb.eventlog.errors import MalformedEventError
from arb.messages.base import Fact
from arb.messages.envelope import GENESIS_HASH, CloudEvent, UnknownEventError, content_hash
from arb.messages.subjects import Aggregate


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
    """One event of the log. `raw` are the stored bytes that the next event's `prevhash` covers."""

    sequence: int
    aggregate: Aggregate
    event: CloudEvent
    raw: bytes = field(repr=False)

    @classmethod
    def read(cls, stored: Stored) -> "Recorded":
        """Read a stored message. Raises MalformedEventError naming its sequence."""
        try:
            aggregate = Aggregate.of_subject(stored.subject)
            event = CloudEvent.model_validate_json(stored.raw)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "message"
            raise MalformedEventError(stored.sequence, stored.subject, f"{where}: {first['msg']}") from error
        except ValueError as error:
            raise MalformedEventError(stored.sequence, stored.subject, str(error)) from error
        return cls(stored.sequence, aggregate, event, stored.raw)

    @cached_property
    def fact(self) -> Fact:
        """The typed fact inside. Raises MalformedEventError when this version cannot read it."""
        try:
            return self.event.fact()
        except (UnknownEventError, ValidationError) as error:
            raise MalformedEventError(self.sequence, self.aggregate.subject, str(error)) from error

    @cached_property
    def head(self) -> Head:
        """The aggregate's head once this event is its last."""
        return Head(self.event.aggregateversion, self.sequence, content_hash(self.raw))
