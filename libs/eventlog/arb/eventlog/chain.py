"""The law of an aggregate's chain: versions count up by one and every event names its predecessor's bytes."""

from collections.abc import Iterable

from arb.eventlog.errors import ChainBrokenError
from arb.eventlog.record import EMPTY, Head, Recorded
from arb.messages.envelope import content_id


def follow(head: Head, recorded: Recorded) -> Head:
    """The head after `recorded`, which must be the event right after `head`. Raises ChainBrokenError naming it."""
    event = recorded.event
    problem: str | None = None
    if event.subject != f"{recorded.aggregate.kind}/{recorded.aggregate.id}":
        problem = f"it says it belongs to {event.subject!r}"
    elif event.aggregateversion != head.version + 1:
        problem = f"it has aggregateversion {event.aggregateversion}, {head.version + 1} was due"
    elif event.prevhash != head.hash:
        problem = f"its prevhash {event.prevhash} is not the hash of the event before it, {head.hash}"
    elif recorded.sequence <= head.sequence:
        problem = f"its sequence is not after {head.sequence}"
    elif event.id != content_id(recorded.aggregate, event.aggregateversion, event.type, event.data):
        problem = f"its id {event.id} does not follow from its content"
    if problem is not None:
        raise ChainBrokenError(recorded.sequence, recorded.aggregate.subject, problem)
    return recorded.head


def verify(events: Iterable[Recorded], head: Head = EMPTY) -> Head:
    """The head after all `events` of one aggregate, in order. Raises ChainBrokenError at the first bad one."""
    for recorded in events:
        head = follow(head, recorded)
    return head
