"""What every cache of snapshots does, and what is not believed of what lies in it."""

from random import Random

import pytest
from support.facts import NOON, started
from support.logs import Log

from arb.eventlog import EMPTY, EventStore, MemoryEventStore
from arb.eventlog.record import Place
from arb.eventlog.snapshot import PART_BYTES, Cache, Snapshot, SnapshotUnusableError, read, write
from arb.messages.subjects import ENGINE

NAME, SCHEMA = "books", "books.v1-0"


async def written(store: EventStore, events: int, by: str = "me") -> Place:
    head = EMPTY
    for number in range(events):
        fact = started(f"{by} {number}")
        head = (await store.append(ENGINE, fact, expected=head, time=NOON)).head
    return Place(head.sequence, head.hash)


async def keys_of(cache: Cache) -> list[str]:
    """The keys under which a small snapshot lies."""
    return [key for key in (NAME, f"{NAME}.a.0", f"{NAME}.b.0") if await cache.get(key) is not None]


async def test_a_value_is_replaced_as_a_whole_and_found_by_who_comes_later(log: Log) -> None:
    cache = await log.cache()
    assert await cache.get("a.b") is None
    await cache.put("a.b", b"one")
    await cache.put("a.b", b"two")
    await cache.put("a.c", bytes(range(256)) * (PART_BYTES // 256))

    again = await log.cache()

    assert (await again.get("a.b"), await again.get("a")) == (b"two", None)
    assert await again.get("a.c") == bytes(range(256)) * (PART_BYTES // 256)


async def test_services_do_not_see_each_others_values(log: Log) -> None:
    await (await log.cache("executor")).put("trades", b"x")
    assert await (await log.cache("accounts")).get("trades") is None


@pytest.mark.parametrize("size", [0, 1, 100_000, 3 * PART_BYTES])
async def test_what_was_written_is_read_back(log: Log, size: int) -> None:
    store, cache = await log.writer(), await log.cache()
    place = await written(store, 3)
    snapshot = Snapshot(SCHEMA, place, Random(7).randbytes(size))
    assert await read(cache, NAME, SCHEMA, store) is None

    await write(cache, NAME, snapshot)
    await store.append(ENGINE, started("later"), expected=EMPTY._replace(
        version=3, sequence=place.sequence, hash=place.hash), time=NOON)  # fmt: skip

    assert await read(await log.cache(), NAME, SCHEMA, store) == snapshot


async def test_a_snapshot_that_was_cut_off_while_it_was_written_leaves_the_one_before(log: Log) -> None:
    store, cache = await log.writer(), await log.cache()
    first = Snapshot(SCHEMA, await written(store, 1), b"first")
    await write(cache, NAME, first)
    index = await cache.get(NAME)
    assert index is not None

    await write(cache, NAME, first._replace(state=b"second"))
    await cache.put(NAME, index)  # as if the last thing to be written, the index, had not been

    assert await read(cache, NAME, SCHEMA, store) == first


async def test_what_another_version_wrote_is_not_read(log: Log) -> None:
    store, cache = await log.writer(), await log.cache()
    await write(cache, NAME, Snapshot(SCHEMA, await written(store, 1), b"state"))

    with pytest.raises(SnapshotUnusableError, match=r"has schema books\.v1-0, this version folds books\.v2-0"):
        await read(cache, NAME, "books.v2-0", store)


async def test_a_snapshot_ahead_of_the_log_is_not_believed(log: Log) -> None:
    """Given a log that lost its end, or an older backup of it."""
    store, cache = await log.writer(), await log.cache()
    longer = MemoryEventStore("/arb/test")
    await written(store, 2)
    await write(cache, NAME, Snapshot(SCHEMA, await written(longer, 3), b"state"))

    with pytest.raises(SnapshotUnusableError, match="reaches to message 3, the log ends at 2"):
        await read(cache, NAME, SCHEMA, store)


async def test_a_snapshot_of_another_log_is_not_believed(log: Log) -> None:
    """Given another log, or one that gave the sequence numbers it lost out again."""
    store, cache = await log.writer(), await log.cache()
    await written(store, 3)
    other = MemoryEventStore("/arb/test")
    await write(cache, NAME, Snapshot(SCHEMA, await written(other, 2, by="somebody"), b"state"))

    with pytest.raises(SnapshotUnusableError, match="message 2 is not the one it was taken after"):
        await read(cache, NAME, SCHEMA, store)


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "swap"])
async def test_damage_anywhere_is_found(log: Log, harm: str) -> None:
    store, cache = await log.writer(), await log.cache()
    await write(cache, NAME, Snapshot(SCHEMA, await written(store, 1), Random(7).randbytes(2_000)))
    dice = Random(11)
    for key in await keys_of(cache):
        whole = await cache.get(key)
        assert whole is not None
        for _ in range(20):
            at = dice.randrange(len(whole))
            harmed = {
                "flip": whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :],
                "cut": whole[:at],
                "empty": b"{}",
                "swap": Random(at).randbytes(len(whole)),
            }[harm]
            await cache.put(key, harmed)
            with pytest.raises(SnapshotUnusableError):
                await read(cache, NAME, SCHEMA, store)
        await cache.put(key, whole)
    assert await read(cache, NAME, SCHEMA, store) is not None


async def test_a_part_that_is_not_there_is_missed(log: Log) -> None:
    store, cache = await log.writer(), await log.cache()
    await write(cache, NAME, Snapshot(SCHEMA, await written(store, 1), b"state"))
    index = await cache.get(NAME)
    assert index is not None
    await cache.put("other", index)

    with pytest.raises(SnapshotUnusableError, match="its parts are not those that its index names"):
        await read(cache, "other", SCHEMA, store)
