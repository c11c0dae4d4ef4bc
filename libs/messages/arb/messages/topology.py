"""Streams and durable consumers as data: the provisioner creates and reconciles exactly these."""

from dataclasses import dataclass
from typing import Literal

from arb.messages.subjects import DEADLETTER, EVERY_EVENT, MARKET, every


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One JetStream stream on file storage. `max_age` in seconds and `max_bytes`: 0 = unlimited."""

    name: str
    subjects: tuple[str, ...]
    discard: Literal["new", "old"]
    deny_delete: bool
    deny_purge: bool
    max_age: int = 0
    max_bytes: int = 0


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
STREAMS = (EVENTS_STREAM, MARKET_STREAM, DEADLETTER_STREAM)

EXECUTOR_OPPORTUNITIES = ConsumerSpec("EVENTS", "executor-opportunities", every("opportunity"))
CONSUMERS = (EXECUTOR_OPPORTUNITIES,)
