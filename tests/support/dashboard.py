"""An executor that knows no network, a client of a gateway before it, and trades as they would be on record."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.facts import NOON
from support.gateway import running_gateway
from support.plans import planned
from support.processes import ServiceProcess, running
from websockets.asyncio.client import ClientConnection, connect

from arb.eventlog import EMPTY
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events.trade import TradeApproved, TradeFailed, TradeSigned
from arb.runtime.bus import Bus

NOWHERE = "http://127.0.0.1:9"
ACCOUNT = "G" + "A" * 55


@asynccontextmanager
async def executor(directory: Path, url: str) -> AsyncIterator[ServiceProcess]:
    """An executor that answers commands; of the network it learns nothing."""
    settings = {"NATS_URL": url, "STELLAR_HORIZON_URL": NOWHERE, "STELLAR_RPC_URL": NOWHERE, "ARB_MAX_NOTIONAL": "700"}
    async with running("-m", "arb.executor", directory=directory, environment=settings) as process:
        yield process


class Dashboard:
    """A client that waits for the reply to each request; it asks again while the executor is still starting."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def __call__(self, command: str, **fields: object) -> dict[str, Any]:
        """The reply to a command with these fields."""
        async with asyncio.timeout(30):
            while True:
                await self._socket.send(json.dumps({"command": command, "id": command, **fields}))
                reply: dict[str, Any] = {}
                while reply.get("id") != command:
                    reply = json.loads(await self._socket.recv())
                if reply.get("code") != "unavailable":
                    return reply

    async def raw(self, text: str) -> dict[str, Any]:
        """The next message after this text was sent."""
        async with asyncio.timeout(10):
            await self._socket.send(text)
            reply: dict[str, Any] = json.loads(await self._socket.recv())
        return reply


@asynccontextmanager
async def dashboard(directory: Path, url: str) -> AsyncIterator[Dashboard]:
    """A client of a gateway of its own."""
    async with running_gateway(directory, url) as gateway, connect(gateway.url, proxy=None) as socket:
        yield Dashboard(socket)


async def write(bus: Bus, trade_id: str, *facts: Fact) -> None:
    head = EMPTY
    for fact in facts:
        head = (await bus.store.append(subjects.trade(trade_id), fact, expected=head, time=NOON)).head


async def lost(bus: Bus, trade_id: str, fee: int) -> None:
    """A live trade that failed and cost its fee."""
    fact = planned().model_copy(update={"trade_id": trade_id})
    signed = TradeSigned(
        tx_hash="a" * 64,
        envelope_xdr="AAAA",
        network_passphrase="x",
        source=ACCOUNT,
        trading_account=ACCOUNT,
        sequence=1,
        max_time=1,
        max_fee=1,
    )
    failed = TradeFailed(
        ledger=11, close_time=1_700_000_005, fee_charged=fee, changes=(), venues_moved=True, codes=("tx_failed",)
    )
    await write(bus, trade_id, fact, TradeApproved(judged_at_ledger=10), signed, failed)
