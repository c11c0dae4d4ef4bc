"""Two hundred pools behind an RPC server that counts: what reading their reserves costs in requests and in time."""

import json
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web
from stellar_sdk import scval, xdr
from support.stored_pools import LEDGER, Stored, contract_id

from arb.contracts.routes.call import Venue
from arb.contracts.rpc import RpcClient
from arb.contracts.venues.pool_entries import PoolAt, keys_of
from arb.contracts.venues.reserves import ReserveReader

POOLS: Final = 200
KEYS_A_REQUEST: Final = 200
DECODE_MS: Final = 15.0
_TIMES: Final = 60


def pools() -> tuple[list[PoolAt], Stored]:
    """Pools of the three venues in turn, each as its contract stores it, and no two alike."""
    stored, listed = Stored(), []
    for number in range(POOLS):
        venue = list(Venue)[number % len(Venue)]
        contract = contract_id(f"pool {number}")
        tokens = contract_id(f"token {number % 40}"), contract_id(f"token {number % 40 + 1}")
        reserves = 10**12 + number, 10**13 - number
        if venue is Venue.SOROSWAP:
            stored.soroswap(contract, tokens, reserves)
        elif venue is Venue.AQUARIUS:
            stored.aquarius(contract, tokens, reserves, 30)
        else:
            stored.phoenix(contract, tokens, reserves, 30)
        listed.append(PoolAt(venue, contract))
    return listed, stored


class CountingServer:
    """Answers getLedgerEntries, at most as many keys as the real one, and counts."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self.requests = 0

    async def handle(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.read())
        self.requests += 1
        keys = asked["params"]["keys"]
        assert len(keys) <= KEYS_A_REQUEST, len(keys)
        entries = [{"key": key, "xdr": self._stored.entries[key]} for key in keys if key in self._stored.entries]
        return web.json_response(
            {"jsonrpc": "2.0", "id": asked["id"], "result": {"entries": entries, "latestLedger": LEDGER}}
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/", self.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()


async def rows() -> list[dict[str, Any]]:
    """Rows for `arb bench`: requests against the fewest possible, decoding against its goal and the SDK's classes."""
    listed, stored = pools()
    server = CountingServer(stored)
    async with server.running() as url:
        rpc = RpcClient([url])
        read = await ReserveReader(rpc).read(listed)
        await rpc.close()
    assert len(read.pools) == POOLS, read.skipped
    fewest = math.ceil(sum(len(keys_of(pool)) for pool in listed) / KEYS_A_REQUEST)
    answer, reader = stored.answer(), ReserveReader(rpc)
    decode = _least_ms(lambda: reader.decode(listed, answer))
    by_sdk = _least_ms(lambda: [_reserves_by_sdk(stored, pool) for pool in listed], times=3)
    what = f"decoding {POOLS} pools"
    return [
        _row(f"requests for {POOLS} pools", server.requests, "requests", "keys / 200, rounded up", fewest),
        _row(what, decode, "ms", "the issue's figure", DECODE_MS),
        _row(f"{what}, against XDR classes", decode, "ms", "stellar_sdk", by_sdk),
    ]


def _least_ms(run: Callable[[], object], times: int = _TIMES) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1_000


def _reserves_by_sdk(stored: Stored, pool: PoolAt) -> list[int]:
    """The peer: the same entries through the generated classes, for the reserves alone."""
    entries = [xdr.LedgerEntryData.from_xdr(stored.entries[key]) for key in keys_of(pool)]
    values = []
    for entry in entries:
        data = entry.contract_data
        assert data is not None
        if data.val.instance is None:
            values.append(data.val)
        elif data.val.instance.storage is not None:
            values.extend(item.val for item in data.val.instance.storage.sc_map)
    read = {xdr.SCValType.SCV_I128: scval.from_int128, xdr.SCValType.SCV_U128: scval.from_uint128}
    return [read[value.type](value) for value in values if value.type in read]


def _row(name: str, value: float, unit: str, peer: str, peer_value: float) -> dict[str, Any]:
    ratio = value / peer_value
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "peer": peer,
        "peer_value": round(peer_value, 3),
        "ratio": round(ratio, 3),
        "goal": 1.0,
        "holds": ratio <= 1.0,
    }
