"""`arb tokens`, and `arb send` with what it made: through a gateway on which nobody may trade without."""

import asyncio
import json
import stat
from pathlib import Path

import pytest
from support.cli import LONGEST_CALL, arb, launch
from support.demo import free_port
from support.gateway import executor_answering, running_gateway
from websockets.asyncio.client import connect

from arb.runtime.bus import Bus
from arb.runtime.gateway_tokens import new_token
from arb.runtime.nats_server import EmbeddedNats

START = '{"command": "start_engine"}'


async def test_a_token_is_made_used_and_taken_back(bus: Bus, nats_server: EmbeddedNats, tmp_path: Path) -> None:
    # Given a list with an operator, whose token went to a file, and a viewer's, which was printed
    settings = {"ARB_GATEWAY_TOKENS_FILE": "tokens"}
    made = await arb("tokens", "new", "alice", "--role", "operator", "--out", "own", directory=tmp_path, **settings)
    assert (made.code, made.out) == (0, "own\n")
    printed = (await arb("tokens", "new", "wall", "--json", directory=tmp_path, **settings)).json
    assert (printed["name"], printed["role"]) == ("wall", "viewer")
    for file in ("own", "tokens"):
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600
    listed = await arb("tokens", "list", directory=tmp_path, **settings)
    assert listed.out == "alice  operator\nwall  viewer\n"
    assert (tmp_path / "own").read_text().strip() not in (tmp_path / "tokens").read_text()

    gateway_settings = {**settings, "STELLAR_NETWORK": "TESTNET"}
    async with running_gateway(tmp_path, nats_server.url, **gateway_settings) as gateway:
        where = {"ARB_WS_URL": gateway.url}
        async with executor_answering(bus, nats_server.url):
            # When commands are sent without a token, with the viewer's, with a wrong one, and with the operator's
            nobody = await arb("send", START, directory=tmp_path, **where)
            viewer = await arb("send", START, directory=tmp_path, ARB_GATEWAY_TOKEN=printed["token"], **where)
            stranger = await arb("send", START, directory=tmp_path, ARB_GATEWAY_TOKEN=new_token(), **where)
            operator = await arb("send", START, directory=tmp_path, ARB_GATEWAY_TOKEN_FILE="own", **where)
        assert (nobody.code, nobody.json["code"]) == (1, "unauthorized")
        assert (viewer.code, viewer.json["code"]) == (1, "forbidden")
        assert (stranger.code, stranger.json["error"]) == (1, "nobody holds this token")
        assert (operator.code, json.loads(operator.out.splitlines()[-1])["running"]) == (0, True)
        # And once it is taken back it is nobody's
        assert (await arb("tokens", "revoke", "alice", directory=tmp_path, **settings)).code == 0
        late = await arb("send", START, directory=tmp_path, ARB_GATEWAY_TOKEN_FILE="own", **where)
        assert (late.code, late.json["error"]) == (1, "nobody holds this token")


async def test_what_cannot_be_done_is_one_line(tmp_path: Path) -> None:
    made = ("tokens", "new", "alice", "--file", "tokens")
    assert (await arb(*made, directory=tmp_path)).code == 0
    twice = await arb(*made, directory=tmp_path)
    assert (twice.code, "alice holds a token already" in twice.complaint) == (2, True)
    reserved = await arb("tokens", "new", "executor", "--file", "tokens", directory=tmp_path)
    assert (reserved.code, "is the platform's own" in reserved.complaint) == (2, True)
    unnamed = await arb("tokens", "list", directory=tmp_path)
    assert (unnamed.code, "which list?" in unnamed.complaint) == (2, True)
    unknown = await arb("tokens", "revoke", "bob", "--file", "tokens", directory=tmp_path)
    assert (unknown.code, "names no bob" in unknown.complaint) == (1, True)
    gone = await arb("send", START, directory=tmp_path, ARB_GATEWAY_TOKEN_FILE="nowhere")
    assert (gone.code, "cannot be used: No such file" in gone.complaint) == (2, True)
    token = new_token()
    argument = await arb("send", f'{{"command": "authenticate", "token": "{token}"}}', directory=tmp_path)
    assert (argument.code, "never an argument" in argument.complaint) == (2, True)
    assert token not in argument.complaint


def only_the_owner_can_read_the_token(directory: Path) -> bool:
    """In a file of the owner's alone, and in no other file of the run."""
    [left] = directory.glob(".arb/local-*/gateway-access.json")
    token = json.loads(left.read_text())["token"].encode()
    others = (file for file in left.parent.rglob("*") if file.is_file() and file != left)
    return stat.S_IMODE(left.stat().st_mode) == 0o600 and all(token not in file.read_bytes() for file in others)


@pytest.mark.timeout(150)
async def test_a_run_leaves_its_owner_a_way_in(tmp_path: Path) -> None:
    """Given a run whose gateway lets others look on only, then its own start works, and its owner's commands do."""
    ports = {"ARB_WS_PORT": str(free_port()), "ARB_HTTP_PORT": str(free_port())}
    settings = {**ports, "ARB_GATEWAY_ANONYMOUS": "viewer", "NUM_ACCOUNTS": "2"}
    url = {"ARB_WS_URL": f"ws://localhost:{ports['ARB_WS_PORT']}"}
    run = await launch("up", "--json", "--ledger-seconds", "0.5", directory=tmp_path, **settings)
    try:
        assert run.stdout is not None
        assert json.loads(await asyncio.wait_for(run.stdout.readline(), LONGEST_CALL))["ready"] is True
        async with connect(f"ws://127.0.0.1:{ports['ARB_WS_PORT']}", proxy=None) as stranger:
            await stranger.send('{"command": "halt"}')
            assert json.loads(await stranger.recv())["code"] == "unauthorized"
        halted = await arb("send", '{"command": "halt", "reason": "enough"}', directory=tmp_path, **url)
        assert (halted.code, halted.json["halted"]) == (0, "enough")
        limits = '{"command": "set_limits", "limits": {"max_open_trades": 1}}'
        assert (await arb("send", limits, directory=tmp_path, **url)).json["by"] == "owner"
        assert only_the_owner_can_read_the_token(tmp_path)
    finally:
        run.terminate()
        await asyncio.wait_for(run.communicate(), LONGEST_CALL)
