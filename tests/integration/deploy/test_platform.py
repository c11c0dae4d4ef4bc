"""All services as processes under their own NATS users, trading on localnet: nothing of it may be refused."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.secured_nats import SecuredNats
from websockets.asyncio.client import ClientConnection, connect

from arb.cli.launcher.ports import free_port

SERVICES = ("auditor", "accounts", "scanner", "executor", "gateway")
REFUSED = "Violation"
"""The word in the server's log for whatever it refuses."""


@pytest.mark.timeout(90)
async def test_the_platform_trades_within_its_permissions(secured: SecuredNats, tmp_path: Path) -> None:
    """Given every service with its own password only, when the engine is started, then a trade is confirmed."""
    horizon, ws_port = f"http://127.0.0.1:{(network_port := free_port())}", free_port()
    shared = {
        "STELLAR_NETWORK": "LOCAL",
        "STELLAR_HORIZON_URL": horizon,
        "STELLAR_SOROBAN_RPC_URL": f"{horizon}/rpc",
        "NUM_ACCOUNTS": "3",
        "ARB_WS_PORT": str(ws_port),
        "ARB_HTTP_PORT": str(free_port()),
        "ARB_STATE_DIR": str(tmp_path / "state"),
        "ARB_KEYSTORE_PASSPHRASE": "a passphrase for a test",
    }
    localnet = [sys.executable, "-m", "arb.localnet", "--port", str(network_port), "--ledger-seconds", "0.5"]
    async with AsyncExitStack() as running:
        await running.enter_async_context(process(localnet, {}, tmp_path))
        for name in SERVICES:
            env = shared | {"NATS_URL": secured.url(name)}
            await running.enter_async_context(process([sys.executable, "-m", f"arb.{name}"], env, tmp_path))
        async with asyncio.timeout(75), gateway(ws_port) as client:
            await until(client, "get_status", lambda status: status.get("ready"))
            await ask(client, "start_engine")
            await until(client, "get_trades", lambda reply: any(t["state"] == "confirmed" for t in reply["trades"]))
            assert (await ask(client, "get_opportunities"))["opportunities"]

    assert [line for line in (tmp_path / "nats.log").read_text().splitlines() if REFUSED in line] == []


@asynccontextmanager
async def process(command: list[str], env: dict[str, str], directory: Path) -> AsyncIterator[None]:
    """Run until the end of the block; it must not have ended by itself, and must end in order."""
    with (directory / f"{command[2]}.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=directory, env={**os.environ, **env}, stdout=log, stderr=log
        )
    try:
        yield
        assert child.returncode is None, f"{command[2]} ended with {child.returncode}"
        child.terminate()
        assert await asyncio.wait_for(child.wait(), 10) == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


@asynccontextmanager
async def gateway(port: int) -> AsyncIterator[ClientConnection]:
    """A client of the gateway, as soon as it listens."""
    while True:
        try:
            client = await connect(f"ws://127.0.0.1:{port}", proxy=None)
            break
        except OSError:
            await asyncio.sleep(0.2)
    async with client:
        yield client


async def ask(client: ClientConnection, command: str) -> dict[str, Any]:
    """The reply to a command; pushes that come before it are passed over."""
    await client.send(json.dumps({"command": command, "id": command}))
    while True:
        message: dict[str, Any] = json.loads(await client.recv())
        if message.get("id") == command:
            return message


async def until(client: ClientConnection, command: str, good: Callable[[dict[str, Any]], object]) -> None:
    """Ask twice a second until the reply is good."""
    while True:
        if good(await ask(client, command)):
            return
        await asyncio.sleep(0.5)
