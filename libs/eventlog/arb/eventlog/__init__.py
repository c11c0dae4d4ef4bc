"""Event store on JetStream with expected versions, and its in-memory twin."""

from arb.eventlog.jetstream import JetStreamEventStore
from arb.eventlog.memory import MemoryEventStore, MemoryStream
from arb.eventlog.ports import EventStore, Subscription
from arb.eventlog.provision import provision
from arb.eventlog.record import EMPTY, Head, Recorded, Stored
from arb.eventlog.repository import Aggregated, Repository

__all__ = [
    "EMPTY",
    "Aggregated",
    "EventStore",
    "Head",
    "JetStreamEventStore",
    "MemoryEventStore",
    "MemoryStream",
    "Recorded",
    "Repository",
    "Stored",
    "Subscription",
    "provision",
]
