"""Streams and durable consumers as data: the provisioner creates and reconciles exactly these."""

from dataclasses import dataclass
from typing import Literal

from arb.messages.subjects import DEADLETTER, EVERY_EVENT, MARKET, every


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One JetStream stream on file storage. `max_age` in seconds, `max_bytes` and `per_subject`: 0 = unlimited.

    A key-value bucket is one of which `per_subject` messages are kept for each key.
    """

    name: str
    subjects: tuple[str, ...]
    discard: Literal["new", "old"]
    deny_delete: bool
    deny_purge: bool
    max_age: int = 0
    max_bytes: int = 0
    per_subject: int = 0


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """One durable pull consumer. `ack_wait` in seconds."""

    stream: str
    durable: str
    filter_subject: str
    deliver: Literal["all", "new"] = "all"
    ack_wait: float = 30.0
    max_deliver: int = 5
    max_ack_pending: int = 256


EVENTS_STREAM = StreamSpec("EVENTS", (EVERY_EVENT,), discard="new", deny_delete=True, deny_purge=True)
MARKET_STREAM = StreamSpec(
    "MARKET", (f"{MARKET}.>",), discard="old", deny_delete=False, deny_purge=False, max_age=86_400, max_bytes=2**30
)
DEADLETTER_STREAM = StreamSpec(
    "DEADLETTER",
    (f"{DEADLETTER}.>", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>"),
    discard="old",
    deny_delete=False,
    deny_purge=False,
    max_bytes=2**28,
)
SNAPSHOTS_BUCKET = "SNAPSHOTS"
SNAPSHOTS_STREAM = StreamSpec(
    f"KV_{SNAPSHOTS_BUCKET}",
    (f"$KV.{SNAPSHOTS_BUCKET}.>",),
    discard="new",
    deny_delete=True,
    deny_purge=False,
    max_bytes=2**30,
    per_subject=1,
)
"""A bucket as key-value clients expect it (NATS ADR-8)."""
STREAMS = (EVENTS_STREAM, MARKET_STREAM, DEADLETTER_STREAM, SNAPSHOTS_STREAM)

EXECUTOR_OPPORTUNITIES = ConsumerSpec("EVENTS", "executor-opportunities", every("opportunity"))
CONSUMERS = (EXECUTOR_OPPORTUNITIES,)
