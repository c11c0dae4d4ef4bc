"""Several RPC servers that lag, go back, hang, lie or serve another network: who is asked, and what is said of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from arb.contracts.errors import LaggingNode, NotConnected, OutcomeUnknown, Rejected, Unreachable, WrongNetwork
from arb.contracts.failover import MAX_LAG
from arb.contracts.http import HttpSession
from arb.contracts.rpc import RpcClient

OURS, OTHER = "Ours ; 2026", "Other ; 2026"


class Node:
    """An RPC server whose ledger, health and manners a test changes as it goes."""

    def __init__(self, ledger: int = 100, *, network: str = OURS) -> None:
        self.ledger = ledger
        self.network = network
        self.health = "healthy"
        self.url = ""
        self.asked: list[str] = []
        self.hangs_after_reading = False
        self.error: int | None = None
        self.status = 200

    async def handle(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.read())
        method = asked["method"]
        self.asked.append(method)
        if self.hangs_after_reading and method == "sendTransaction":
            await asyncio.sleep(60)
        if self.status != 200:
            return web.Response(status=self.status, text="<html>sorry</html>")
        answer: dict[str, object] = {"jsonrpc": "2.0", "id": asked["id"]}
        if self.error is not None and method != "getHealth":
            return web.json_response(answer | {"error": {"code": self.error, "message": "no"}})
        results: dict[str, object] = {
            "getHealth": {"status": self.health, "latestLedger": self.ledger, "oldestLedger": 1},
            "getNetwork": {"passphrase": self.network, "protocolVersion": 25},
            "getLatestLedger": {"id": "ab" * 32, "protocolVersion": 25, "sequence": self.ledger},
            "sendTransaction": {
                "status": "PENDING",
                "hash": "ab" * 32,
                "latestLedger": self.ledger,
                "latestLedgerCloseTime": "1",
            },
        }
        return web.json_response(answer | {"result": results[method]})


@asynccontextmanager
async def running(*nodes: Node) -> AsyncIterator[list[str]]:
    runners = []
    for node in nodes:
        app = web.Application()
        app.router.add_post("/", node.handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        node.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        runners.append(runner)
    try:
        yield [node.url for node in nodes]
    finally:
        for runner in runners:
            await runner.cleanup()


@asynccontextmanager
async def client(*nodes: Node, passphrase: str | None = None, timeout: float = 0.5) -> AsyncIterator[RpcClient]:
    async with running(*nodes) as urls, HttpSession(timeout=timeout) as http:
        rpc = RpcClient(urls, http=http, passphrase=passphrase)
        try:
            yield rpc
        finally:
            await rpc.close()


async def test_a_first_server_that_lags_is_found_out_although_it_never_fails() -> None:
    late, good = Node(100 - MAX_LAG - 1), Node(100)
    async with client(late, good) as rpc:
        assert (await rpc.get_latest_ledger()).sequence == 100
        assert late.asked == ["getHealth"]


async def test_a_server_within_the_allowed_lag_is_used() -> None:
    first, second = Node(100 - MAX_LAG), Node(100)
    async with client(first, second) as rpc:
        assert (await rpc.get_latest_ledger()).sequence == 100 - MAX_LAG


async def test_when_only_a_lagging_server_is_left_its_answer_is_refused() -> None:
    good, late = Node(100), Node(94)
    async with client(good, late) as rpc:
        assert (await rpc.get_health()).latest_ledger == 100
        good.status = 502
        with pytest.raises(LaggingNode, match=r"94.*100"):
            await rpc.get_health()
        late.ledger = 101
        assert (await rpc.get_health()).latest_ledger == 101


async def test_a_single_server_that_goes_back_is_not_believed() -> None:
    node = Node(100)
    async with client(node) as rpc:
        await rpc.get_health()
        node.ledger = 99  # two answers may overtake each other
        assert (await rpc.get_health()).latest_ledger == 99
        node.ledger = 50
        with pytest.raises(LaggingNode, match=r"50.*100"):
            await rpc.get_health()


async def test_a_server_that_calls_itself_unhealthy_is_asked_last() -> None:
    ill, good = Node(100), Node(100)
    ill.health = "unhealthy"
    async with client(ill, good) as rpc:
        await rpc.get_latest_ledger()
        assert "getLatestLedger" not in ill.asked


@pytest.mark.parametrize("code", [-32603, -32601, -32000])
async def test_an_error_of_the_server_is_asked_elsewhere_and_one_of_the_request_is_not(code: int) -> None:
    broken, good = Node(), Node()
    broken.error = code
    async with client(broken, good) as rpc:
        assert (await rpc.get_latest_ledger()).sequence == 100
    broken.error, good.asked = -32602, []
    async with client(broken, good) as rpc:
        with pytest.raises(Rejected):
            await rpc.get_latest_ledger()
        assert "getLatestLedger" not in good.asked


async def test_a_server_of_another_network_is_never_used() -> None:
    stranger, ours = Node(9_000, network=OTHER), Node(100)
    async with client(stranger, ours, passphrase=OURS) as rpc:
        assert (await rpc.get_latest_ledger()).sequence == 100
        assert (await rpc.send_transaction("AAAA")).status == "PENDING"
        assert set(stranger.asked) == {"getNetwork"}
    async with client(stranger, passphrase=OURS) as rpc:
        with pytest.raises(WrongNetwork, match="Other"):
            await rpc.send_transaction("AAAA")
        assert set(stranger.asked) == {"getNetwork"}


async def test_a_send_that_times_out_goes_to_the_next_server() -> None:
    hanging, good = Node(), Node()
    hanging.hangs_after_reading = True
    async with client(hanging, good) as rpc:
        assert (await rpc.send_transaction("AAAA")).status == "PENDING"
        assert hanging.asked.count("sendTransaction") == good.asked.count("sendTransaction") == 1


async def test_a_send_that_may_have_arrived_has_an_unknown_outcome() -> None:
    hanging, failing = Node(), Node()
    hanging.hangs_after_reading = True
    async with client(hanging, failing) as rpc:
        await rpc.get_health()
        failing.status = 429
        with pytest.raises(OutcomeUnknown, match="may have received"):
            await rpc.send_transaction("AAAA")


async def test_a_send_that_arrived_nowhere_is_known_to_have_failed() -> None:
    door = Node()
    door.status = 403
    async with client(door) as rpc:
        with pytest.raises(Unreachable) as refused:
            await rpc.send_transaction("AAAA")
        assert not isinstance(refused.value, OutcomeUnknown)
    async with HttpSession(timeout=1) as http:
        with pytest.raises(NotConnected):
            await RpcClient(["http://127.0.0.1:1"], http=http).send_transaction("AAAA")


async def test_a_lagging_server_that_took_the_bytes_leaves_the_outcome_unknown() -> None:
    good, late = Node(100), Node(50)
    async with client(good, late) as rpc:
        await rpc.get_health()
        good.status = 429
        with pytest.raises(OutcomeUnknown):
            await rpc.send_transaction("AAAA")


async def test_a_server_that_hangs_at_the_start_does_not_hold_up_the_first_request() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    hole = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    good = Node()
    async with running(good) as (url,), HttpSession(timeout=30) as http:
        rpc = RpcClient([url, hole], http=http)
        async with asyncio.timeout(5):
            assert (await rpc.get_latest_ledger()).sequence == 100
        await rpc.close()
    server.close()
