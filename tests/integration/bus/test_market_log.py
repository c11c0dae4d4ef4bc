"""The MARKET stream on a real server: in order, bounded, and never waited for by a scan."""

from pathlib import Path

import pytest
from support.market_record import RecordedScans, published, replayed
from support.nats import connected_bus, running_nats

from arb.eventlog.errors import StoreUnavailableError
from arb.messages.market import MARKET_SUBJECTS
from arb.runtime.bus import Bus


async def kept(bus: Bus) -> list[bytes]:
    upto = await bus.market.last_sequence()
    return [stored.raw async for batch in bus.market.replay_batches(upto=upto) for stored in batch]


async def test_messages_come_back_in_order_and_the_oldest_go_first(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        assert (await bus.market.last_sequence(), await kept(bus)) == (0, [])
        messages = [bytes([n]) * 1000 for n in range(40)]
        for message in messages:
            await bus.market.append(MARKET_SUBJECTS["classic"], message)
        assert await kept(bus) == messages
        config = (await bus.js.stream_info("MARKET")).config
        await bus.js.update_stream(config.evolve(max_bytes=20_000))
        left = await kept(bus)
        assert 0 < len(left) < 20
        assert left == messages[-len(left) :]


async def test_a_bus_that_is_away_costs_records_and_no_scan(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        scans = RecordedScans(bus.market, bus.store)
        await scans.ledger(7, whole=True)
        await server.stop()
        with pytest.raises(StoreUnavailableError):
            await bus.market.append(MARKET_SUBJECTS["classic"], b"x")
        scans.engine.running = False  # what is found would wait for the bus
        await scans.ledger(8)
        scans.engine.running = True
        await server.restart()
        while await bus.check() is not None:
            pass
        await scans.ledger(9)
        await scans.ledger(10)
        replay, passed_over = replayed([m for m in await kept(bus) if m != b"x"], await published(bus.store))
        assert (replay.differences, replay.decisions) == ([], 6)
        # The client may still have sent what nobody acknowledged: then nothing is missing at all.
        assert set(passed_over) <= {"record_missing", "stopped"}
