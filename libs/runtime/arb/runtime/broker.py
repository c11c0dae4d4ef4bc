"""The FastStream broker as every service uses it: endless reconnects, explicit acknowledgement, nothing declared."""

import logging
from collections.abc import Mapping
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from structlog.stdlib import BoundLogger

from arb.messages.topology import ConsumerSpec


def make_broker(url: str, service: str, log: BoundLogger) -> NatsBroker:
    """A broker for `service` that is not connected yet.

    Its default policy is MANUAL: FastStream's own default would throw a message away at the first exception.
    Handlers get the message itself (`decoder=undecoded`): injected by type it would pass through a thread each time.
    """
    return NatsBroker(
        url,
        name=f"{service}-handlers",
        inbox_prefix=f"_INBOX.{service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        graceful_timeout=1.0,
        ack_policy=AckPolicy.MANUAL,
        apply_types=False,
        logger=_HandlerLog(log),
        log_level=logging.DEBUG,
    )


def durable(spec: ConsumerSpec, *, wait: float = 1.0, workers: int = 1) -> dict[str, Any]:
    """Arguments of `router.subscriber(…)` that consume a durable of the topology; with one worker strictly in order.

    The provisioner owns stream and consumer, so nothing is declared here. The handler acknowledges by itself:
    `await message.ack()`, or `await message.nack(delay=…)` to see the message again. `wait` is the seconds one pull
    waits: a restarted server has forgotten the pull, so this is also how long deliveries then pause. The durable's
    name begins with the service's.

    ```
    router.subscriber(**durable(EXECUTOR_OPPORTUNITIES))(on_opportunity)
    ```
    """
    return {
        "subject": spec.filter_subject,
        "durable": spec.durable,
        "stream": JStream(spec.stream, declare=False),
        "pull_sub": PullSub(batch_size=1, timeout=wait),
        "ack_policy": AckPolicy.MANUAL,
        "max_workers": workers,
        "decoder": undecoded,
        # FastStream's own prefix would win over the connection's, and lies outside what a service may read.
        "inbox_prefix": f"_INBOX.{spec.durable.partition('-')[0]}.".encode(),
    }


async def undecoded(message: NatsMessage) -> NatsMessage:
    """A decoder that leaves reading to the handler."""
    return message


class _HandlerLog:
    """What FastStream says, as our log lines: its chatter at DEBUG, traces for errors of handlers only."""

    def __init__(self, log: BoundLogger) -> None:
        self._log = log

    def log(self, level: int, message: Any, /, *, exc_info: Any = None, extra: Mapping[str, Any] | None = None) -> None:
        fields = {name: value for name, value in (extra or {}).items() if value}
        if level >= logging.ERROR and exc_info:
            fields["exc_info"] = exc_info
        self._log.log(level if level > logging.INFO else logging.DEBUG, "handlers", said=str(message), **fields)
