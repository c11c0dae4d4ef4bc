"""A service's own connection to NATS: the event store, and commands to other services."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import ValidationError
from structlog.stdlib import BoundLogger

from arb.eventlog import provision
from arb.eventlog.bucket import BucketCache
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.market import JetStreamMarketLog
from arb.messages.base import Message
from arb.messages.commands.base import Command
from arb.messages.reply import CommandError, Reply
from arb.messages.topology import CONSUMERS
from arb.runtime.errors import EXIT_NO_BUS, CommandFailed, CommandTimeout, StartupError
from arb.runtime.redaction import redact_text
from arb.runtime.service_store import ServiceStore

T = TypeVar("T", bound=Message)

NOBODY_POLL_SECONDS = 0.1
"""How often a command is sent again while no service listens for it."""


class Bus:
    """One connection that reconnects for ever. Use `async with await Bus.connect(…) as bus`."""

    def __init__(self, connection: Client, source: str, troubles: "_Troubles") -> None:
        self._connection = connection
        self._troubles = troubles
        self.js: JetStreamContext = connection.jetstream(timeout=2.0)
        self.store = ServiceStore(connection, source)
        self.market = JetStreamMarketLog(connection)
        self.snapshots = BucketCache(connection, source.rpartition("/")[2])

    @classmethod
    async def connect(cls, url: str, service: str, log: BoundLogger, *, limit: float = 30.0) -> "Bus":
        """Connect, with one log line a second while NATS cannot be reached.

        Raises StartupError (exit code 3) after `limit` seconds.
        """
        troubles = _Troubles(log, redact_text(url))
        try:
            async with asyncio.timeout(limit):
                connection = await nats.connect(
                    url,
                    name=service,
                    inbox_prefix=f"_INBOX.{service}",
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.2,
                    error_cb=troubles.error,
                    disconnected_cb=troubles.disconnected,
                    reconnected_cb=troubles.reconnected,
                )
        except (nats.errors.Error, TimeoutError, OSError) as error:
            reason = troubles.last or str(error) or f"no answer in {limit:g} s"
            raise StartupError(f"NATS_URL={redact_text(url)} cannot be used: {reason}", EXIT_NO_BUS) from error
        return cls(connection, f"/arb/{service}", troubles)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """The server it is connected to, password and all: for the environment of a process that reads for this one."""
        server = self._connection.connected_url
        return "" if server is None else server.geturl()

    @property
    def server_id(self) -> str:
        """Names the server it is or was last connected to, in this life of the server: no two starts have the same."""
        return str(self._connection._server_info.get("server_id", ""))

    @property
    def connected(self) -> bool:
        """Whether the server can be reached right now."""
        return self._connection.is_connected

    async def check(self) -> str | None:
        """Health: None when the server answers for the EVENTS stream, else what is wrong."""
        try:
            await self.store.last_sequence()
        except StoreUnavailableError as error:
            return str(error)
        return None

    async def provision(self, *, replicas: int = 1) -> list[str]:
        """Create and reconcile streams and consumers; what was done, one line each. Raises what `provision` does."""
        return await provision(self._connection, replicas=replicas)

    async def wait_provisioned(self, service: str, log: BoundLogger, *, limit: float = 30.0) -> None:
        """Return once the EVENTS stream and the durables of `service` exist.

        To consume a durable that does not exist would silently create it with settings of the client's own.
        Raises StartupError (exit code 3) after `limit` seconds.
        """
        deadline = time.monotonic() + limit
        while (missing := await self._missing(service)) is not None:
            if time.monotonic() > deadline:
                raise StartupError(f"{missing} (python -m arb.runtime.provision)", EXIT_NO_BUS)
            log.info("waiting_for_streams", reason=missing)
            await asyncio.sleep(1.0)

    async def _missing(self, service: str) -> str | None:
        """What the provisioner has not made yet, or None."""
        try:
            await self.store.last_sequence()
        except StoreUnavailableError as error:
            return str(error)
        for consumer in CONSUMERS:
            if consumer.durable.startswith(f"{service}-"):
                try:
                    await self.js.consumer_info(consumer.stream, consumer.durable)
                except (nats.errors.Error, TimeoutError, OSError):
                    return f"consumer {consumer.durable} does not exist: run the provisioner"
        return None

    async def request(self, command: Command, result_type: type[T], timeout: float = 5.0) -> T:
        """Send a command and return its result.

        Raises CommandFailed with the answering service's typed error, CommandTimeout when nobody answers within
        `timeout` seconds: whether the command was carried out is then unknown, the same command may be sent again.
        """
        payload = command.model_dump_json().encode()
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if not self.connected:
                # It would be buffered, and carried out long after whoever asked had given up.
                if left < NOBODY_POLL_SECONDS:
                    raise CommandTimeout(f"{command.subject} was not sent: NATS cannot be reached")
                await asyncio.sleep(NOBODY_POLL_SECONDS)
                continue
            try:
                answer = await self._connection.request(command.subject, payload, timeout=max(left, 0.001))
            except nats.errors.NoRespondersError:
                if left < NOBODY_POLL_SECONDS:
                    raise CommandTimeout(f"no service listens for {command.subject}") from None
                await asyncio.sleep(NOBODY_POLL_SECONDS)
                continue
            except (nats.errors.Error, TimeoutError, OSError) as error:
                raise CommandTimeout(f"no answer to {command.subject} in {timeout:g} s") from error
            return _result(command, result_type, answer.data)

    async def publish(self, subject: str, message: Message) -> None:
        """Send a message that nobody has to receive: no acknowledgement, no store."""
        await self._connection.publish(subject, message.model_dump_json().encode())

    async def publish_stored(self, subject: str, message: Message) -> None:
        """Send a message into the stream that covers `subject` and wait until it is stored.

        Raises StoreUnavailableError: send it again.
        """
        try:
            await self.js.publish(subject, message.model_dump_json().encode())
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"{subject} was not stored: {error}") from error

    async def stored_in(self, stream: str) -> AsyncIterator[tuple[int, str | None, str, bytes]]:
        """Sequence, time of storage, subject and bytes of all that a stream holds now: for short streams.

        Raises StoreUnavailableError.
        """
        try:
            state = (await self.js.stream_info(stream)).state
            for sequence in range(max(1, state.first_seq), state.last_seq + 1):
                try:
                    message = await self.js.get_msg(stream, sequence, direct=False)
                except nats.js.errors.NotFoundError:
                    continue  # made room for newer ones meanwhile
                when = message.time.isoformat() if message.time else None
                yield sequence, when, message.subject or "", message.data or b""
        except (nats.errors.Error, TimeoutError, OSError) as error:
            raise StoreUnavailableError(f"stream {stream} does not answer: {error}") from error

    async def close(self) -> None:
        """Send what is buffered, for at most a second, and close."""
        if self._connection.is_connected:
            with suppress(nats.errors.Error, TimeoutError, OSError):
                await self._connection.flush(timeout=1)
        self._troubles.closing = True
        # While disconnected nats-py writes to a transport that is gone; there is nothing left to lose by then.
        with suppress(nats.errors.Error, OSError, RuntimeError):
            await self._connection.close()


def _result(command: Command, result_type: type[T], answer: bytes) -> T:
    try:
        reply: Reply[T] = Reply[result_type].model_validate_json(answer)  # type: ignore[valid-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise CommandFailed("bad_reply", f"the answer to {command.subject} is not understood: {first}") from error
    if reply.result is None:
        refusal = reply.error or CommandError(code="bad_reply", message="the answer is empty")
        raise CommandFailed(refusal.code, refusal.message, retryable=refusal.retryable)
    return reply.result


class _Troubles:
    """Connection troubles as log lines: the same trouble at most once a second."""

    def __init__(self, log: BoundLogger, url: str) -> None:
        self._log = log
        self._url = url
        self._said_at: dict[str, float] = {}
        self.last = ""
        self.closing = False

    async def error(self, error: Exception) -> None:
        self.last = str(error) or type(error).__name__
        now = time.monotonic()
        if now - self._said_at.get(self.last, -1.0) >= 1.0:
            self._said_at = {self.last: now}
            self._log.warning("bus_trouble", url=self._url, error=self.last)

    async def disconnected(self) -> None:
        if not self.closing:
            self._log.warning("bus_disconnected", url=self._url)

    async def reconnected(self) -> None:
        self._log.info("bus_reconnected", url=self._url)
