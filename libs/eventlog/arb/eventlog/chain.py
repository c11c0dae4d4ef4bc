"""The law of an aggregate's chain: versions count up by one and every event names its predecessor's bytes."""

from collections.abc import Iterable

from arb.eventlog.errors import ChainBrokenError
from arb.eventlog.record import EMPTY, Head, Recorded
from arb.messages.envelope import Attributes, content_id, sorted_content_id


def follow(head: Head, recorded: Recorded) -> Head:
    """The head after `recorded`, which must be the event right after `head`.

    Raises ChainBrokenError or MalformedEventError naming it.
    """
    said, aggregate = recorded.said, recorded.aggregate
    problem: str | None = None
    if said.subject.decode() != f"{aggregate.kind}/{aggregate.id}":
        problem = f"it says it belongs to {said.subject.decode()!r}"
    elif recorded.version != head.version + 1:
        problem = f"it has aggregateversion {recorded.version}, {head.version + 1} was due"
    elif said.prevhash.decode() != head.hash:
        problem = f"its prevhash {said.prevhash.decode()} is not the hash of the event before it, {head.hash}"
    elif recorded.sequence <= head.sequence:
        problem = f"its sequence is not after {head.sequence}"
    else:
        problem = misnamed(recorded)
    if problem is not None:
        raise ChainBrokenError(recorded.sequence, aggregate.subject, problem)
    return recorded.head


def verify(events: Iterable[Recorded], head: Head = EMPTY) -> Head:
    """The head after all `events` of one aggregate, in order. Raises ChainBrokenError at the first bad one."""
    for recorded in events:
        head = follow(head, recorded)
    return head


def misnamed(recorded: Recorded) -> str | None:
    """What is wrong with the event's id, if it is not that of its content."""
    said = recorded.said
    if named_by_content(recorded.aggregate.subject.encode(), said) or _named_by_sorted_content(recorded):
        return None
    return f"its id {said.id.decode()} does not follow from its content"


def named_by_content(subject: bytes, said: Attributes) -> bool:
    """Whether the event's id is that of its bytes. Old ones have ids that were made otherwise."""
    return content_id(subject, said.aggregateversion, said.type, said.data).encode() == said.id


def _named_by_sorted_content(recorded: Recorded) -> bool:
    event = recorded.event
    return event.id == sorted_content_id(recorded.aggregate, event.aggregateversion, event.type, event.data)
