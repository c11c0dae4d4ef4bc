"""Who may do what at a gateway that trades for real: roles, tokens that are wrong, revoked or never given."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.facts import NOON, started
from support.gateway import Gateway, executor_answering, running_gateway
from support.processes import running
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from arb.eventlog import EMPTY
from arb.gateway.domain.access import WRONG_PER_ADDRESS, WRONG_PER_CONNECTION
from arb.gateway.domain.requests import COMMANDS
from arb.messages import subjects
from arb.messages.events.engine import EngineStarted
from arb.runtime.bus import Bus
from arb.runtime.gateway_tokens import holder, new_token
from arb.runtime.nats_server import EmbeddedNats

OPERATORS = ("start_engine", "stop_engine", "halt", "resume", "set_limits")
OPEN = ("ping", "authenticate")
TESTNET = {"STELLAR_NETWORK": "TESTNET"}
ALICE, WALL = new_token(), new_token()


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Alice operates, the screen on the wall looks on."""
    file = tmp_path / "tokens"
    write(file, "# the desk", str(holder("alice", "operator", ALICE)), str(holder("wall", "viewer", WALL)))
    return file


def write(file: Path, *lines: str) -> None:
    file.write_text("".join(f"{line}\n" for line in lines))


async def ask(client: ClientConnection, command: str, **fields: object) -> dict[str, Any]:
    await client.send(json.dumps({"command": command, "id": command, **fields}))
    async with asyncio.timeout(10):
        while True:
            reply: dict[str, Any] = json.loads(await client.recv())
            if reply.get("id") == command:
                return reply


async def refused(gateway: Gateway, token: str | None) -> set[str]:
    """The commands a client with this token may not send."""

    async def code(command: str) -> tuple[str, str | None]:
        async with connect(gateway.url, proxy=None) as client:
            if token is not None:
                assert (await ask(client, "authenticate", token=token))["type"] == "authenticated"
            return command, (await ask(client, command)).get("code")

    wanted = "unauthorized" if token is None else "forbidden"
    answers = await asyncio.gather(*(code(command) for command in COMMANDS if command != "authenticate"))
    assert {told for _, told in answers} <= {None, "unavailable", "no_limit_named", wanted}
    return {command for command, told in answers if told == wanted}


async def test_roles_allow_what_they_say_and_nothing_else(
    nats_server: EmbeddedNats, tmp_path: Path, tokens: Path
) -> None:
    async with running_gateway(tmp_path, nats_server.url, ARB_GATEWAY_TOKENS_FILE=str(tokens)) as gateway:
        assert await refused(gateway, None) == set(COMMANDS) - set(OPEN)
        assert await refused(gateway, WALL) == set(OPERATORS)
        assert await refused(gateway, ALICE) == set()
        assert ALICE not in gateway.service.log
        assert WALL not in gateway.service.log


@pytest.mark.parametrize(
    ("settings", "rights"),
    [
        ({}, set()),
        (TESTNET, set(OPERATORS)),
        ({"ARB_WS_HOST": "0.0.0.0"}, set(OPERATORS)),
        ({**TESTNET, "ARB_GATEWAY_ANONYMOUS": "none"}, set(COMMANDS) - set(OPEN)),
    ],
    ids=["local", "testnet", "open_to_others", "said"],
)
async def test_without_any_token_only_a_local_network_is_open(
    nats_server: EmbeddedNats, tmp_path: Path, settings: dict[str, str], rights: set[str]
) -> None:
    async with running_gateway(tmp_path, nats_server.url, **settings) as gateway:
        assert await refused(gateway, None) == rights
        # The log says so
        [line] = [
            line for line in map(json.loads, gateway.service.log.splitlines()) if line["event"] == "without_a_token"
        ]
        assert line["rights"] == {0: "operator", len(OPERATORS): "viewer"}.get(len(rights), "none")


async def test_the_holders_name_is_on_the_record(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path, tokens: Path
) -> None:
    settings = {**TESTNET, "ARB_GATEWAY_TOKENS_FILE": str(tokens)}
    async with (
        running_gateway(tmp_path, nats_server.url, **settings) as gateway,
        executor_answering(bus, nats_server.url),
        connect(gateway.url, proxy=None) as client,
    ):
        assert (await ask(client, "start_engine"))["code"] == "unauthorized"
        reply = await ask(client, "authenticate", token=ALICE)
        assert reply == {"type": "authenticated", "name": "alice", "role": "operator", "id": "authenticate"}
        assert (await ask(client, "start_engine"))["running"] is True

    [event] = await bus.store.load(subjects.ENGINE)
    assert isinstance(event.fact, EngineStarted)
    assert event.fact.by == "alice"


async def test_wrong_tokens_cost_time_the_connection_and_then_the_address(
    nats_server: EmbeddedNats, tmp_path: Path, tokens: Path
) -> None:
    async with running_gateway(tmp_path, nats_server.url, ARB_GATEWAY_TOKENS_FILE=str(tokens)) as gateway:

        async def guess() -> list[str]:
            """Codes until the connection is closed."""
            async with connect(gateway.url, proxy=None) as client:
                codes = [(await ask(client, "authenticate", token=new_token()))["code"] for _ in range(3)]
                with pytest.raises(ConnectionClosed) as closed:
                    await asyncio.wait_for(client.recv(), 10)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "too many wrong tokens")
            return codes

        async with connect(gateway.url, proxy=None) as early:
            assert (await ask(early, "authenticate", token=ALICE))["type"] == "authenticated"
            rounds = -(-WRONG_PER_ADDRESS // WRONG_PER_CONNECTION)
            codes = [code for each in await asyncio.gather(*(guess() for _ in range(rounds))) for code in each]
            assert set(codes) <= {"unauthorized", "too_many_attempts"}
            # Then not even a right one is looked at from there
            async with connect(gateway.url, proxy=None) as late:
                reply = await ask(late, "authenticate", token=ALICE)
                assert reply["code"] == "too_many_attempts"
                assert "try again in" in reply["error"]
            # And whoever is in already works on
            assert (await ask(early, "get_limits"))["code"] == "unavailable"
        assert "arbt_" not in gateway.service.log


async def test_a_revoked_token_ends_its_connections_and_a_new_one_works_at_once(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path, tokens: Path
) -> None:
    async with (
        running_gateway(tmp_path, nats_server.url, ARB_GATEWAY_TOKENS_FILE=str(tokens)) as gateway,
        connect(gateway.url, proxy=None) as alice,
        connect(gateway.url, proxy=None) as wall,
    ):
        for client, token in ((alice, ALICE), (wall, WALL)):
            assert (await ask(client, "authenticate", token=token))["type"] == "authenticated"
            assert (await ask(client, "subscribe", topics=["events"]))["type"] == "subscribed"
        # When the list names somebody else in place of alice
        bob = new_token()
        write(tokens, str(holder("bob", "operator", bob)), str(holder("wall", "viewer", WALL)))
        # Then she is out
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(alice.recv(), 15)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "the token was revoked")
        # The other one is not, and the new one is in
        await bus.store.append(subjects.ENGINE, started("me"), expected=EMPTY, time=NOON)
        assert json.loads(await asyncio.wait_for(wall.recv(), 10))["type"] == "event"
        async with connect(gateway.url, proxy=None) as client:
            assert (await ask(client, "authenticate", token=bob))["name"] == "bob"
            # When the list cannot be read any more, then it names nobody
            write(tokens, "what is this")
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(client.recv(), 15)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"ARB_GATEWAY_TOKENS_FILE": "nowhere"}, "ARB_GATEWAY_TOKENS_FILE: nowhere cannot be read: No such file"),
        ({"ARB_GATEWAY_TOKENS": f"alice:operator:{ALICE}"}, "ARB_GATEWAY_TOKENS is wrong: entry 1: what follows alice"),
        (
            {**TESTNET, "ARB_GATEWAY_ANONYMOUS": "operator"},
            "ARB_GATEWAY_ANONYMOUS is 'operator': on TESTNET who trades",
        ),
        ({"ARB_GATEWAY_ANONYMOUS": "all"}, "ARB_GATEWAY_ANONYMOUS='all' is wrong (input should be 'none', 'viewer'"),
    ],
    ids=["no_file", "no_hash", "open_testnet", "no_rights"],
)
async def test_wrong_settings_are_one_line_and_exit_code_2(
    nats_server: EmbeddedNats, tmp_path: Path, settings: dict[str, str], line: str
) -> None:
    environment = {"NATS_URL": nats_server.url, **settings}
    async with running("-m", "arb.gateway", directory=tmp_path, environment=environment) as service:
        code = await asyncio.wait_for(service.process.wait(), 20)

    assert code == 2
    assert line in service.log.splitlines()[-1]
    assert ALICE not in service.log


async def test_a_list_others_can_write_is_not_believed(nats_server: EmbeddedNats, tmp_path: Path, tokens: Path) -> None:
    os.chmod(tokens, 0o666)  # noqa: PTH101
    environment = {"NATS_URL": nats_server.url, "ARB_GATEWAY_TOKENS_FILE": str(tokens)}
    async with running("-m", "arb.gateway", directory=tmp_path, environment=environment) as service:
        assert await asyncio.wait_for(service.process.wait(), 20) == 2
    assert "can be written by others" in service.log
