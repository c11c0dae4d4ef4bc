"""What clients can do to a gateway on real sockets, and what others notice of it: nothing."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.demo import until
from support.facts import NOON, started
from support.gateway import Gateway, running_gateway
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from arb.eventlog import EMPTY
from arb.messages import subjects
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

WRONG = {
    "{": "malformed",
    "[]": "malformed",
    '{"command":"ping","id":1e999}': "malformed",
    '{"command":"ping","id":' + "[" * 500 + "]" * 500 + "}": "malformed",
    '{"command":"sell_all","id":"a"}': "unknown_command",
    '{"command":"get_trades","limit":-1,"id":{"x":[null,2.5]}}': "invalid_field",
    '{"command":"ping","id":"\\ud800"}': "invalid_field",
}


async def ask(client: ClientConnection, text: str) -> dict[str, Any]:
    await client.send(text)
    async with asyncio.timeout(5):
        reply: dict[str, Any] = json.loads(await client.recv())
    return reply


async def still_answers(client: ClientConnection) -> None:
    assert await ask(client, '{"command":"ping","id":1}') == {"type": "pong", "id": 1}


@contextlib.asynccontextmanager
async def stalled(url: str) -> AsyncIterator[ClientConnection]:
    """A client with small buffers whose messages nobody takes."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = url.removeprefix("ws://").split(":")
    narrow.connect((host, int(port)))
    narrow.setblocking(False)
    async with connect(
        url, sock=narrow, proxy=None, compression=None, max_queue=1, ping_interval=None, close_timeout=1
    ) as client:
        yield client


async def _read_up(client: ClientConnection) -> None:
    while True:
        await client.recv()


async def test_wrong_requests_are_answered_and_the_connection_goes_on(gateway: Gateway) -> None:
    async with connect(gateway.url, proxy=None) as client:
        for request, code in WRONG.items():
            reply = await ask(client, request)

            assert (reply["type"], reply["code"]) == ("error", code), request
            assert isinstance(reply["error"], str)
            # An id that could be read is echoed
            assert reply.get("id") == (json.loads(request)["id"] if code != "malformed" else None)
        await still_answers(client)


async def test_a_binary_message_is_refused_as_malformed(gateway: Gateway) -> None:
    async with connect(gateway.url, proxy=None) as client:
        await client.send(b"\x00\xff")
        reply = json.loads(await client.recv())

        assert (reply["type"], reply["code"], "id" in reply) == ("error", "malformed", False)


async def test_any_id_is_echoed_as_it_was(gateway: Gateway) -> None:
    async with connect(gateway.url, proxy=None) as client:
        for id_ in (0, "", False, 2.5, "näme", [1, {"a": None}], {"deep": {"er": [1]}}):
            assert await ask(client, json.dumps({"command": "ping", "id": id_})) == {"type": "pong", "id": id_}


async def test_an_oversized_message_closes_1009_and_nobody_else_notices(gateway: Gateway) -> None:
    async with connect(gateway.url, proxy=None) as other, connect(gateway.url, proxy=None) as client:
        # 64 KiB is the limit, of what a compressed message becomes too
        await client.send('{"command":"ping","id":"' + "a" * 1_000_000 + '"}')
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(5):
                await client.recv()

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        await still_answers(other)


async def test_foreign_pages_are_refused_the_dashboard_and_programs_are_not(gateway: Gateway) -> None:
    own = f"http://127.0.0.1:{gateway.http_port}"
    for foreign in ("https://evil.example", "null", f"{own}.evil.example", f"https://evil.example#{own}"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(gateway.url, proxy=None, additional_headers={"Origin": foreign})
        assert refused.value.response.status_code == 403, foreign

    for headers in ({"Origin": own}, {"Origin": f"http://localhost:{gateway.http_port}"}, {}):
        async with connect(gateway.url, proxy=None, additional_headers=headers) as client:
            await still_answers(client)
    # Strangers at the door are no errors of ours
    assert "Traceback" not in gateway.service.log


async def test_one_client_too_many_gets_503_until_another_leaves(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    async with (
        running_gateway(tmp_path, nats_server.url, ARB_WS_MAX_CLIENTS="2") as gateway,
        connect(gateway.url, proxy=None) as first,
    ):
        async with connect(gateway.url, proxy=None) as second:
            with pytest.raises(InvalidStatus) as refused:
                await connect(gateway.url, proxy=None)
            assert refused.value.response.status_code == 503
            await still_answers(second)
        await still_answers(first)
        await asyncio.sleep(0.2)
        async with connect(gateway.url, proxy=None) as third:
            await still_answers(third)


@pytest.mark.timeout(60)
async def test_a_client_that_never_reads_is_closed_1013_while_another_gets_everything(
    gateway: Gateway, bus: Bus
) -> None:
    count, filler = 450, "x" * 20_000
    subscribe = '{"command":"subscribe","topics":["log","events"],"id":0}'
    async with stalled(gateway.url) as slow, connect(gateway.url, proxy=None, max_size=None) as quick:
        # Given two that subscribed, one of which stops reading
        for client in (slow, quick):
            assert (await ask(client, subscribe))["topics"] == ["events", "log"]

        # When more is pushed than is kept for one client
        async def read() -> list[str]:
            got: list[str] = []
            while len(got) < count:
                message = json.loads(await quick.recv())
                if message["type"] == "event":
                    got.append(message["event"]["data"]["by"][:3])
            return got

        reading = asyncio.create_task(read())
        head = EMPTY
        for n in range(count):
            head = (await bus.store.append(subjects.ENGINE, started(f"{n:03}{filler}"), expected=head, time=NOON)).head

        # Then the other one missed nothing
        async with asyncio.timeout(20):
            assert await reading == [f"{n:03}" for n in range(count)]
        await still_answers(quick)
        # And the one that did not read finds, once it does, why it was disconnected
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(_read_up(slow), 20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
    assert "client_too_slow" in gateway.service.log


async def test_unsubscribed_topics_are_no_longer_pushed(gateway: Gateway, bus: Bus) -> None:
    async with connect(gateway.url, proxy=None) as client:
        await ask(client, '{"command":"subscribe","topics":["log","engine"]}')
        await ask(client, '{"command":"unsubscribe","topics":["log"]}')
        await bus.store.append(subjects.ENGINE, started("someone"), expected=EMPTY, time=NOON)
        event = await until(client, lambda m: m["type"] != "subscribed", within=5)

        assert (event["type"], event["topic"], event["event"]["data"]["by"]) == ("event", "engine", "someone")
        assert (await ask(client, '{"command":"unsubscribe"}'))["topics"] == []
