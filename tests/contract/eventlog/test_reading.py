"""What every event store promises about reading."""

import asyncio
import json
from typing import Any

import pytest
from support.facts import NOON, started
from support.logs import Log

from arb.eventlog import EMPTY, EventStore, Head, Recorded, Subscription
from arb.eventlog.errors import ChainBrokenError, MalformedEventError, StreamWentBackwardsError
from arb.messages import subjects
from arb.messages.envelope import GENESIS_HASH, CloudEvent, content_hash, seal
from arb.messages.subjects import Aggregate


async def write(store: EventStore, aggregate: Aggregate, count: int, *, head: Head = EMPTY) -> Head:
    """Append `count` events; the last one's head."""
    for n in range(count):
        head = (await store.append(aggregate, started(f"{head.version + 1}.{n}"), expected=head, time=NOON)).head
    return head


async def take(events: Subscription[Recorded], count: int) -> list[Recorded]:
    return [await anext(events) for _ in range(count)]


async def test_nothing_is_an_empty_aggregate(log: Log) -> None:
    store = await log.writer()

    assert await store.load(subjects.ENGINE) == []
    assert await store.last(subjects.ENGINE) is None
    assert await store.last_sequence() == 0
    assert [r async for r in store.replay(subjects.EVERY_EVENT)] == []


async def test_last_is_the_newest_of_its_aggregate(log: Log) -> None:
    store = await log.writer()
    await write(store, subjects.ENGINE, 2)
    await write(store, subjects.LIMITS, 1)

    last = await store.last(subjects.ENGINE)

    assert last is not None
    assert (last.sequence, last.event.aggregateversion) == (2, 2)
    assert await store.last_sequence() == 3


async def test_replay_is_bounded_and_filtered(log: Log) -> None:
    store = await log.writer()
    await write(store, subjects.trade("t1"), 3)
    await write(store, subjects.trade("t2"), 2)
    await write(store, subjects.ENGINE, 2)

    async def sequences(filter_subject: str, **bounds: int) -> list[int]:
        return [r.sequence async for r in store.replay(filter_subject, **bounds)]

    assert await sequences(subjects.EVERY_EVENT) == [1, 2, 3, 4, 5, 6, 7]
    assert await sequences(subjects.every("trade"), after=2) == [3, 4, 5]
    assert await sequences(subjects.every("trade"), after=2, upto=4) == [3, 4]
    assert await sequences(subjects.trade("t2").subject) == [4, 5]
    assert await sequences(subjects.every("account")) == []
    assert await sequences(subjects.EVERY_EVENT, after=7) == []


async def test_replay_ends_at_what_was_there_when_it_began(log: Log) -> None:
    store = await log.writer()
    head = await write(store, subjects.ENGINE, 3)
    seen = []

    async for recorded in store.replay(subjects.EVERY_EVENT):
        seen.append(recorded.sequence)
        if len(seen) < 10:
            head = await write(store, subjects.ENGINE, 1, head=head)

    assert seen == [1, 2, 3]


async def test_subscription_gives_history_then_news_in_order(log: Log) -> None:
    store = await log.writer()
    head = await write(store, subjects.ENGINE, 3)

    async with store.subscribe(subjects.every("engine"), after=1) as events:
        old = await take(events, 2)
        waiting = asyncio.create_task(take(events, 2))
        await write(store, subjects.LIMITS, 1)
        await write(store, subjects.ENGINE, 2, head=head)
        new = await asyncio.wait_for(waiting, 5)

    assert [r.sequence for r in (*old, *new)] == [2, 3, 5, 6]


async def test_subscription_to_news_only_starts_where_it_was_entered(log: Log) -> None:
    store = await log.writer()
    head = await write(store, subjects.ENGINE, 2)

    async with store.subscribe(subjects.EVERY_EVENT, after=None) as events:
        await write(store, subjects.ENGINE, 2, head=head)
        news = await asyncio.wait_for(take(events, 2), 5)

    assert [r.sequence for r in news] == [3, 4]


async def test_reading_after_what_the_log_holds_says_events_were_lost(log: Log) -> None:
    store = await log.writer()
    await write(store, subjects.ENGINE, 2)

    with pytest.raises(StreamWentBackwardsError, match="message 9 was already read, but the stream now ends at 2"):
        async with store.subscribe(subjects.EVERY_EVENT, after=9) as events:
            await anext(events)
    with pytest.raises(StreamWentBackwardsError):
        await anext(store.replay(subjects.EVERY_EVENT, after=9))


def altered(raw: bytes, **changes: Any) -> bytes:
    """A stored event with some attributes changed."""
    return json.dumps({**json.loads(raw), **changes}).encode()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aggregateversion": 4}, "aggregateversion 4, 3 was due"),
        ({"aggregateversion": 2}, "aggregateversion 2, 3 was due"),
        ({"prevhash": "e" * 64}, "prevhash e+ is not the hash"),
        ({"subject": "engine/other"}, "belongs to 'engine/other'"),
        ({"data": {"mode": "live", "by": "somebody else"}}, "id [0-9a-f]+ does not follow from its content"),
        ({"type": "arb.engine.stopped.v1"}, "id [0-9a-f]+ does not follow from its content"),
    ],
)
async def test_a_tampered_event_is_named(log: Log, changes: dict[str, Any], reason: str) -> None:
    # given two good events, and a third that would be good but for one change
    store = await log.writer()
    await write(store, subjects.LIMITS, 1)
    head = await write(store, subjects.ENGINE, 2)
    third = seal(subjects.ENGINE, 3, started("next"), source="/x", time=NOON, prevhash=head.hash)
    await log.forge(subjects.ENGINE.subject, altered(third.to_bytes(), **changes))

    with pytest.raises(ChainBrokenError, match=reason) as caught:
        await store.load(subjects.ENGINE)

    assert caught.value.sequence == 4


async def test_a_change_to_an_older_event_is_named_at_its_successor(log: Log) -> None:
    store = await log.writer()
    first = seal(subjects.ENGINE, 1, started("a"), source="/x", time=NOON, prevhash=GENESIS_HASH).to_bytes()
    second = seal(subjects.ENGINE, 2, started("b"), source="/x", time=NOON, prevhash=content_hash(first)).to_bytes()
    await log.forge(subjects.ENGINE.subject, altered(first, time="2026-03-01T12:00:01.000000Z"))
    await log.forge(subjects.ENGINE.subject, second)

    with pytest.raises(ChainBrokenError, match="is not the hash of the event before it") as caught:
        await store.load(subjects.ENGINE)

    assert caught.value.sequence == 2


@pytest.mark.parametrize("raw", [b"", b"not json", b'{"specversion":"1.0"}', b"\xff\xfe", b"[]"])
async def test_a_message_that_is_no_event_is_named(log: Log, raw: bytes) -> None:
    store = await log.writer()
    await write(store, subjects.ENGINE, 1)
    await log.forge(subjects.LIMITS.subject, raw)

    with pytest.raises(MalformedEventError, match=r"message 2 on arb\.evt\.limits\.main") as caught:
        await store.load(subjects.LIMITS)
    assert caught.value.sequence == 2
    with pytest.raises(MalformedEventError):
        await store.last(subjects.LIMITS)
    assert [(s.sequence, s.raw) async for s in store.replay_stored(subjects.EVERY_EVENT, after=1)] == [(2, raw)]


async def test_an_event_of_a_type_unknown_here_is_read_but_its_fact_is_not(log: Log) -> None:
    store = await log.writer()
    recorded = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
    await log.forge(subjects.LIMITS.subject, altered(recorded.raw, type="arb.engine.started.v9"))

    last = await store.last(subjects.LIMITS)

    assert last is not None
    assert isinstance(last.event, CloudEvent)
    with pytest.raises(MalformedEventError, match=r"'arb\.engine\.started\.v9' is unknown"):
        _ = last.fact
