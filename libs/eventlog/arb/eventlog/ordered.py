"""One ordered, gap-free reading of the EVENTS stream that outlives reconnects and restarts of the server.

It is an ephemeral push consumer without acknowledgements. Whenever the consumer falls silent, skips, or the connection
was renewed, it is thrown away and a new one starts right after the last message that was handed out.
"""

import asyncio
import uuid
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
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
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
        while not self._finished:
            if self._inbox is None:
                await self._attach()
                continue
            message = await self._next_message()
            if message is None:
                await self._detach()
            elif message.headers is not None and "Status" in message.headers:
                if not await self._in_step(message, message.headers):
                    await self._detach()
            else:
                stored = await self._accept(message)
                if stored is not None:
                    return stored
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Stop reading and remove the consumer from the server, if it can be reached."""
        self._finished = True
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
        arrived = self._arrived = asyncio.Queue()

        async def arrive(message: Msg) -> None:
            arrived.put_nowait(message)

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

    async def _next_message(self) -> Msg | None:
        """The next arrival; None when the consumer is to be replaced."""
        if not self._arrived.empty():
            return self._arrived.get_nowait()
        waited = 0.0
        while waited < SILENCE_SECONDS:
            try:
                return await asyncio.wait_for(self._arrived.get(), POLL_SECONDS)
            except TimeoutError:
                waited += POLL_SECONDS
            if self._connection.stats["reconnects"] != self._reconnects or self._connection.is_closed:
                return None
        return None

    async def _in_step(self, status: Msg, headers: dict[str, str]) -> bool:
        """Answer flow control; whether a heartbeat agrees with what was delivered."""
        answer_to = status.reply or headers.get("Nats-Consumer-Stalled")
        if answer_to:
            await self._connection.publish(answer_to)
        if headers["Status"] != "100":  # the consumer was deleted, or its leader changed
            return False
        sent = headers.get("Nats-Last-Consumer")
        return sent is None or int(sent) == self._delivered

    async def _accept(self, message: Msg) -> Stored | None:
        """Hand out an arrival if it is the consumer's next; otherwise start anew."""
        meta = message.metadata
        if meta.sequence.consumer != self._delivered + 1:
            await self._detach()
            return None
        self._delivered = meta.sequence.consumer
        if self._upto is not None:
            if meta.sequence.stream > self._upto:
                self._finished = True
                return None
            self._finished = meta.sequence.stream == self._upto or meta.num_pending == 0
        self._after = meta.sequence.stream
        self._last_read = message.data
        return Stored(meta.sequence.stream, message.subject, message.data)
