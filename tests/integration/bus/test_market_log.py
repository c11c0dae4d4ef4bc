"""The MARKET stream on a real server: in order, bounded, and never waited for by a scan."""

import asyncio
from pathlib import Path

import pytest
from support.market_record import RecordedScans, published, replayed
from support.nats import connected_bus, running_nats

from arb.cli.record import verify_market
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.market_link import linked
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


async def test_every_message_names_the_one_before_whoever_wrote_it(tmp_path: Path) -> None:
    # given two scanners that write at the same time, and one that starts after them
    async with running_nats(tmp_path) as server, connected_bus(server.url) as one, connected_bus(server.url) as other:

        async def write(bus: Bus, name: bytes) -> None:
            for number in range(10):
                await bus.market.append(MARKET_SUBJECTS["classic"], b"%b%d" % (name, number))

        await asyncio.gather(write(one, b"one"), write(other, b"other"))
        async with connected_bus(server.url) as third:
            await write(third, b"third")
            found = await verify_market(third.market, ())

            assert (found.ok, found.messages, found.first_sequence) == (True, 30, 1)
            assert found.head == (await third.market.end()).hash
            records = await kept(third)
            assert sorted(records[:20]) == sorted(b"%b%d" % (n, i) for n in (b"one", b"other") for i in range(10))

            # when the oldest age away, and then one in the middle is taken out
            config = (await third.js.stream_info("MARKET")).config
            await third.js.update_stream(config.evolve(max_msgs=20))
            aged = await verify_market(third.market, ())
            await third.js.delete_msg("MARKET", 20)
            damaged = await verify_market(third.market, ())

    assert (aged.ok, aged.first_sequence, aged.messages) == (True, 11, 20)
    assert aged.predecessor is not None
    assert damaged.first_bad is not None
    assert damaged.first_bad.problem == "message 20 is missing, the next one is 21"


async def test_a_record_stored_without_an_answer_is_followed_on(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await bus.market.append(MARKET_SUBJECTS["classic"], b"first")
        # given a message that was stored while its acknowledgement was lost: another connection wrote the same
        end = await bus.market.end()
        await bus.js.publish(MARKET_SUBJECTS["classic"], linked(end.hash, b"second"))

        await bus.market.append(MARKET_SUBJECTS["classic"], b"second")
        await bus.market.append(MARKET_SUBJECTS["classic"], b"third")

        assert await kept(bus) == [b"first", b"second", b"third"]
        assert (await verify_market(bus.market, ())).ok
