"""`arb send`: one command to the WebSocket gateway, and its answer."""

import asyncio
import json
import uuid
from typing import Any

import click
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from arb.cli.output import Exit, fail, print_json

DEFAULT_URL = "ws://127.0.0.1:8768"


@click.command()
@click.argument("request")
@click.option("--url", default=DEFAULT_URL, envvar="ARB_WS_URL", show_default=True, help="The gateway.")
@click.option("--timeout", default=5.0, show_default=True, help="Seconds to wait for the answer.")
@click.option("--listen", default=0.0, help="Seconds to go on printing what is pushed.")
@click.option("--json", "as_json", is_flag=True, help="Answers on one line each (the default here as well).")
def command(request: str, url: str, timeout: float, listen: float, as_json: bool) -> None:
    """Send REQUEST, such as '{"command": "get_status"}', and print the answer.

    Exit code 1 when the answer is an error, 2 when REQUEST is not a JSON object, 3 when the gateway does not answer.
    """
    try:
        message = json.loads(request)
    except ValueError as error:
        fail(f"REQUEST is not JSON: {error}", Exit.USAGE)
    if not isinstance(message, dict):
        fail(f"REQUEST is {type(message).__name__}, expected a JSON object", Exit.USAGE)
    message.setdefault("id", uuid.uuid4().hex)
    try:
        reply = asyncio.run(_exchange(url, message, timeout, listen))
    except InvalidURI:
        fail(f"--url {url!r} is not a WebSocket address; write it like {DEFAULT_URL}", Exit.USAGE)
    except TimeoutError:
        fail(f"no answer from {url} within {timeout:g} s", Exit.UNREACHABLE)
    except (OSError, ConnectionClosed, InvalidHandshake) as error:
        fail(f"no gateway at {url}: {error}", Exit.UNREACHABLE)
    if reply.get("type") == "error":
        raise SystemExit(Exit.NEGATIVE)


async def _exchange(url: str, message: dict[str, Any], timeout: float, listen: float) -> dict[str, Any]:
    async with connect(url, proxy=None, open_timeout=timeout) as socket:
        await socket.send(json.dumps(message))
        async with asyncio.timeout(timeout):
            reply = await _until_answer(socket, message["id"])
        if listen > 0:
            try:
                async with asyncio.timeout(listen):
                    async for text in socket:
                        print_json(json.loads(text))
            except TimeoutError:
                pass
        return reply


async def _until_answer(socket: ClientConnection, id_: object) -> dict[str, Any]:
    while True:
        received: dict[str, Any] = json.loads(await socket.recv())
        print_json(received)
        if received.get("id") == id_:
            return received
