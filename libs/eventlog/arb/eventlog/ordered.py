"""One ordered, gap-free reading of the EVENTS stream that outlives reconnects and restarts of the server.

It is an ephemeral push consumer without acknowledgements. Whenever the consumer falls silent, skips, or the connection
was renewed, it is thrown away and a new one starts right after the last message that was handed out.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from arb.eventlog.errors import HistoryChangedError, StoreUnavailableError, StreamWentBackwardsError
from arb.eventlog.record import Stored

HEARTBEAT_SECONDS = 1.0
SILENCE_SECONDS = 2.5
"""Two heartbeats and a half: the consumer is gone."""
POLL_SECONDS = 0.25
"""How often a waiting reading looks whether the connection was renewed."""


class OrderedReading:
    """Messages on `filter_subject` after sequence `after` (None: only new), endless or up to and including `upto`.

    `patience` bounds, in seconds, how long it waits for a server that does not answer; None = for ever.
    """

    def __init__(
        self,
        connection: Client,
        stream: str,
        filter_subject: str,
        *,
        after: int | None,
        upto: int | None = None,
        patience: float | None = None,
    ) -> None:
        self._connection = connection
        self._js: JetStreamContext = connection.jetstream(timeout=2.0)
        self._stream = stream
        self._filter = filter_subject
        self._after = after
        self._last_read: bytes | None = None
        self._upto = upto
        self._patience = patience
        self._inbox: Subscription | None = None
        self._consumer = ""
        self._delivered = 0
        self._reconnects = 0
        self._arrived: deque[Msg] = deque()
        self._bell = asyncio.Event()
        self._taken: deque[Stored] = deque()
        self._finished = False

    async def __aenter__(self) -> Self:
        if self._inbox is None:
            await self._attach()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Stored:
        """The next message. Raises HistoryChangedError, and StoreUnavailableError when patience ends."""
        if not self._taken:
            self._taken.extend(await self.batch())
            if not self._taken:
                raise StopAsyncIteration
        return self._taken.popleft()

    async def batch(self) -> list[Stored]:
        """All messages that have arrived, at least one unless the reading ends here. Raises what `__anext__` raises."""
        while not self._finished:
            if self._inbox is None:
                await self._attach()
            elif not (arrived := await self._arrivals()):
                await self._detach()
            elif taken := await self._take(arrived):
                self._after, self._last_read = taken[-1].sequence, taken[-1].raw
                return taken
        return []

    async def aclose(self) -> None:
        """Stop reading and remove the consumer from the server, if it can be reached."""
        self._finished = True
        self._taken.clear()
        consumer = self._consumer
        await self._detach()
        if consumer and self._connection.is_connected:
            with suppress(nats.errors.Error, TimeoutError):
                await self._js.delete_consumer(self._stream, consumer)

    async def _attach(self) -> None:
        """Start a consumer right after the last message handed out, waiting for the server as patience allows."""
        loop = asyncio.get_running_loop()
        deadline = None if self._patience is None else loop.time() + self._patience
        while True:
            if self._connection.is_closed:
                raise StoreUnavailableError("the connection to NATS is closed")
            # While disconnected a request would only be buffered and, sent late, leave an orphaned consumer behind.
            if self._connection.is_connected:
                try:
                    await self._start_consumer()
                except (nats.errors.Error, TimeoutError, OSError) as error:
                    problem = f"cannot read stream {self._stream}: {error}"
                    await self._detach()
                else:
                    return
            else:
                problem = f"cannot read stream {self._stream}: not connected to NATS"
            if deadline is not None and loop.time() > deadline:
                raise StoreUnavailableError(problem)
            await asyncio.sleep(0.1)

    async def _start_consumer(self) -> None:
        self._reconnects = self._connection.stats["reconnects"]
        last = (await self._js.stream_info(self._stream)).state.last_seq
        if self._after is None:
            self._after = last
        if self._after > last:
            raise StreamWentBackwardsError(self._after, last)
        await self._compare_history(self._after)
        self._delivered = 0
        arrived, bell = self._arrived, self._bell = deque[Msg](), asyncio.Event()

        async def arrive(message: Msg) -> None:
            arrived.append(message)
            bell.set()

        address = self._connection.new_inbox()
        self._inbox = await self._connection.subscribe(address, cb=arrive)
        consumer = await self._js.add_consumer(
            self._stream,
            ConsumerConfig(
                # Named by us: the request's subject then says name and filter, and permissions can tell it from one
                # that rewrites a durable. Asked for without a name, any reader may do that too.
                name=f"reading-{uuid.uuid4().hex}",
                deliver_subject=address,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self._after + 1,
                filter_subject=self._filter,
                ack_policy=AckPolicy.NONE,
                max_deliver=1,
                flow_control=True,
                idle_heartbeat=HEARTBEAT_SECONDS,
                mem_storage=True,
                num_replicas=1,
                inactive_threshold=30.0,
            ),
        )
        self._consumer = consumer.name
        if self._upto is not None and (consumer.num_pending == 0 or self._after >= self._upto):
            self._finished = True

    async def _compare_history(self, sequence: int) -> None:
        """The message handed out last must still be there as it was."""
        if self._last_read is None:
            return
        try:
            present = (await self._js.get_msg(self._stream, seq=sequence)).data or b""
        except nats.js.errors.NotFoundError:
            present = None
        if present != self._last_read:
            raise HistoryChangedError(sequence, f"message {sequence} is no longer the one that was read")

    async def _detach(self) -> None:
        inbox, self._inbox, self._consumer = self._inbox, None, ""
        if inbox is not None:
            with suppress(nats.errors.Error):
                await inbox.unsubscribe()

    async def _arrivals(self) -> list[Msg]:
        """What has arrived; nothing when the consumer is to be replaced."""
        waited = 0.0
        while not self._arrived and waited < SILENCE_SECONDS:
            self._bell.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._bell.wait()
            except TimeoutError:
                waited += POLL_SECONDS
            if not self._arrived and (
                self._connection.stats["reconnects"] != self._reconnects or self._connection.is_closed
            ):
                break
        arrived = list(self._arrived)
        self._arrived.clear()
        return arrived

    async def _take(self, arrived: Iterable[Msg]) -> list[Stored]:
        """Those that are the consumer's next, in order; at the first that is not, the consumer is given up."""
        taken: list[Stored] = []
        for message in arrived:
            if message.headers is not None and "Status" in message.headers:
                if not await self._in_step(message, message.headers):
                    await self._detach()
                    break
                continue
            sequence, number, pending = _place(message.reply)
            if number != self._delivered + 1:
                await self._detach()
                break
            self._delivered = number
            if self._upto is not None:
                self._finished = sequence >= self._upto or pending == 0
                if sequence > self._upto:
                    break
            taken.append(Stored(sequence, message.subject, message.data))
            if self._finished:
                break
        return taken

    async def _in_step(self, status: Msg, headers: dict[str, str]) -> bool:
        """Answer flow control; whether a heartbeat agrees with what was delivered."""
        answer_to = status.reply or headers.get("Nats-Consumer-Stalled")
        if answer_to:
            await self._connection.publish(answer_to)
        if headers["Status"] != "100":  # the consumer was deleted, or its leader changed
            return False
        sent = headers.get("Nats-Last-Consumer")
        return sent is None or int(sent) == self._delivered


def _place(reply: str) -> tuple[int, int, int]:
    """Sequence in the stream, number of the delivery, messages still to come: from a message's reply subject.

    `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<number>.<time>.<pending>`, or with a domain and an account
    after ACK and one token more at the end. nats-py reads it five times as slowly: it makes a date of the time.
    """
    fields = reply.rsplit(".", 4) if reply.count(".") == 8 else reply.rsplit(".", 5)
    return int(fields[1]), int(fields[2]), int(fields[4])
