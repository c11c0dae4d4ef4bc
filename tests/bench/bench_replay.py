"""Reading a long record back: verification and rebuilding every state, against a consumer that only counts.
And not reading it back: an executor's start from a snapshot, against one that reads every trade.

The peer is nats-py's own ordered consumer with a callback, on the same stream in the same run. An append is measured
against a plain JetStream publish of as many bytes to the same server, which syncs every write.
"""

import argparse
import asyncio
import gc
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from statistics import median

import structlog
from nats.aio.msg import Msg
from nats.js.api import Header, PubAck
from support.event_history import Message, history
from support.facts import NOON, started
from support.nats import connected_bus

from arb.eventlog import EMPTY, Recorded
from arb.eventlog.audit import States, verify_whole
from arb.executor.app.trade_book import TradeBook
from arb.messages.subjects import ENGINE, EVERY_EVENT
from arb.runtime.bus import Bus
from arb.runtime.clock import SystemClock
from arb.runtime.nats_server import EmbeddedNats
from arb.runtime.snapshots import Snapshots

ROUNDS = 3
VERIFY_GOAL, REBUILD_GOAL = 1 / 0.5, 1 / 0.3
"""Times what the bare consumer needs for an event: at least 50 % and 30 % of its events a second."""
VERIFY_ALL_GOAL = REBUILD_GOAL
"""To read what events say is as much work as to rebuild from it."""
APPEND_GOAL = 1.5
"""Times the cost of a plain publish."""
FLAT_GOAL = 1.25
"""Peak at all events over the peak at a quarter of them."""
SNAPSHOT_GOAL = 0.1
"""Start of an executor's trade book with a snapshot over one that reads the whole record."""
TAIL = 2_000
"""Events that were stored since the snapshot: after so many, the next one is taken."""
APPENDS = 400


async def bare(bus: Bus, events: int) -> None:
    """Count every message."""
    seen, done = 0, asyncio.Event()

    async def count(_: Msg) -> None:
        nonlocal seen
        seen += 1
        if seen == events:
            done.set()

    subscription = await bus.js.subscribe(EVERY_EVENT, stream="EVENTS", ordered_consumer=True, cb=count)
    await done.wait()
    await subscription.unsubscribe()


async def verify(bus: Bus, events: int, *, hashes_only: bool = True) -> None:
    """Every hash, every chain, every id."""
    verdict = await verify_whole(bus.store, events, hashes_only=hashes_only)
    assert verdict.ok, verdict.first_bad
    assert verdict.events == events


async def verify_all(bus: Bus, events: int) -> None:
    """And every fact against its schema and the laws of trades, in a second process."""
    await verify(bus, events, hashes_only=False)


async def rebuild(bus: Bus, events: int) -> None:
    """The state of every aggregate."""
    states = States()
    async for batch in bus.store.replay_batches(EVERY_EVENT, upto=events):
        for stored in batch:
            states.add(Recorded.read(stored))
    assert states.sequence == events


async def start_book(bus: Bus, *, snapshot: bool) -> TradeBook:
    """An executor's trades, as it has them when it starts."""
    book = TradeBook(bus.store, SystemClock())
    if snapshot:
        await Snapshots(bus.snapshots, bus.store, structlog.stdlib.get_logger()).restore("trades", book)
    await book.load()
    return book


async def take_snapshot(bus: Bus) -> dict[str, float]:
    """Of the trades as they are; how long it took and how large the state is."""
    book = await start_book(bus, snapshot=False)
    state = b"".join(book.image() or ())
    began = time.perf_counter()
    assert await Snapshots(bus.snapshots, bus.store, structlog.stdlib.get_logger()).save("trades", book)
    return {"ms": round(1_000 * (time.perf_counter() - began)), "state_kib": len(state) // 1024}


async def start_times(url: str) -> tuple[float, float]:
    """Milliseconds of a start with the snapshot and of one without, medians of turns about."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        counts = []
        for snapshot in (True, False):
            async with connected_bus(url) as bus:
                gc.collect()
                began = time.perf_counter()
                book = await start_book(bus, snapshot=snapshot)
                taken[snapshot].append(time.perf_counter() - began)
                counts.append((book.counts(), len(book.endings), book.place))
        assert counts[0] == counts[1]
    return 1_000 * median(taken[True]), 1_000 * median(taken[False])


WORK: dict[str, Callable[[Bus, int], Awaitable[None]]] = {
    "bare": bare,
    "verify": verify,
    "verify_all": verify_all,
    "rebuild": rebuild,
}


async def rates(url: str, events: int) -> dict[str, float]:
    """Events a second of each kind of reading, in turn, the median of the rounds."""
    taken: dict[str, list[float]] = {name: [] for name in WORK}
    for _ in range(ROUNDS):
        for name, work in WORK.items():
            async with connected_bus(url) as bus:
                gc.collect()
                began = time.perf_counter()
                await work(bus, events)
                taken[name].append(time.perf_counter() - began)
    return {name: events / median(seconds) for name, seconds in taken.items()}


def peak_mib(url: str, name: str, events: int) -> float:
    """Peak memory of one reading in a process of its own."""
    command = [sys.executable, __file__, "--peak", name, "--url", url, "--events", str(events)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


async def append_cost(directory: Path) -> tuple[float, float]:
    """Milliseconds of an append and of a plain publish of the same bytes, medians of turns about."""
    server = EmbeddedNats(directory)
    async with AsyncExitStack() as resources:
        url = await server.start()
        resources.push_async_callback(server.stop)
        bus = await resources.enter_async_context(connected_bus(url))
        await bus.provision()
        appends, publishes, head = [], [], EMPTY
        for number in range(APPENDS):
            began = time.perf_counter()
            recorded = await bus.store.append(ENGINE, started(f"{number:04}" + "x" * 1_000), expected=head, time=NOON)
            between = time.perf_counter()
            await bus.js.publish("arb.market.bench", recorded.raw)
            ended = time.perf_counter()
            head = recorded.head
            appends.append(between - began)
            publishes.append(ended - between)
        return 1_000 * median(appends), 1_000 * median(publishes)


async def fill(bus: Bus, messages: Iterable[Message]) -> int:
    """Write them as the event store would, headers and all; their size in bytes."""
    size = 0
    pending: list[asyncio.Future[PubAck]] = []
    for message in messages:
        size += len(message.raw)
        headers = {Header.MSG_ID.value: message.id, Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(message.after)}
        pending.append(await bus.js.publish_async(message.subject, message.raw, stream="EVENTS", headers=headers))
        if len(pending) == 1_000:
            await asyncio.gather(*pending)
            pending.clear()
    await asyncio.gather(*pending)
    return size


async def measured(events: int) -> tuple[list[dict[str, object]], dict[str, object]]:
    """All rows, and what they were measured on."""
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedNats(Path(directory) / "long", sync_interval="2m")  # only read from, once it is there
        url = await server.start()
        try:
            async with connected_bus(url) as bus:
                await bus.provision()
                messages = history(events)
                size = await fill(bus, islice(messages, events - TAIL))
                snapshot = await take_snapshot(bus)
                size += await fill(bus, messages)
            rate = await rates(url, events)
            with_snapshot, without = await start_times(url)
            few = events // 4
            peaks = {
                name: (peak_mib(url, name, few), peak_mib(url, name, events)) for name in ("verify_all", "rebuild")
            }
        finally:
            await server.stop()
        append, publish = await append_cost(Path(directory) / "append")
    peer = "ordered consumer, bare"
    few_peak, all_peak = peaks["verify_all"]
    rows = [
        _row("verify: hash and fold", 1e6 / rate["verify"], "µs/event", peer, 1e6 / rate["bare"], VERIFY_GOAL),
        _row("verify: facts too", 1e6 / rate["verify_all"], "µs/event", peer, 1e6 / rate["bare"], VERIFY_ALL_GOAL),
        _row("rebuild of every state", 1e6 / rate["rebuild"], "µs/event", peer, 1e6 / rate["bare"], REBUILD_GOAL),
        _row("append", append, "ms", "JetStream publish", publish, APPEND_GOAL),
        _row("peak memory of verify", all_peak, "MiB", f"at {few} events", few_peak, FLAT_GOAL),
        _row("start with a snapshot", with_snapshot, "ms", "reading every trade", without, SNAPSHOT_GOAL),
    ]
    detail: dict[str, object] = {
        "events": events,
        "bytes_per_event": round(size / events),
        "events_per_second": {name: round(each) for name, each in rate.items()},
        "snapshot": snapshot | {"events_since": TAIL},
        "rebuild_peak_mib": [round(peak, 1) for peak in peaks["rebuild"]],
    }
    return rows, detail


def _row(name: str, value: float, unit: str, peer: str, peer_value: float, goal: float) -> dict[str, object]:
    ratio = value / peer_value
    figures = {"value": round(value, 3), "unit": unit, "peer": peer, "peer_value": round(peer_value, 3)}
    return {"name": name, **figures, "ratio": round(ratio, 3), "goal": round(goal, 3), "holds": ratio <= goal}


def own_peak_mib() -> float:
    """Peak memory of this process. Not getrusage: that begins with what the process that started this one had."""
    [peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(peak.split()[1]) / 1024


async def only(name: str, url: str, events: int) -> None:
    """One reading in this process."""
    async with connected_bus(url) as bus:
        await WORK[name](bus, events)


def main() -> int:
    """Print the figures; exit code 1 if a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--peak")
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    if given.peak:
        asyncio.run(only(given.peak, given.url, given.events))
        print(own_peak_mib())
        return 0
    rows, detail = asyncio.run(measured(given.events))
    print(json.dumps({"bench": "replay", "rows": rows, "detail": detail}))
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
