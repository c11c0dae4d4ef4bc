"""Reading a long record back: verification and rebuilding every state, against a consumer that only counts.

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
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import structlog
from nats.aio.msg import Msg
from nats.js.api import Header, PubAck
from support.event_history import history
from support.facts import NOON, started
from support.nats import connected_bus

from arb.eventlog import EMPTY, Recorded
from arb.eventlog.audit import States, verify_whole
from arb.messages.subjects import ENGINE, EVERY_EVENT
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

ROUNDS = 3
VERIFY_GOAL, REBUILD_GOAL = 1 / 0.5, 1 / 0.3
"""Times what the bare consumer needs for an event: at least 50 % and 30 % of its events a second."""
APPEND_GOAL = 1.5
"""Times the cost of a plain publish."""
FLAT_GOAL = 1.25
"""Peak at all events over the peak at a quarter of them."""
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


async def verify(bus: Bus, events: int) -> None:
    """Every hash, every chain, every id; every fact against its schema and the laws of trades."""
    verdict = await verify_whole(bus.store, events)
    assert verdict.ok, verdict.first_bad
    assert verdict.events == events


async def rebuild(bus: Bus, events: int) -> None:
    """The state of every aggregate."""
    states = States()
    async for batch in bus.store.replay_batches(EVERY_EVENT, upto=events):
        for stored in batch:
            states.add(Recorded.read(stored))
    assert states.sequence == events


WORK: dict[str, Callable[[Bus, int], Awaitable[None]]] = {"bare": bare, "verify": verify, "rebuild": rebuild}


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


async def fill(bus: Bus, events: int) -> int:
    """Write the record as the event store would, headers and all; its size in bytes."""
    size = 0
    pending: list[asyncio.Future[PubAck]] = []
    for message in history(events):
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
                size = await fill(bus, events)
            rate = await rates(url, events)
            few = events // 4
            peaks = {name: (peak_mib(url, name, few), peak_mib(url, name, events)) for name in ("verify", "rebuild")}
        finally:
            await server.stop()
        append, publish = await append_cost(Path(directory) / "append")
    peer = "ordered consumer, bare"
    few_peak, all_peak = peaks["verify"]
    rows = [
        _row("verify", 1e6 / rate["verify"], "µs/event", peer, 1e6 / rate["bare"], VERIFY_GOAL),
        _row("rebuild of every state", 1e6 / rate["rebuild"], "µs/event", peer, 1e6 / rate["bare"], REBUILD_GOAL),
        _row("append", append, "ms", "JetStream publish", publish, APPEND_GOAL),
        _row("peak memory of verify", all_peak, "MiB", f"at {few} events", few_peak, FLAT_GOAL),
    ]
    detail: dict[str, object] = {
        "events": events,
        "bytes_per_event": round(size / events),
        "events_per_second": {name: round(each) for name, each in rate.items()},
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
