"""The one provisioner: makes the streams and consumers of `arb.messages.topology` and brings changed ones in line."""

from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError

from arb.eventlog.errors import EventLogError, StoreUnavailableError
from arb.messages.topology import CONSUMERS, STREAMS, ConsumerSpec, StreamSpec


class ProvisioningError(EventLogError):
    """The server refuses a stream or consumer as the topology wants it: a person must decide."""


async def provision(connection: Client, *, replicas: int = 1) -> list[str]:
    """Create what is missing and reconcile what differs; safe to repeat. Returns what it did, one line each.

    Raises ProvisioningError when the server refuses a change, StoreUnavailableError when it does not answer.
    """
    js = connection.jetstream(timeout=5.0)
    done: list[str] = []
    try:
        for stream in STREAMS:
            done += await _stream(js, stream, replicas)
        for consumer in CONSUMERS:
            done += await _consumer(js, consumer)
    except APIError as error:
        raise ProvisioningError(f"the NATS server refuses the topology: {error.description}") from error
    except (nats.errors.Error, TimeoutError, OSError) as error:
        raise StoreUnavailableError(f"JetStream does not answer: {error}") from error
    return done


async def _stream(js: JetStreamContext, spec: StreamSpec, replicas: int) -> list[str]:
    wanted = StreamConfig(
        name=spec.name,
        subjects=list(spec.subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy(spec.discard),
        max_age=float(spec.max_age),
        max_bytes=spec.max_bytes or -1,
        deny_delete=spec.deny_delete,
        deny_purge=spec.deny_purge,
        max_msgs_per_subject=spec.per_subject or -1,
        allow_rollup_hdrs=bool(spec.per_subject),
        num_replicas=replicas,
        duplicate_window=120.0,
        allow_direct=True,
    )
    try:
        present = (await js.stream_info(spec.name)).config
    except NotFoundError:
        await js.add_stream(wanted)
        return [f"stream {spec.name} created"]
    differing = _differences(wanted, present)
    if not differing:
        return []
    await js.update_stream(wanted)
    return [f"stream {spec.name} changed: {', '.join(differing)}"]


async def _consumer(js: JetStreamContext, spec: ConsumerSpec) -> list[str]:
    wanted = ConsumerConfig(
        name=spec.durable,
        durable_name=spec.durable,
        filter_subject=spec.filter_subject,
        deliver_policy=DeliverPolicy(spec.deliver),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=spec.ack_wait,
        max_deliver=spec.max_deliver,
        max_ack_pending=spec.max_ack_pending,
    )
    try:
        present = (await js.consumer_info(spec.stream, spec.durable)).config
    except NotFoundError:
        await js.add_consumer(spec.stream, wanted)
        return [f"consumer {spec.durable} created"]
    differing = _differences(wanted, present)
    if not differing:
        return []
    await js.add_consumer(spec.stream, wanted)  # the same call updates a durable that exists
    return [f"consumer {spec.durable} changed: {', '.join(differing)}"]


def _differences(wanted: StreamConfig | ConsumerConfig, present: StreamConfig | ConsumerConfig) -> list[str]:
    """Names of the settings the topology states and the server holds otherwise."""
    asked: dict[str, Any] = {name: value for name, value in vars(wanted).items() if value is not None}
    return [name for name, value in asked.items() if getattr(present, name) != value]
