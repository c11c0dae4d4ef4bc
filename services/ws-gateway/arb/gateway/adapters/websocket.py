"""The WebSocket server: connections, bounded outgoing queues, limits against abuse."""

import asyncio
import contextlib
import http
import itertools
import logging
from collections.abc import Iterator, Sequence

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response
from websockets.typing import Origin

from arb.gateway.app.commands import CommandDesk
from arb.gateway.domain import replies
from arb.gateway.domain.requests import RequestError, parse
from arb.runtime.gateway_tokens import Holder

log = structlog.get_logger(__name__)

_QUIET = logging.getLogger("websockets.server")
"""Of the library's own log nothing is kept: it has a trace for every stranger who cannot shake hands."""
_QUIET.setLevel(logging.CRITICAL)

MAX_MESSAGE_BYTES = 64 * 1024
QUEUE_LENGTH = 512
"""Pushes a client may lag behind before it is disconnected with 1013 (try again later)."""
CLOSE_TRY_AGAIN_LATER = 1013
CLOSE_POLICY = 1008
CLOSE_SECONDS = 10.0
"""How long a client that is too slow may take to read what is on its way and the reason it is disconnected for."""


class Connection:
    """One client: what it subscribed to, and what is still to be sent to it."""

    def __init__(self, socket: ServerConnection, name: str) -> None:
        self.name = name
        self.address = str((socket.remote_address or ("unknown",))[0])
        self.holder: Holder | None = None
        self.wrong_tokens = 0
        self.topics: set[str] = set()
        self.live_after = 0
        self._socket = socket
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(QUEUE_LENGTH)
        self._read_on = asyncio.Event()
        self._disconnecting: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    def push(self, text: str) -> None:
        """Queue a message that is already JSON; a client whose queue is full is disconnected, not waited for."""
        if self._leaving is None:
            self._queue(text)

    def _queue(self, text: str) -> None:
        if self._disconnecting is not None:
            return
        try:
            self._outgoing.put_nowait(text)
        except asyncio.QueueFull:
            log.warning("client_too_slow", client=self.name, queued=QUEUE_LENGTH)
            told = "too slow: reconnect and subscribe again"
            self._disconnecting = asyncio.create_task(self._disconnect(CLOSE_TRY_AGAIN_LATER, told))

    def dismiss(self, reason: str) -> None:
        """Disconnect it with 1008, once it was sent what is queued and the reply that is being made."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave(reason))

    async def _leave(self, reason: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._outgoing.join()
        await self._disconnect(CLOSE_POLICY, reason)

    async def room(self) -> None:
        """Wait until no more than half of the queue is taken."""
        while self._outgoing.qsize() > QUEUE_LENGTH // 2:
            self._read_on.clear()
            await self._read_on.wait()

    async def _disconnect(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(code, reason)
        except TimeoutError:
            # close() waits for room in the socket's buffers, which a client that never reads will never make.
            self._socket.transport.abort()

    async def write(self) -> None:
        """Send what is queued until the connection ends."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                text = await self._outgoing.get()
                self._read_on.set()
                await self._socket.send(text)
                self._outgoing.task_done()

    async def read(self, desk: CommandDesk) -> None:
        """Answer requests one after the other until the connection ends."""
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                self._queue(replies.encode(await _answer(desk, text, self)))
                if self._leaving is not None:
                    await self._leaving


class WebSocketGateway:
    """Accepts clients on `host:port`; iterating gives those connected now.

    `origins`: pages that may connect; programs that send no Origin header always may.
    """

    def __init__(self, desk: CommandDesk, *, host: str, port: int, origins: Sequence[str], max_clients: int) -> None:
        self._desk = desk
        self._host = host
        self._port = port
        self._origins = [*(Origin(o) for o in origins), None]
        self._max_clients = max_clients
        self._clients: set[Connection] = set()
        self._numbers = itertools.count(1)
        self._server: Server | None = None

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._clients))

    def __len__(self) -> int:
        return len(self._clients)

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = await serve(
            self._serve,
            self._host,
            self._port,
            origins=self._origins,
            process_request=self._admit,
            max_size=MAX_MESSAGE_BYTES,
            server_header=None,
            logger=_QUIET,
        )

    async def stop(self) -> None:
        """Close every connection with 1001 and stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _admit(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        if len(self._clients) >= self._max_clients:
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "too many clients, try again later\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        # Many may have been admitted at the same moment.
        if len(self._clients) >= self._max_clients:
            await socket.close(CLOSE_TRY_AGAIN_LATER, "too many clients, try again later")
            return
        client = Connection(socket, f"ws-{next(self._numbers)}")
        self._clients.add(client)
        writer = asyncio.create_task(client.write())
        try:
            await client.read(self._desk)
        except Exception:
            log.exception("client_failed", client=client.name)
            raise
        finally:
            self._clients.discard(client)
            self._desk.left(client)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)


async def _answer(desk: CommandDesk, text: str | bytes, client: Connection) -> replies.Json:
    id_ = None
    try:
        request = parse(text)
        id_ = request.id
        reply = await desk.answer(request, client)
    except RequestError as failure:
        id_ = failure.id
        reply = replies.error(failure)
    except Exception:
        log.exception("request_failed", client=client.name)
        reply = replies.error(RequestError("internal", "the gateway failed on this request; its log says why"))
    return reply if id_ is None else {**reply, "id": id_}
