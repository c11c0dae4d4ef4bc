"""`arb send`: one command to the WebSocket gateway, and its answer."""

import asyncio
import contextlib
import json
import uuid
from typing import Any

import click
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake, InvalidURI
from websockets.uri import parse_uri

from arb.cli.credentials import token_for
from arb.cli.output import Exit, fail, print_json

DEFAULT_URL = "ws://127.0.0.1:8768"


class NotTheGatewayError(Exception):
    """What answers does not speak the gateway's protocol."""


@click.command()
@click.argument("request")
@click.option("--url", default=DEFAULT_URL, envvar="ARB_WS_URL", show_default=True, help="The gateway.")
@click.option(
    "--timeout", default=5.0, show_default=True, type=click.FloatRange(0.1), help="Seconds to wait for the answer."
)
@click.option("--listen", default=0.0, type=click.FloatRange(0), help="Seconds to go on printing what is pushed.")
@click.option("--json", "as_json", is_flag=True, help="Answers on one line each (the default here as well).")
def command(request: str, url: str, timeout: float, listen: float, as_json: bool) -> None:
    """Send REQUEST, such as '{"command": "get_status"}', and print the answer.

    The token is that of ARB_GATEWAY_TOKEN_FILE or ARB_GATEWAY_TOKEN, else the one the newest run on this machine left
    for its owner. Exit code 1 when the answer is an error, 2 when REQUEST is not a JSON object, 3 when the gateway does
    not answer.
    """
    message = _request(request)
    try:
        parse_uri(url)
    except (InvalidURI, ValueError):
        fail(f"--url {url!r} is not a WebSocket address; write it like {DEFAULT_URL}", Exit.USAGE)
    try:
        reply = asyncio.run(_exchange(url, message, token_for(url), timeout, listen))
    except TimeoutError:
        fail(f"no answer from {url} within {timeout:g} s", Exit.UNREACHABLE)
    except NotTheGatewayError as error:
        fail(f"{url} is not the gateway: {error}", Exit.UNREACHABLE)
    except ConnectionClosed as closed:
        fail(f"the gateway at {url} closed the connection: {closed}", Exit.UNREACHABLE)
    except BrokenPipeError:
        raise
    except (OSError, InvalidHandshake) as error:
        fail(f"no gateway at {url}: {error}", Exit.UNREACHABLE)
    if reply.get("type") == "error":
        raise SystemExit(Exit.NEGATIVE)


def _request(text: str) -> dict[str, Any]:
    """REQUEST as an object that has an id."""
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        fail(f"REQUEST is not JSON: {error}", Exit.USAGE)
    if not isinstance(message, dict):
        fail(f"REQUEST is a JSON {type(message).__name__}, expected an object", Exit.USAGE)
    if message.get("command") == "authenticate":
        fail("a token is never an argument: use ARB_GATEWAY_TOKEN_FILE; one given so counts as leaked", Exit.USAGE)
    if message.get("id") is None:
        message["id"] = uuid.uuid4().hex
    return message


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


async def _exchange(
    url: str, message: dict[str, Any], token: str | None, timeout: float, listen: float
) -> dict[str, Any]:
    async with connect(url, proxy=None, open_timeout=timeout, max_size=None) as socket:
        if token is not None and (refused := await _authenticated(socket, token, timeout)) is not None:
            print_json(refused)
            return refused
        await socket.send(json.dumps(message))
        async with asyncio.timeout(timeout):
            reply = await _until_answer(socket, message["id"])
        with contextlib.suppress(TimeoutError, ConnectionClosedOK):
            async with asyncio.timeout(listen):
                while listen:
                    print_json(_read(await socket.recv()))
        return reply


async def _authenticated(socket: ClientConnection, token: str, timeout: float) -> dict[str, Any] | None:
    """None when the gateway took the token, else its answer."""
    await socket.send(json.dumps({"command": "authenticate", "token": token, "id": "authenticate"}))
    async with asyncio.timeout(timeout):
        reply = _read(await socket.recv())
    return reply if reply.get("type") == "error" else None


async def _until_answer(socket: ClientConnection, id_: object) -> dict[str, Any]:
    while True:
        received = _read(await socket.recv())
        print_json(received)
        # What the gateway cannot read it cannot echo the id of either.
        if received.get("id") == id_ or (received.get("type") == "error" and "id" not in received):
            return received


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise NotTheGatewayError(f"it sent {text[:60]!r}")
    return message
