"""Answers get lost on the way: a call is done once, whatever the caller hears."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from stellar_sdk import scval
from support.invocation import PASSPHRASE, InvocationWorld
from support.localnet import Localnet, running_localnet

from arb.contracts.errors import OutcomeUnknown
from arb.contracts.invocation.attended import Attended
from arb.contracts.invocation.outcomes import Succeeded
from arb.contracts.invocation.prepare import Prepared, prepare
from arb.contracts.rpc import RpcClient


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    with running_localnet(manual="on") as running:
        yield running


@pytest.fixture
async def world(network: Localnet) -> AsyncIterator[InvocationWorld]:
    async with InvocationWorld(network) as opened:
        yield opened


@asynccontextmanager
async def behind(network: Localnet, faults: list[str]) -> AsyncIterator[tuple[RpcClient, list[str]]]:
    """RPC through a proxy that spoils one sendTransaction after another; and the envelopes it was given."""
    envelopes: list[str] = []

    async def pass_on(request: web.Request) -> web.Response:
        asked = await request.json()
        fault = ""
        if asked["method"] == "sendTransaction":
            envelopes.append(asked["params"]["transaction"])
            fault = faults.pop(0) if faults else ""
        if fault == "busy":
            return web.Response(status=503, text="try again")
        if fault == "full":
            result = {"status": "TRY_AGAIN_LATER", "hash": "00", "latestLedger": 1, "latestLedgerCloseTime": "1"}
            return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": result})
        async with session.post(network.rpc_url, json=asked) as answer:
            body = await answer.read()
        if fault == "lost":
            await asyncio.sleep(3)
        return web.Response(body=b"<html>" if fault == "html" else body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/", pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    async with aiohttp.ClientSession() as session:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        rpc = RpcClient(["http://{}:{}".format(*runner.addresses[0][:2])], timeout=1)
        try:
            yield rpc, envelopes
        finally:
            await rpc.close()
            await runner.cleanup()


async def test_whoever_waits_is_told_when_nothing_is_known(world: InvocationWorld) -> None:
    # given a network whose ledgers have stopped closing, their time ahead of the wall clock
    token = await world.token("STILL")
    await world.close(20)
    calls = Attended(world.rpc, PASSPHRASE, world.alice, lifetime=2)
    # when alice mints, then she is not told that it failed: it may yet be done
    with pytest.raises(OutcomeUnknown, match="may be until one closes after") as unknown:
        await calls.run(world.call(token, "mint", world.bob.address, 5))
    assert "look it up before anything is done again" in str(unknown.value)


@pytest.mark.parametrize("faults", [["lost"], ["html"], ["busy"], ["full", "lost"]], ids=" ".join)
async def test_a_call_is_done_once(world: InvocationWorld, faults: list[str]) -> None:
    # given a token, and a network whose answers to a submission are lost, garbled or put off
    token = await world.token("".join(faults))
    async with behind(world.network, list(faults)) as (rpc, envelopes), world.closing():
        calls = Attended(rpc, PASSPHRASE, world.alice, world.channel, lifetime=600)
        # when alice mints
        outcome = await calls.run(world.call(token, "mint", world.bob.address, 5))
    # then it is done, once, and nothing else than the same bytes was ever sent
    assert isinstance(outcome, Succeeded), outcome
    assert len(set(envelopes)) == 1
    held = await prepare(world.rpc, await world.drafted(world.call(token, "balance", world.bob.address)))
    assert isinstance(held, Prepared)
    assert held.value == scval.to_int128(5)
