"""A trade book that begins with a snapshot is the one that read the whole record; what is wrong with one is ignored."""

import json
from pathlib import Path
from random import Random

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from support.plans import planned
from support.trade_histories import TradeHistory

from arb.eventlog import MemoryEventStore, MemoryStream
from arb.eventlog.snapshot import MemoryCache
from arb.executor.app import trade_book, trade_image
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain.results import Results
from arb.executor.domain.risk import Tally
from arb.executor.domain.trade import TakeUp
from arb.messages.base import FACTS
from arb.runtime.clock import SystemClock
from arb.runtime.snapshots import Snapshots

GOLDEN = Path(__file__).with_name("trade_book_fold.json")


@pytest.fixture(autouse=True)
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trades are forgotten after a few ledgers."""
    monkeypatch.setattr(trade_book, "LISTED", 8)
    monkeypatch.setattr(trade_book, "LEDGERS_KEPT", 5)


def book_over(stream: MemoryStream) -> TradeBook:
    return TradeBook(MemoryEventStore("/arb/executor", stream), SystemClock())


def snapshots_over(stream: MemoryStream, cache: MemoryCache) -> Snapshots:
    return Snapshots(cache, MemoryEventStore("/arb/executor", stream), structlog.stdlib.get_logger())


async def read_from_the_first(stream: MemoryStream) -> TradeBook:
    book = book_over(stream)
    await book.load()
    return book


def seen(book: TradeBook) -> object:
    """All that anybody asks of a book."""
    results, tally = Results(), Tally()
    for ending in book.endings:
        results.add(ending)
        tally.add(ending)
    return (
        book.newest(8),
        sorted(book.open(), key=lambda trade: trade.id),
        book.counts(),
        book.endings,
        book.sequence,
        results.pnl(1_700_000_000),
        vars(tally),
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), before=st.integers(1, 200), between=st.integers(0, 60), after=st.integers(0, 60))
async def test_snapshot_and_tail_are_the_whole_record(seed: int, before: int, between: int, after: int) -> None:
    # Given a snapshot, perhaps one of a book that began with a snapshot itself
    stream, cache, history = MemoryStream(), MemoryCache(), TradeHistory(seed)
    store = MemoryEventStore("/arb/executor", stream)
    snapshots = snapshots_over(stream, cache)
    for events in (before, between):
        await history.write(store, events)
        book = book_over(stream)
        await snapshots.restore("trades", book)
        await book.load()
        assert await snapshots.save("trades", book)
    await history.write(store, after)
    # When an executor begins with it and reads what came since
    begun = book_over(stream)
    await snapshots.restore("trades", begun)
    assert begun.place.sequence == before + between
    await begun.load()
    # Then it is as if it had read everything
    assert seen(begun) == seen(await read_from_the_first(stream))


async def test_no_snapshot_is_taken_while_an_own_event_is_ahead_of_what_others_wrote() -> None:
    # Given an own event, and another executor's before it that was not read yet
    stream, cache = MemoryStream(), MemoryCache()
    book = await read_from_the_first(stream)
    await TradeHistory(3).write(MemoryEventStore("/arb/executor", stream), 5)
    await book.decide("own", TakeUp(planned()))
    # Then there is no place in the record that the book is the state of
    assert not await snapshots_over(stream, cache).save("trades", book)
    assert cache.values == {}
    # Until that was read
    await book.load()
    assert await snapshots_over(stream, cache).save("trades", book)


@pytest.mark.parametrize("harm", ["flipped", "cut", "not lines", "other fold", "shorter log", "other log"])
async def test_what_cannot_be_begun_with_is_ignored_and_said(harm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a snapshot of a long life, and something wrong with it or with the log
    stream, cache, history = MemoryStream(), MemoryCache(), TradeHistory(7)
    await history.write(MemoryEventStore("/arb/executor", stream), 120)
    await snapshots_over(stream, cache).save("trades", await read_from_the_first(stream))
    match harm:
        case "flipped":
            part = cache.values["trades.a.0"]
            cache.values["trades.a.0"] = part[:50] + bytes([part[50] ^ 4]) + part[51:]
        case "cut":
            cache.values["trades.a.0"] = cache.values["trades.a.0"][:-1]
        case "not lines":
            monkeypatch.setattr(trade_image.BookImage, "lines", lambda self: iter([b'{"counts": {"lost": 1}}']))
            await snapshots_over(stream, cache).save("trades", await read_from_the_first(stream))
        case "other fold":
            monkeypatch.setattr(TradeBook, "schema", "executor.trades.v0-0")
        case "shorter log":
            shorter = MemoryStream()
            for stored in stream.messages[:100]:
                shorter.store(stored.subject, stored.raw)
            stream = shorter
        case "other log":
            stream = MemoryStream()
            await TradeHistory(8).write(MemoryEventStore("/arb/executor", stream), 130)
    # When an executor starts
    book = book_over(stream)
    with capture_logs() as logs:
        await snapshots_over(stream, cache).restore("trades", book)
    # Then it says so, and reads everything
    assert [line["event"] for line in logs] == ["snapshot_ignored"]
    assert book.place.sequence == 0
    await book.load()
    assert seen(book) == seen(await read_from_the_first(stream))


async def test_every_flipped_bit_is_noticed_or_does_no_harm() -> None:
    stream, cache = MemoryStream(), MemoryCache()
    await TradeHistory(7).write(MemoryEventStore("/arb/executor", stream), 60)
    await snapshots_over(stream, cache).save("trades", whole := await read_from_the_first(stream))
    dice = Random(1)
    for key, value in list(cache.values.items()):
        for _ in range(15):
            at = dice.randrange(len(value))
            cache.values[key] = value[:at] + bytes([value[at] ^ 1 << dice.randrange(8)]) + value[at + 1 :]
            book = book_over(stream)
            await snapshots_over(stream, cache).restore("trades", book)
            await book.load()
            assert seen(book) == seen(whole)
        cache.values[key] = value


async def test_memory_holds_the_newest_trades_and_the_open_ones_only() -> None:
    stream = MemoryStream()
    await TradeHistory(7).write(MemoryEventStore("/arb/executor", stream), 1_500)
    book = await read_from_the_first(stream)
    assert len(book.endings) > 100
    assert len(list(book._all())) < 60


async def test_the_same_events_lead_to_the_same_state_as_ever() -> None:
    """When this fails, the fold means something else than it did: raise trade_image.VERSION, write the file anew."""
    golden = json.loads(GOLDEN.read_text())
    stream = MemoryStream()
    history = TradeHistory(7, [FACTS[kind] for kind in golden["kinds"]])
    await history.write(MemoryEventStore("/arb/executor", stream), 200)
    now = said(await read_from_the_first(stream))
    assert {"kinds": golden["kinds"], **now} == golden


def said(book: TradeBook) -> dict[str, object]:
    """What decisions are made by."""
    return {
        "version": trade_image.VERSION,
        "trades": {trade.id: trade.state for trade in book.newest(8)},
        "open": sorted(trade.id for trade in book.open()),
        "counts": dict(sorted(book.counts().items())),
        "endings": [list(ending) for ending in book.endings],
    }
