"""Two hundred pools over HTTP: as few requests as their keys allow, and every pool in the answer."""

import math

from support.reserve_load import KEYS_A_REQUEST, POOLS, CountingServer, pools

from arb.contracts.rpc import RpcClient
from arb.contracts.venues.pool_entries import keys_of
from arb.contracts.venues.reserves import ReserveReader


async def test_two_hundred_pools_take_one_request_for_every_200_keys() -> None:
    listed, stored = pools()
    server = CountingServer(stored)
    async with server.running() as url:
        rpc = RpcClient([url])
        reader = ReserveReader(rpc)
        first, second = await reader.read(listed), await reader.read(listed)
        await rpc.close()
    assert first == second
    assert [pool.contract for pool in first.pools] == [at.contract for at in listed]
    assert len(listed) == POOLS
    assert server.requests == 2 * math.ceil(sum(len(keys_of(at)) for at in listed) / KEYS_A_REQUEST)
