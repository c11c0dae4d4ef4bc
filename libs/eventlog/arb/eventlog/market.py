"""The MARKET stream: what the scanner saw, ledger by ledger. It is bounded, and no event depends on it."""

from collections.abc import AsyncGenerator

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from arb.eventlog.errors import StoreUnavailableError, StreamMissingError
from arb.eventlog.ordered import OrderedReading
from arb.eventlog.record import Stored
from arb.messages.subjects import MARKET
from arb.messages.topology import MARKET_STREAM

READ_PATIENCE = 10.0
"""Seconds a reading waits for a server that does not answer."""


class JetStreamMarketLog:
    """Messages of the market record in the order they were stored. `ack_timeout` in seconds."""

    def __init__(self, connection: Client, *, ack_timeout: float = 2.0) -> None:
        self._connection = connection
        self._js = connection.jetstream(timeout=ack_timeout)
        self._ack_timeout = ack_timeout

    async def append(self, subject: str, message: bytes) -> None:
        """Store a message durably, once. Raises StoreUnavailableError: whether it was stored is then not known."""
        try:
            await self._js.publish(subject, message, timeout=self._ack_timeout, stream=MARKET_STREAM.name)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"{subject} was not stored: {error}") from error

    async def last_sequence(self) -> int:
        """Sequence of the newest message, 0 when there never was one. Raises StoreUnavailableError."""
        try:
            return (await self._js.stream_info(MARKET_STREAM.name)).state.last_seq
        except nats.js.errors.NotFoundError as error:
            raise StreamMissingError(f"stream {MARKET_STREAM.name} does not exist: run the provisioner") from error
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"stream {MARKET_STREAM.name} does not answer: {error}") from error

    async def replay_batches(self, *, upto: int) -> AsyncGenerator[list[Stored], None]:
        """What is still kept of the messages up to and including `upto`. Raises StoreUnavailableError."""
        async with OrderedReading(
            self._connection, MARKET_STREAM.name, f"{MARKET}.>", after=0, upto=upto, patience=READ_PATIENCE
        ) as messages:
            while batch := await messages.batch():
                yield batch
