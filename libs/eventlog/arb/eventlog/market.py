"""The MARKET stream: what the scanner saw, ledger by ledger. It is bounded, and no event depends on it."""

from collections.abc import AsyncIterator, Sequence

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js.api import Header

from arb.eventlog.errors import StoreUnavailableError, StreamMissingError
from arb.eventlog.jetstream import WRONG_LAST_SEQUENCE
from arb.eventlog.market_link import MarketEnd, hash_of, linked, unlinked
from arb.eventlog.ordered import OrderedReading
from arb.eventlog.record import Stored
from arb.messages.envelope import GENESIS_HASH
from arb.messages.subjects import MARKET
from arb.messages.topology import MARKET_STREAM

READ_PATIENCE = 10.0
"""Seconds a reading waits for a server that does not answer."""
ATTEMPTS = 20
"""Times an append starts anew because another scanner was first: each of them writes a few messages a ledger."""


class JetStreamMarketLog:
    """Messages of the market record in the order they were stored, each linked to the one before it.

    The link is to the newest message of the stream, whoever wrote it: scanners side by side and one after another make
    one chain. `ack_timeout` in seconds.
    """

    def __init__(self, connection: Client, *, ack_timeout: float = 2.0) -> None:
        self._connection = connection
        self._js = connection.jetstream(timeout=ack_timeout)
        self._ack_timeout = ack_timeout
        self._end: MarketEnd | None = None
        """The newest message, when it is surely known."""

    async def append(self, subject: str, record: bytes) -> None:
        """Store it durably, once. Raises StoreUnavailableError: whether it was stored is then not known."""
        for _ in range(ATTEMPTS):
            end, self._end = self._end or await self.end(), None
            message = linked(end.hash, record)
            try:
                self._end = await self._publish(subject, message, end.sequence)
            except nats.js.errors.APIError as error:
                if error.err_code not in WRONG_LAST_SEQUENCE:
                    raise StoreUnavailableError(f"{subject} was not stored: {error}") from error
                newest = await self.end()
                if newest.hash != hash_of(message):
                    continue  # another scanner was first
                self._end = newest
            except (nats.errors.Error, TimeoutError, OSError) as error:
                raise StoreUnavailableError(f"{subject} was not stored: {error}") from error
            return
        raise StoreUnavailableError(f"{subject} was not stored: others were first {ATTEMPTS} times in a row")

    async def end(self) -> MarketEnd:
        """The newest message; its hash is zeros when it has aged away. Raises StoreUnavailableError."""
        sequence = await self.last_sequence()
        if sequence == 0:
            return MarketEnd(0, GENESIS_HASH)
        try:
            message = await self._js.get_msg(MARKET_STREAM.name, seq=sequence, direct=False)
        except nats.js.errors.NotFoundError:
            return MarketEnd(sequence, GENESIS_HASH)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"stream {MARKET_STREAM.name} does not answer: {error}") from error
        return MarketEnd(sequence, hash_of(message.data or b""))

    async def last_sequence(self) -> int:
        """Sequence of the newest message, 0 when there never was one. Raises StoreUnavailableError."""
        try:
            return (await self._js.stream_info(MARKET_STREAM.name)).state.last_seq
        except nats.js.errors.NotFoundError as error:
            raise StreamMissingError(f"stream {MARKET_STREAM.name} does not exist: run the provisioner") from error
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"stream {MARKET_STREAM.name} does not answer: {error}") from error

    async def replay_stored(self, *, upto: int) -> AsyncIterator[Sequence[Stored]]:
        """What is still kept of the messages up to and including `upto`, as it is stored, links and all.

        Raises StoreUnavailableError.
        """
        async with OrderedReading(
            self._connection, MARKET_STREAM.name, f"{MARKET}.>", after=0, upto=upto, patience=READ_PATIENCE
        ) as messages:
            while batch := await messages.batch():
                yield batch

    async def replay_batches(self, *, upto: int) -> AsyncIterator[Sequence[Stored]]:
        """The same as it was recorded, without the links. Raises StoreUnavailableError."""
        async for batch in self.replay_stored(upto=upto):
            yield [stored._replace(raw=unlinked(stored.raw)) for stored in batch]

    async def _publish(self, subject: str, message: bytes, after: int) -> MarketEnd:
        ack = await self._js.publish(
            subject,
            message,
            timeout=self._ack_timeout,
            stream=MARKET_STREAM.name,
            headers={Header.EXPECTED_LAST_SEQUENCE.value: str(after)},
        )
        return MarketEnd(ack.seq, hash_of(message))
