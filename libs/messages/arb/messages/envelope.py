"""One event as it is stored: a CloudEvents 1.0 object in structured mode, with the chain's extensions."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from pydantic import Field, JsonValue

from arb.messages.base import Fact, HashText, Message
from arb.messages.subjects import Aggregate
from arb.messages.upcasting import UnknownEventError as UnknownEventError
from arb.messages.upcasting import read_fact

GENESIS_HASH: str = "0" * 64
"""`prevhash` of the first event of an aggregate."""


class CloudEvent(Message):
    """CloudEvents 1.0, JSON structured mode. Attribute names are the specification's.

    `id` derives from content (aggregate, version, type, data), never from the clock, so that writing the
    same decision twice is recognised. `aggregateversion` counts from 1 within the aggregate. `prevhash` is the
    SHA-256 of the aggregate's previous stored message, byte for byte.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    aggregateversion: int = Field(ge=1)
    prevhash: HashText
    data: dict[str, JsonValue]

    def fact(self) -> Fact:
        """The typed fact inside, in its newest version. Raises UnknownEventError."""
        return read_fact(self.type, json.dumps(self.data).encode())

    def to_bytes(self) -> bytes:
        """The exact bytes that are published, stored and hashed."""
        return self.model_dump_json(exclude_none=True).encode()


class Attributes(NamedTuple):
    """What a stored event says of itself, read off its bytes. `data` is JSON text that was not looked into yet."""

    id: bytes
    type: bytes
    subject: bytes
    time: bytes
    aggregateversion: bytes
    prevhash: bytes
    data: bytes


_LAYOUT = re.compile(
    (
        rb'\{"specversion":"1\.0","id":"(~)","source":"~","type":"(~)","subject":"(~)","time":"(~)",'
        rb'"datacontenttype":"application/json",(?:"correlationid":"~",)?(?:"causationid":"~",)?(?:"traceparent":"~",)?'
        rb'"aggregateversion":([1-9][0-9]{0,17}),"prevhash":"([0-9a-f]{64})","data":(?=\{)'
    ).replace(b"~", rb"[ !#-\[\]-~]*")
)
"""How what `CloudEvent.to_bytes` writes begins, unless a text holds what JSON escapes or is not ASCII."""


def attributes(raw: bytes) -> Attributes | None:
    """The attributes of a stored event in the layout of `to_bytes`; None for any other bytes: parse those in full.

    Ten times quicker than parsing. `data` may still turn out not to be JSON when it is read.
    """
    match = _LAYOUT.match(raw)
    if match is None or not raw.endswith(b"}}"):
        return None
    return Attributes._make((*match.groups(), raw[match.end() : -1]))


def content_id(subject: bytes, version: bytes, event_type: bytes, data: bytes) -> str:
    """Id of an event, 32 hex characters, from its aggregate's subject, its version in decimal, its type and its data.

    `data` is the JSON text as it is stored: the id can be checked without reading it.
    """
    return hashlib.sha256(b'["%b",%b,"%b",%b]' % (subject, version, event_type, data)).hexdigest()[:32]


def sorted_content_id(aggregate: Aggregate, version: int, event_type: str, data: dict[str, JsonValue]) -> str:
    """The id as it was made at first, of the data with its names in order: records hold such ids for ever."""
    content = json.dumps([aggregate.subject, version, event_type, data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def event_id(aggregate: Aggregate, version: int, fact: Fact) -> str:
    """Content-derived id of an event, 32 hex characters."""
    data = fact.model_dump_json().encode()
    return content_id(aggregate.subject.encode(), b"%d" % version, fact.type.encode(), data)


def rfc3339(moment: datetime) -> str:
    """UTC time with microseconds, as CloudEvents wants it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seal(
    aggregate: Aggregate,
    version: int,
    fact: Fact,
    *,
    source: str,
    time: datetime,
    prevhash: str,
    correlation: str | None = None,
    causation: str | None = None,
) -> CloudEvent:
    """Wrap a fact for storage as event number `version` of `aggregate`."""
    return CloudEvent(
        id=event_id(aggregate, version, fact),
        source=source,
        type=fact.type,
        subject=f"{aggregate.kind}/{aggregate.id}",
        time=rfc3339(time),
        correlationid=correlation,
        causationid=causation,
        aggregateversion=version,
        prevhash=prevhash,
        data=fact.model_dump(mode="json"),
    )


def content_hash(raw: bytes) -> str:
    """SHA-256 of a stored message, hex: the next event's `prevhash`."""
    return hashlib.sha256(raw).hexdigest()
