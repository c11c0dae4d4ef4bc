"""An executor process that begins with a snapshot, and with what is left of one."""

from pathlib import Path
from typing import Any

import structlog
from support.processes import ServiceProcess, running
from support.trade_histories import TradeHistory

from arb.eventlog.bucket import BucketCache
from arb.executor.app.trade_book import TradeBook
from arb.executor.app.trade_list import newest_trades
from arb.messages.commands.executor import GetPnl, GetTrades, Pnl, Trades
from arb.runtime.bus import Bus
from arb.runtime.clock import SystemClock
from arb.runtime.nats_server import EmbeddedNats
from arb.runtime.snapshots import Snapshots

NOWHERE = "http://127.0.0.1:9"


async def told(bus: Bus) -> tuple[Any, Any]:
    """The executor's trades and results, once it answers."""
    trades = await bus.request(GetTrades(command_id="1", limit=500), Trades, timeout=30)
    return trades, (await bus.request(GetPnl(command_id="2"), Pnl)).total


async def test_a_restart_begins_with_the_snapshot_and_a_damaged_one_is_no_loss(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    # Given a record, a snapshot of the executor's, and events after it
    history, book = TradeHistory(7), TradeBook(bus.store, SystemClock())
    await history.write(bus.store, 150)
    await book.load()
    cache = BucketCache(bus._connection, "executor")
    assert await Snapshots(cache, bus.store, structlog.stdlib.get_logger()).save("trades", book)
    await history.write(bus.store, 50)
    await book.load()
    settings = {"NATS_URL": nats_server.url, "STELLAR_HORIZON_URL": NOWHERE, "STELLAR_RPC_URL": NOWHERE}

    async def life() -> tuple[tuple[Any, Any], ServiceProcess]:
        async with running("-m", "arb.executor", directory=tmp_path, environment=settings) as process:
            return await told(bus), process

    # When an executor starts, then it knows all trades, and did not read them all
    first, process = await life()
    assert first[0] == newest_trades(book, 500)
    assert '"event":"snapshot_restored"' in process.log.replace(" ", "")
    # When the snapshot is damaged meanwhile, then the next one says so and knows the same
    part = await cache.get("trades.a.0")
    assert part is not None
    await cache.put("trades.a.0", part[:100] + bytes([part[100] ^ 1]) + part[101:])
    second, process = await life()
    assert second == first
    assert '"event":"snapshot_ignored"' in process.log.replace(" ", "")
