"""Damage on the disk under a real server: whatever the server makes of it, verification must notice."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from nacl.signing import SigningKey
from support.facts import NOON, started
from support.nats import connected_bus, running_nats

from arb.eventlog import EMPTY, EventStore
from arb.eventlog.audit import Checkpoint, Verdict, Verifier
from arb.messages import subjects


async def verify(store: EventStore, *checkpoints: Checkpoint) -> Verdict:
    """The verdict on everything the server gives."""
    last = await store.last_sequence()
    verifier = Verifier(checkpoints)
    async for stored in store.replay_stored(subjects.EVERY_EVENT):
        verifier.add(stored)
    verifier.ended_at(last)
    return verifier.verdict()


@pytest.mark.parametrize("indexed", [True, False], ids=["index kept", "index lost"])
@pytest.mark.parametrize("part", [0.01, 0.5, 0.99])
async def test_a_bit_flipped_in_the_store_is_found(tmp_path: Path, part: float, indexed: bool) -> None:
    """Given a checkpointed record, when a bit flips near its beginning, middle or end, then it is not found whole."""
    async with running_nats(tmp_path) as server:
        async with connected_bus(server.url) as bus:
            head = EMPTY
            for n in range(100):
                head = (await bus.store.append(subjects.ENGINE, started(str(n)), expected=head, time=NOON)).head
            whole = await verify(bus.store)
        key = SigningKey.generate()
        checkpoint = Checkpoint.signed(key, sequence=whole.last_sequence, hash_=whole.head, time=datetime.now(UTC))
        await server.stop()
        (block,) = (tmp_path / "nats" / "jetstream").rglob("EVENTS/msgs/*.blk")
        content = bytearray(block.read_bytes())
        content[int(len(content) * part)] ^= 1
        block.write_bytes(content)
        if not indexed:
            (block.parent / "index.db").unlink(missing_ok=True)
        await server.start()

        async with connected_bus(server.url) as bus:
            damaged = await verify(bus.store, checkpoint)

    assert whole.ok
    assert not damaged.ok
    assert damaged.first_bad is not None
    assert 1 <= damaged.first_bad.sequence <= 100
