"""Event store on JetStream with expected versions, and its in-memory twin."""

from arb.eventlog.decider import Decider
from arb.eventlog.jetstream import JetStreamEventStore
from arb.eventlog.keeper import Aggregated, Keeper
from arb.eventlog.memory import MemoryEventStore, MemoryStream
from arb.eventlog.ports import EventStore, Subscription
from arb.eventlog.provision import provision
from arb.eventlog.record import EMPTY, Head, Recorded, Stored

__all__ = [
    "EMPTY",
    "Aggregated",
    "Decider",
    "EventStore",
    "Head",
    "JetStreamEventStore",
    "Keeper",
    "MemoryEventStore",
    "MemoryStream",
    "Recorded",
    "Stored",
    "Subscription",
    "provision",
]
