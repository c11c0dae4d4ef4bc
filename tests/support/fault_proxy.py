"""A server between a service and its network that passes everything on, until a test has it fail, lie or fall back."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from stellar_sdk import TransactionEnvelope
from support.arbitrage import PASSPHRASE

Json = dict[str, Any]
BAD_SEQ_XDR = "AAAAAAAAAAD////7AAAAAA=="
"""A TransactionResult of code txBAD_SEQ."""


@dataclass
class Call:
    """One JSON-RPC request on its way."""

    method: str
    params: Json
    pass_on: Callable[[], Awaitable[Json]]
    """Sends it to the network and returns the result."""
    latest: Json
    """Newest ledger and its close time as the network last showed them."""


Answer = Json | web.Response
Fault = Callable[[Call], Awaitable[Answer]]
"""Stands in for the network in one call: a result, or a response that is none."""


async def unavailable(_: Call) -> Answer:
    """503; the network never hears of it."""
    return web.Response(status=503, text="upstream connect error")


async def unanswered(call: Call) -> Answer:
    """The network takes it, and whoever asked waits until his patience ends."""
    await call.pass_on()
    await asyncio.sleep(3_600)
    return web.Response()


async def cut(call: Call) -> Answer:
    """The network takes it, and the answer is half a line."""
    await call.pass_on()
    return web.Response(text='{"jsonrpc": "2.0", "resu', content_type="application/json")


def says(status: str, error: str | None = None, *, sent: bool = False) -> Fault:
    """Answers sendTransaction so, whether or not the network was given the envelope."""

    async def answer(call: Call) -> Answer:
        if sent:
            await call.pass_on()
        tx_hash = TransactionEnvelope.from_xdr(call.params["transaction"], PASSPHRASE).hash_hex()
        return {"status": status, "hash": tx_hash, "errorResultXdr": error, **call.latest}

    return answer


def behind(ledgers: int) -> Fault:
    """Answers getTransaction or getTransactions as it was so many ledgers ago."""

    async def answer(call: Call) -> Answer:
        result = await call.pass_on()
        seen = result["latestLedger"] - ledgers
        if "transactions" in result:
            known = [each for each in result["transactions"] if each["ledger"] <= seen]
            return {**result, "transactions": known, "latestLedger": seen}
        older = {"latestLedger": seen, "latestLedgerCloseTime": str(int(result["latestLedgerCloseTime"]) - ledgers)}
        if result["status"] != "NOT_FOUND" and result["ledger"] > seen:
            kept = {name: result[name] for name in ("oldestLedger", "oldestLedgerCloseTime")}
            return {"status": "NOT_FOUND", **kept, **older}
        return {**result, **older}

    return answer


class FaultProxy:
    """`url` serves what the network at `upstream` serves, but for the faults still to come."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession) -> None:
        self.url = ""
        self.met: Counter[str] = Counter()
        """Faults that came to pass, by name."""
        self._upstream = upstream
        self._session = session
        self._faults: defaultdict[str, deque[tuple[str, Fault]]] = defaultdict(deque)
        self._latest: Json = {"latestLedger": 1, "latestLedgerCloseTime": "0"}
        self._repeats = 0

    def next(self, method: str, *faults: tuple[str, Fault]) -> None:
        """What befalls the next calls of this method, one each."""
        self._faults[method].extend(faults)

    def go_back(self, times: int) -> None:
        """Repeat an old ledger before each of the next ones in the stream of ledgers."""
        self._repeats = times

    @property
    def quiet(self) -> bool:
        """Whether every fault has come to pass."""
        return not any(self._faults.values()) and not self._repeats

    async def rpc(self, request: web.Request) -> web.StreamResponse:
        """JSON-RPC."""
        asked = await request.json()
        method, waiting = asked["method"], self._faults[asked["method"]]

        async def pass_on() -> Json:
            async with self._session.post(f"{self._upstream}/rpc", json=asked) as response:
                answer: Json = await response.json()
            if "error" in answer:
                return answer
            result: Json = answer["result"]
            self._latest.update({name: result[name] for name in self._latest if name in result})
            return result

        answer: Answer
        if waiting:
            name, fault = waiting.popleft()
            self.met[name] += 1
            answer = await fault(Call(method, asked.get("params", {}), pass_on, self._latest))
        else:
            answer = await pass_on()
        if isinstance(answer, web.Response):
            return answer
        whole = answer if "error" in answer else {"jsonrpc": "2.0", "id": asked["id"], "result": answer}
        return web.json_response(whole)

    async def horizon(self, request: web.Request) -> web.StreamResponse:
        """Everything else, streams too."""
        where = f"{self._upstream}{request.rel_url}"
        headers = {name: request.headers[name] for name in ("Accept", "Last-Event-ID") if name in request.headers}
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(where, headers=headers, timeout=timeout) as source:
            response = web.StreamResponse(
                status=source.status, headers={"Content-Type": source.headers["Content-Type"]}
            )
            await response.prepare(request)
            old: deque[bytes] = deque(maxlen=4)
            async for chunk in source.content.iter_any():
                if self._repeats and len(old) == old.maxlen:
                    self._repeats -= 1
                    self.met["ledger number goes back"] += 1
                    await response.write(old[0])
                old.append(chunk)
                await response.write(chunk)
        return response


@asynccontextmanager
async def fault_proxy(upstream: str) -> AsyncIterator[FaultProxy]:
    """A proxy on a free port."""
    async with aiohttp.ClientSession() as session:
        proxy = FaultProxy(upstream, session)
        app = web.Application()
        app.router.add_post("/rpc", proxy.rpc)
        app.router.add_get("/{path:.*}", proxy.horizon)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield proxy
        finally:
            await runner.cleanup()
