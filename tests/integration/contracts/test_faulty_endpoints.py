"""Endpoints that are down, lie, lag or ask for patience: the next one answers, and errors say how to react."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from arb.contracts.errors import (
    Malformed,
    NetworkError,
    NotFound,
    RateLimited,
    Rejected,
    Unreachable,
)
from arb.contracts.horizon import HorizonClient
from arb.contracts.http import HttpSession
from arb.contracts.rpc import RpcClient

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server that treats every request the same way."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def rpc_at(ledger: int) -> Handler:
    """A healthy RPC server whose newest ledger is this one."""

    async def handle(request: web.Request) -> web.Response:
        asked = json.loads(await request.read())
        result = {"status": "healthy", "latestLedger": ledger, "oldestLedger": 1}
        return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    return handle


def answering(status: int, body: str, **headers: str) -> Handler:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers={"Content-Type": "application/json", **headers})

    return handle


async def hanging(_: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


FAULTS: list[tuple[Handler, type[NetworkError]]] = [
    (answering(200, "<html>maintenance</html>"), Malformed),
    (answering(200, '{"jsonrpc": "2.0", "id": 1, "resu'), Malformed),
    (answering(200, "[]"), Malformed),
    (answering(200, '{"jsonrpc": "2.0", "id": 999999, "result": {}}'), Malformed),
    (answering(200, ""), Malformed),
    (answering(502, "bad gateway"), Unreachable),
    (answering(403, "forbidden"), Unreachable),
    (answering(404, "no such page"), NotFound),
    (answering(429, "slow down", **{"Retry-After": "7"}), RateLimited),
    (hanging, Unreachable),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS, ids=[str(index) for index in range(len(FAULTS))])
async def test_a_faulty_server_alone_is_an_error_and_beside_a_good_one_is_none(
    fault: Handler, error: type[NetworkError]
) -> None:
    async with serving(fault) as bad, serving(rpc_at(5)) as good, HttpSession(timeout=0.3) as http:
        with pytest.raises(error):
            await RpcClient([bad], http=http).get_health()
        assert (await RpcClient([bad, good], http=http).get_health()).latest_ledger == 5


async def test_a_server_that_does_not_listen_is_unreachable() -> None:
    async with HttpSession(timeout=1) as http, serving(rpc_at(5)) as good:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
            await RpcClient(["http://127.0.0.1:1"], http=http).get_health()
        assert (await RpcClient(["http://127.0.0.1:1", good], http=http).get_health()).latest_ledger == 5


async def test_a_server_that_failed_is_left_alone_for_a_while() -> None:
    asked = 0

    async def counting(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=500)

    async with serving(counting) as bad, serving(rpc_at(5)) as good, HttpSession() as http:
        client = RpcClient([bad, good], http=http)
        for _ in range(5):
            await client.get_health()
        assert asked == 1


async def test_a_protocol_error_is_final_and_not_asked_elsewhere() -> None:
    async def refusing(request: web.Request) -> web.Response:
        asked = json.loads(await request.read())
        error = {"code": -32602, "message": "invalid parameters"}
        return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "error": error})

    async with serving(refusing) as bad, serving(rpc_at(5)) as good, HttpSession() as http:
        with pytest.raises(Rejected, match="invalid parameters") as refused:
            await RpcClient([bad, good], http=http).get_transaction("ab" * 32)
        assert refused.value.code == -32602


async def test_patience_asked_for_is_told() -> None:
    async with serving(answering(429, "slow down", **{"Retry-After": "7"})) as url, HttpSession() as http:
        with pytest.raises(RateLimited) as limited:
            await HorizonClient(url, http=http).root()
        assert limited.value.retry_after == 7


async def test_a_problem_document_is_quoted_with_its_result_codes() -> None:
    codes = {"transaction": "tx_failed", "operations": ["op_already_exists"]}
    problem = {"title": "Transaction Failed", "detail": "it failed", "extras": {"result_codes": codes}}
    async with serving(answering(400, json.dumps(problem))) as url, HttpSession() as http:
        with pytest.raises(Rejected, match="it failed") as refused:
            await http.get_json(url)
        assert refused.value.result_codes == ("tx_failed", "op_already_exists")
        # and Friendbot's way of saying that an account exists is understood
        assert (await HorizonClient(url, http=http).friendbot(url, "G")).already_funded


async def test_the_ledger_stream_survives_byebyes_cuts_silence_and_errors() -> None:
    """Every connection ends differently; the ledgers still come once each, in order."""
    cursors: list[str] = []

    def event(sequence: int) -> bytes:
        ledger = {
            "sequence": sequence,
            "closed_at": f"2026-01-01T00:00:{sequence:02d}Z",
            "base_fee_in_stroops": 100,
            "base_reserve_in_stroops": 5_000_000,
            "paging_token": str(sequence * 2**32),
        }
        return b"id: x\ndata: " + json.dumps(ledger).encode() + b"\n\n"

    async def stream(request: web.Request) -> web.StreamResponse:
        cursors.append(request.query["cursor"])
        turn = len(cursors)
        if turn == 2:
            return web.Response(status=503)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b'retry: 1000\nevent: open\ndata: "hello"\n\n')
        if turn == 1:
            await response.write(event(1) + event(2)[:40])  # cut in the middle of an event
            assert request.transport is not None
            request.transport.close()
        elif turn == 3:
            await response.write(event(2)[:30])
            await response.write(event(2)[30:] + event(2) + b'data: "byebye"\n\n')
        elif turn == 4:
            await response.write(event(3))
            await asyncio.sleep(5)  # silence
        else:
            await response.write(event(4))
        return response

    async with serving(stream) as url, HttpSession() as http:
        seen = []
        async with asyncio.timeout(10):
            async for ledger in HorizonClient(url, http=http).stream_ledgers(silence=0.3):
                seen.append(ledger.sequence)
                if len(seen) == 4:
                    break
    assert seen == [1, 2, 3, 4]
    one, two, three = (str(sequence * 2**32) for sequence in (1, 2, 3))
    assert cursors == ["now", one, one, two, three]
