"""`arb send` against a server that does what a test wants, and against the gateway."""

import asyncio
import json
from pathlib import Path

from support.cli import arb
from support.gateway import running_gateway
from websockets.asyncio.server import ServerConnection, serve

from arb.runtime.nats_server import EmbeddedNats


async def answering(socket: ServerConnection) -> None:
    """A push first, as after `start_engine`; then the answer, or what the command asks for."""
    async for text in socket:
        request = json.loads(text)
        match request["command"]:
            case "gossip":
                await socket.send("good morning")
            case "hang_up":
                await socket.close(1011, "tired")
            case "silence":
                pass
            case "refuse":
                await socket.send('{"type":"error","code":"nope","error":"no","id":' + json.dumps(request["id"]) + "}")
            case "misread":
                await socket.send('{"type":"error","code":"malformed","error":"what?"}')
            case _:
                await socket.send('{"type":"log","log":"a line"}')
                await socket.send(json.dumps({"type": "pong", "id": request["id"]}))
                await socket.send('{"type":"log","log":"another"}')


ENDS = {
    "ping": (0, 2, ""),
    "refuse": (1, 1, ""),
    "misread": (1, 1, ""),
    "gossip": (3, 0, "is not the gateway: it sent 'good morning'"),
    "hang_up": (3, 0, "closed the connection: received 1011 (internal error) tired"),
    "silence": (3, 0, "within 2 s"),
}
"""Exit code, lines of output and complaint, by what the server does."""

UNSENDABLE = {
    ("{", "ws://127.0.0.1:1"): (2, "REQUEST is not JSON"),
    ("[1]", "ws://127.0.0.1:1"): (2, "REQUEST is a JSON list"),
    ('{"id":NaN}', "ws://127.0.0.1:1"): (2, "NaN is not a JSON value"),
    ("{}", "http://127.0.0.1:1"): (2, "is not a WebSocket address"),
    ("{}", "ws://127.0.0.1:99999"): (2, "is not a WebSocket address"),
    ("{}", "ws://127.0.0.1:1"): (3, "no gateway at"),
}


async def test_exit_code_and_output_say_how_it_went(tmp_path: Path) -> None:
    async with serve(answering, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        requests = [json.dumps({"command": command, "id": None}) for command in ENDS]
        outcomes = await asyncio.gather(
            *(arb("send", r, "--url", url, "--timeout", "2", "--json", directory=tmp_path) for r in requests)
        )

    for outcome, (code, lines, complaint) in zip(outcomes, ENDS.values(), strict=True):
        assert outcome.code == code, outcome
        assert len([json.loads(line) for line in outcome.out.splitlines()]) == lines
        assert len(outcome.err.splitlines()) == (1 if complaint else 0)
        assert complaint in outcome.err


async def test_what_cannot_be_sent_is_one_line(tmp_path: Path) -> None:
    outcomes = await asyncio.gather(
        *(arb("send", request, "--url", url, directory=tmp_path) for request, url in UNSENDABLE)
    )

    for outcome, (code, complaint) in zip(outcomes, UNSENDABLE.values(), strict=True):
        assert (outcome.code, outcome.out) == (code, ""), outcome
        assert complaint in outcome.complaint


async def test_the_gateway_answers_and_says_unavailable_while_no_service_does(
    nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    async with running_gateway(tmp_path, nats_server.url) as gateway:
        pong = await arb("send", '{"command":"ping","id":7}', directory=tmp_path, ARB_WS_URL=gateway.url)
        nobody = await arb("send", '{"command":"get_status"}', directory=tmp_path, ARB_WS_URL=gateway.url)

    assert (pong.code, pong.json) == (0, {"type": "pong", "id": 7})
    assert (nobody.code, nobody.json["code"]) == (1, "unavailable")
