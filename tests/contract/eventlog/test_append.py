"""What every event store promises about writing."""

import asyncio
from datetime import timedelta

import pytest
from support.facts import NOON, started
from support.logs import Log

from arb.eventlog import EMPTY, Head
from arb.eventlog.errors import WrongVersionError
from arb.messages import subjects
from arb.messages.envelope import GENESIS_HASH, content_hash
from arb.messages.events.account import AccountTransactionSettled


async def test_first_event_stands_on_genesis(log: Log) -> None:
    store = await log.writer("/arb/executor")

    recorded = await store.append(
        subjects.ENGINE, started("a"), expected=EMPTY, time=NOON, causation="c1", correlation="t1"
    )

    event = recorded.event
    assert (recorded.sequence, event.aggregateversion, event.prevhash) == (1, 1, GENESIS_HASH)
    assert (event.source, event.type, event.subject) == ("/arb/executor", "arb.engine.started.v1", "engine/main")
    assert (event.time, event.causationid, event.correlationid) == ("2026-03-01T12:00:00.000000Z", "c1", "t1")
    assert recorded.fact == started("a")
    assert recorded.head == Head(1, 1, content_hash(recorded.raw))


async def test_next_event_names_the_bytes_before_it(log: Log) -> None:
    store = await log.writer()
    first = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
    await store.append(subjects.LIMITS, started("between"), expected=EMPTY, time=NOON)

    second = await store.append(subjects.ENGINE, started("b"), expected=first.head, time=NOON)

    assert (second.sequence, second.event.aggregateversion) == (3, 2)
    assert second.event.prevhash == content_hash(first.raw)


async def test_stored_bytes_are_read_back_unchanged_with_empty_fields(log: Log) -> None:
    store = await log.writer()
    fact = AccountTransactionSettled(
        tx_hash="a" * 64, outcome="expired", ledger=None, fee_charged=0, codes=(), changes=()
    )

    recorded = await store.append(subjects.account("GA"), fact, expected=EMPTY, time=NOON)
    loaded = await store.load(subjects.account("GA"))

    assert [(r.raw, r.fact) for r in loaded] == [(recorded.raw, fact)]


async def test_a_writer_with_an_old_head_is_told_where_the_aggregate_stands(log: Log) -> None:
    store, rival = await log.writer(), await log.writer()
    first = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
    await rival.append(subjects.ENGINE, started("b"), expected=first.head, time=NOON)

    with pytest.raises(WrongVersionError, match="is at version 2, not 1") as caught:
        await store.append(subjects.ENGINE, started("c"), expected=first.head, time=NOON)

    assert (caught.value.expected, caught.value.actual) == (1, 2)
    assert len(await store.load(subjects.ENGINE)) == 2


async def test_a_head_the_log_never_had_is_refused(log: Log) -> None:
    store = await log.writer()

    with pytest.raises(WrongVersionError):
        await store.append(subjects.ENGINE, started("a"), expected=Head(4, 9, "f" * 64), time=NOON)

    assert await store.load(subjects.ENGINE) == []


async def test_of_racing_writers_exactly_one_wins_each_version(log: Log) -> None:
    writers = [await log.writer(f"/arb/writer{n}") for n in range(4)]
    head, wins = EMPTY, [0] * len(writers)
    for turn in range(15):
        attempts = await asyncio.gather(
            *(
                writer.append(subjects.ENGINE, started(f"{n}/{turn}"), expected=head, time=NOON)
                for n, writer in enumerate(writers)
            ),
            return_exceptions=True,
        )
        won = {n: attempt for n, attempt in enumerate(attempts) if not isinstance(attempt, BaseException)}
        assert len(won) == 1
        assert all(isinstance(a, WrongVersionError) for n, a in enumerate(attempts) if n not in won)
        ((winner, recorded),) = won.items()
        wins[winner] += 1
        head = recorded.head

    assert sum(wins) == 15
    assert [r.event.aggregateversion for r in await writers[0].load(subjects.ENGINE)] == list(range(1, 16))


async def test_the_same_append_again_is_the_same_event(log: Log) -> None:
    store = await log.writer()
    first = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)

    again = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON + timedelta(seconds=3))

    assert (again.sequence, again.raw) == (first.sequence, first.raw)
    assert await store.last_sequence() == 1


async def test_an_own_write_is_recognised_under_later_ones(log: Log) -> None:
    store = await log.writer()
    first = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)
    second = await store.append(subjects.ENGINE, started("b"), expected=first.head, time=NOON)
    await store.append(subjects.ENGINE, started("c"), expected=second.head, time=NOON)

    again = await store.append(subjects.ENGINE, started("b"), expected=first.head, time=NOON)

    assert again.head == second.head


async def test_the_same_fact_at_another_version_is_another_event(log: Log) -> None:
    store = await log.writer()
    first = await store.append(subjects.ENGINE, started("a"), expected=EMPTY, time=NOON)

    second = await store.append(subjects.ENGINE, started("a"), expected=first.head, time=NOON)

    assert second.event.id != first.event.id
    assert len(await store.load(subjects.ENGINE)) == 2
