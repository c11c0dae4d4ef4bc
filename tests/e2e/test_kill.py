"""Parts of the platform are killed in mid-run: they come back, nothing is done twice, nothing is lost."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import nats
import pytest
from support.cli import arb
from support.demo import client, confirmed_trades, demo

from arb.eventlog import JetStreamEventStore
from arb.messages.events.trade import TradeConfirmed, TradeFailed, TradeSigned
from arb.messages.subjects import every
from arb.runtime.nats_server import EmbeddedNats

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(300)]


PARTS = ("nats-server", "auditor", "accounts", "scanner", "executor", "gateway")


async def test_twenty_kills_of_every_process_in_turn(tmp_path: Path) -> None:
    state = tmp_path / "run"
    async with demo(state, "--seconds", "57", "--seed", "5") as run:
        async with client(run.ws_url) as socket:
            await socket.send('{"command":"subscribe"}')
            await confirmed_trades(socket, 1)
        # When one process after another is killed, whatever it is at
        for number in range(20):
            async with asyncio.timeout(20):
                os.kill(await run.pid(PARTS[number % len(PARTS)]), signal.SIGKILL)
            await asyncio.sleep(2.0)
        # Then it trades again
        async with client(run.ws_url) as socket:
            await socket.send('{"command":"start_engine"}')
            await confirmed_trades(socket, 1)
        code, result = await run.end()

    # And the record is whole, by its checkpoints too, and the ledger has what the events add up to
    assert code == 0, result
    assert sum(result["restarts"].values()) == 20
    assert result["balances_reconcile"] is True, result["problems"]
    verified = await arb("audit", "verify", "--store", str(state), "--json", directory=tmp_path)
    assert (verified.code, verified.json["ok"]) == (0, True), verified.out
    assert verified.json["checkpoint"] > 0
    # And nobody took a server that was killed for a record that went backwards
    assert not [log for log in (state / "logs").glob("*.log") if "record_not_trusted" in log.read_text()]
    await _nothing_was_done_twice(state)


async def _nothing_was_done_twice(state: Path) -> None:
    """Every trade has at most one envelope and one end, and no two trades share an envelope or a sequence number."""
    server = EmbeddedNats(state / "nats")
    connection = await nats.connect(await server.start())
    envelopes: Counter[str] = Counter()
    hashes: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    sequences: Counter[tuple[str, int]] = Counter()
    included: set[str] = set()
    signed: dict[str, TradeSigned] = {}
    try:
        async for recorded in JetStreamEventStore(connection, "/test").replay(every("trade")):
            trade, fact = recorded.aggregate.id, recorded.fact
            if isinstance(fact, TradeSigned):
                envelopes[trade] += 1
                hashes[fact.tx_hash] += 1
                signed[trade] = fact
            elif isinstance(fact, TradeConfirmed | TradeFailed):
                ends[trade] += 1
                included.add(trade)
    finally:
        await connection.close()
        await server.stop()
    for trade in included:
        sequences[signed[trade].source, signed[trade].sequence] += 1
    assert envelopes
    assert all(max(counts.values()) == 1 for counts in (envelopes, hashes, ends, sequences))
