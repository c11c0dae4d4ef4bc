"""A small client of the WebSocket gateway, for the launcher."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Json = dict[str, Any]


class GatewayError(Exception):
    """The gateway answered with an error. `code` is stable."""

    def __init__(self, message: str, code: str | None) -> None:
        super().__init__(message)
        self.code = code


class GatewayLostError(Exception):
    """The connection ended."""


class GatewayClient:
    """Requests and pushes over one connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._number = 0
        self._pushes: asyncio.Queue[Json | None] = asyncio.Queue()

    async def ask(self, command: str, *, timeout: float = 10.0, **fields: Any) -> Json:
        """Send a command and wait for its reply. Raises GatewayError, GatewayLostError, TimeoutError."""
        self._number += 1
        number = self._number
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self._socket.send(json.dumps({"command": command, "id": number, **fields}))
            async with asyncio.timeout(timeout):
                reply = await future
        except ConnectionClosed as closed:
            raise GatewayLostError(str(closed)) from None
        finally:
            self._waiting.pop(number, None)
        if reply.get("type") == "error":
            raise GatewayError(f"{command}: {reply.get('error')}", reply.get("code"))
        return reply

    async def next_push(self) -> Json:
        """The next push, oldest first. Raises GatewayLostError once the connection has ended and all were taken."""
        push = await self._pushes.get()
        if push is None:
            raise GatewayLostError
        return push

    async def read(self) -> None:
        """Sort what arrives into replies and pushes until the connection ends."""
        with suppress(ConnectionClosed):
            async for text in self._socket:
                message: Json = json.loads(text)
                waiting = self._waiting.get(message.get("id", -1))
                if waiting is None:
                    self._pushes.put_nowait(message)
                elif not waiting.done():
                    waiting.set_result(message)
        self._pushes.put_nowait(None)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(GatewayLostError())


@asynccontextmanager
async def gateway(url: str, token: str | None = None) -> AsyncIterator[GatewayClient]:
    """Connect to the gateway at `url`, as the holder of `token`. Raises GatewayError when it does not take that."""
    async with connect(url, proxy=None, max_size=None) as socket:
        client = GatewayClient(socket)
        reader = asyncio.create_task(client.read())
        try:
            if token is not None:
                await client.ask("authenticate", token=token)
            yield client
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
