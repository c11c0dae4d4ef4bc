"""The gateway between clients and a bus that has services, has none, or is away."""

import asyncio
import json
import signal
import socket
import time
from pathlib import Path

import pytest
from support.demo import free_port, until
from support.facts import NOON, started
from support.gateway import Gateway, executor_answering
from support.processes import running
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from arb.eventlog import EMPTY
from arb.messages import subjects
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

NEEDS_A_SERVICE = (
    "get_supported_assets",
    "start_engine",
    "stop_engine",
    "halt",
    "resume",
    "get_limits",
    "set_limits",
    "get_pnl",
    "get_status",
    "get_opportunities",
    "get_trades",
    "get_accounts",
)


async def test_what_no_service_answers_is_unavailable(gateway: Gateway) -> None:
    async def reply_to(command: str) -> tuple[str, str, str, float]:
        asked = time.monotonic()
        async with connect(gateway.url, proxy=None) as client:
            await client.send(json.dumps({"command": command, "id": command}))
            reply = json.loads(await asyncio.wait_for(client.recv(), 5))
        return reply["type"], reply["code"], reply["id"], time.monotonic() - asked

    replies = await asyncio.gather(*map(reply_to, NEEDS_A_SERVICE))

    assert [reply[:3] for reply in replies] == [("error", "unavailable", command) for command in NEEDS_A_SERVICE]
    # Sooner than clients give up: `arb send` waits five seconds
    assert max(waited for *_, waited in replies) < 4


async def test_start_engine_subscribes_to_the_log(gateway: Gateway, bus: Bus, nats_server: EmbeddedNats) -> None:
    async with executor_answering(bus, nats_server.url), connect(gateway.url, proxy=None) as client:
        await client.send('{"command":"start_engine","id":5}')
        messages = [json.loads(await asyncio.wait_for(client.recv(), 5)) for _ in range(2)]

    by_type = {message["type"]: message for message in messages}
    assert by_type["engine"]["running"] is True
    assert by_type["engine"]["id"] == 5
    # The line that tells of this very start reaches whoever asked for it
    assert by_type["log"]["log"].startswith("engine started in live mode by ws-")
    assert by_type["log"]["event"] == "arb.engine.started.v1"


async def test_a_message_that_is_no_event_keeps_nobody_from_the_next(gateway: Gateway, bus: Bus) -> None:
    async with connect(gateway.url, proxy=None) as client:
        await client.send('{"command":"subscribe"}')
        await client.recv()
        await bus.js.publish("arb.evt.trade.forged", b"not an event")
        await bus.store.append(subjects.ENGINE, started("me"), expected=EMPTY, time=NOON)

        assert (await until(client, lambda m: m["type"] == "log", within=5))["log"].endswith("by me")


async def test_a_bus_that_goes_away_and_comes_back(gateway: Gateway, bus: Bus, nats_server: EmbeddedNats) -> None:
    async with connect(gateway.url, proxy=None) as client:
        await client.send('{"command":"subscribe"}')
        await client.recv()
        # When the bus is away
        await nats_server.kill()
        await client.send('{"command":"start_engine","id":1}')
        refusal = json.loads(await asyncio.wait_for(client.recv(), 5))
        await client.send('{"command":"ping","id":2}')
        pong = json.loads(await client.recv())
        # Then it says so, and what needs no bus goes on
        assert (refusal["code"], refusal["id"], pong["type"]) == ("unavailable", 1, "pong")

        # When it is back
        await nats_server.start()
        async with executor_answering(bus, nats_server.url):
            await asyncio.sleep(1)
            # Then what was refused is not carried out after all
            assert await bus.store.last(subjects.ENGINE) is None
            # And the same request works, pushes included
            seen: set[str] = set()
            async with asyncio.timeout(15):
                while not {"engine", "log"} <= seen:
                    if "engine" not in seen:
                        await client.send('{"command":"start_engine","id":3}')
                    seen.add(json.loads(await client.recv())["type"])


@pytest.mark.parametrize("variable", ["ARB_WS_PORT", "ARB_HTTP_PORT", "ARB_HEALTH_PORT"])
async def test_a_port_in_use_is_one_line_and_exit_code_4(
    nats_server: EmbeddedNats, tmp_path: Path, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"ARB_WS_PORT": str(free_port()), "ARB_HTTP_PORT": str(free_port()), variable: str(port)}
        async with running(
            "-m", "arb.gateway", directory=tmp_path, environment={"NATS_URL": nats_server.url, **ports}
        ) as service:
            code = await asyncio.wait_for(service.process.wait(), 20)

    assert code == 4
    [line] = [json.loads(line) for line in service.log.splitlines()]
    assert line["reason"] == f"{variable}={port} cannot be used: Address already in use"


async def test_clients_are_told_when_it_stops(gateway: Gateway) -> None:
    async with connect(gateway.url, proxy=None) as client:
        began = time.monotonic()
        code = await gateway.service.stop(signal.SIGTERM, within=4)
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert code == 0
    assert time.monotonic() - began < 3
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
