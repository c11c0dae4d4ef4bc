"""Event store on JetStream with expected versions, and its in-memory twin."""

from arb.eventlog.decider import Decider
from arb.eventlog.jetstream import JetStreamEventStore
from arb.eventlog.keeper import Aggregated, Keeper
from arb.eventlog.memory import MemoryEventStore, MemoryStream
from arb.eventlog.ports import EventStore, Subscription
from arb.eventlog.provision import provision
from arb.eventlog.record import EMPTY, START, Head, Place, Recorded, Stored

__all__ = [
    "EMPTY",
    "START",
    "Aggregated",
    "Decider",
    "EventStore",
    "Head",
    "JetStreamEventStore",
    "Keeper",
    "MemoryEventStore",
    "MemoryStream",
    "Place",
    "Recorded",
    "Stored",
    "Subscription",
    "provision",
]
