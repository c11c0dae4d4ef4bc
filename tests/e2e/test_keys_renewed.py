"""The whole platform before and after its keys were exchanged, on one ledger: it trades on, with the new ones."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.cli import LONGEST_CALL, arb, launch
from support.demo import client, confirmed_trades, free_port, until
from support.localnet import Localnet, running_localnet
from websockets.asyncio.client import ClientConnection

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(240)]


@asynccontextmanager
async def trading(directory: Path, settings: dict[str, str]) -> AsyncIterator[ClientConnection]:
    """`arb up` on that network, and a client that gets its log; stopped in order at the end."""
    ports = {"ARB_WS_PORT": str(free_port()), "ARB_HTTP_PORT": str(free_port())}
    run = await launch("up", "--json", "--start", directory=directory, **settings, **ports)
    try:
        assert run.stdout is not None
        assert json.loads(await asyncio.wait_for(run.stdout.readline(), 90))["ready"] is True
        async with client(f"ws://127.0.0.1:{ports['ARB_WS_PORT']}") as socket:
            await socket.send('{"command": "subscribe", "topics": ["log"]}')
            await until(socket, lambda message: message["type"] == "subscribed")
            yield socket
    finally:
        run.terminate()
        await asyncio.wait_for(run.communicate(), LONGEST_CALL)


async def test_trades_go_on_with_keys_that_took_the_place_of_others(tmp_path: Path) -> None:
    def settings(network: Localnet) -> dict[str, str]:
        return {
            "STELLAR_NETWORK": "LOCAL",
            "STELLAR_HORIZON_URL": network.url,
            "STELLAR_RPC_URL": network.rpc_url,
            "NUM_ACCOUNTS": "2",
        }

    with running_localnet(traffic="on", seed=11) as network:
        here = settings(network)
        # Given a platform that traded
        async with trading(tmp_path, here) as socket:
            await confirmed_trades(socket, 1)
        # When every key is exchanged
        for role in ("trading", "channel"):
            renewed = await arb("keys", "renew", "--role", role, directory=tmp_path, **here)
            assert renewed.code == 0, renewed.err
        # Then it trades as before, and the books are the ledger's to the stroop
        async with trading(tmp_path, here) as socket:
            await confirmed_trades(socket, 2)
        keys = (await arb("keys", "list", "--json", directory=tmp_path, **here)).json["keys"]
        assert [key["signer"] != key["address"] for key in keys] == [True] * 3
        assert [key for key in keys if "coming" in key] == []
        equal = await arb("audit", "reconcile", "--horizon", network.url, directory=tmp_path)
        assert equal.code == 0, equal.out + equal.err
    assert (await arb("audit", "verify", directory=tmp_path)).code == 0
