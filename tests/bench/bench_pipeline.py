"""From seeing a ledger close to having submitted what it is worth, against two durable writes on the same bus.

Run by hand (PYTHONPATH=tests) or by `arb bench pipeline`: prints one JSON object on one line. The whole platform runs
as `arb up` starts it, every service a process of its own, with a localnet that trades; times are those that the events
state, classic baskets and contract routes apart. The floor is measured all the while, on the same nats-server.
A second part has a hundred trades of independent pairs carried out over ten channels, and counts the ledgers.
"""

import argparse
import asyncio
import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import uvloop
from support.demo import free_port
from support.durable_hops import DurableHops, durable_hops
from support.many_trades import CHANNELS, TRADES, ledgers_for_all
from support.stage_times import processor_milliseconds, stage_medians

from arb.cli.gateway_client import GatewayError, GatewayLostError, gateway
from arb.cli.launcher.bus import open_bus
from arb.cli.launcher.platform import LocalNetwork, Options, Platform
from arb.cli.launcher.state import StateDir
from arb.cli.record import reported
from arb.messages.subjects import EVERY_EVENT
from arb.runtime.logging import configure

SEED: Final = 7
GOALS: Final = {50: 5.0, 99: 10.0}
"""Percentile -> how many times the floor's median."""
LEDGERS_FOR_ALL: Final = 12
KINDS: Final = {"classic_basket": "basket", "soroban_route": "contract route"}
FLOOR_EVERY: Final = 0.2
FLOOR_PATIENCE: Final = 10.0
READY_SECONDS: Final = 120.0


class Measured(NamedTuple):
    """All in milliseconds: from ledger seen to submitted by kind of plan, two durable hops, and where time went.

    `processor`: by process, a second. What localnet uses there is the network's own work, done elsewhere in earnest.
    """

    waits: Mapping[str, list[float]]
    floor: list[float]
    stages: Mapping[str, Mapping[str, float]]
    processor: Mapping[str, float]


async def latencies(seconds: float, ledger_seconds: float, state: Path) -> Measured:
    """Let the platform trade for so long."""
    directory = StateDir.named(state)
    options = Options(
        state=directory,
        ws_port=free_port(),
        http_port=free_port(),
        local=LocalNetwork(seed=SEED, ledger_seconds=ledger_seconds),
        env={"ARB_MODE": "live"},
    )
    async with Platform(options) as platform:
        await platform.start()
        await _started(platform)
        before = _processor(directory)
        async with durable_hops(platform.nats_url) as hops:
            floor = await _floor(hops, seconds)
        processor = {name: round((used - before[name]) / seconds, 1) for name, used in _processor(directory).items()}
        await _ask(platform, "stop_engine")
        async with open_bus(directory, platform.nats_url) as bus:
            trades = (await reported(bus.store)).rows()
            stages = await stage_medians(bus.store.replay(EVERY_EVENT))
    waits: dict[str, list[float]] = defaultdict(list)
    for trade in trades:
        if trade.kind is not None and trade.latency_ms is not None:
            waits[trade.kind].append(trade.latency_ms)
    return Measured(waits, floor, stages, processor)


def _processor(state: StateDir) -> dict[str, float]:
    pids = json.loads((state.path / "processes.json").read_text())
    return {name: processor_milliseconds(pid) for name, pid in pids.items()}


async def _started(platform: Platform) -> None:
    """Start the engine once accounts and market are there."""
    async with asyncio.timeout(READY_SECONDS):
        while True:
            if (await _ask(platform, "get_status")).get("ready"):
                await _ask(platform, "start_engine")
                return
            await asyncio.sleep(0.25)


async def _ask(platform: Platform, command: str) -> Mapping[str, object]:
    with suppress(GatewayError, GatewayLostError, TimeoutError, OSError):
        async with gateway(platform.ws_url) as client:
            return await client.ask(command)
    return {}


async def _floor(hops: DurableHops, seconds: float) -> list[float]:
    """Two durable hops again and again while the platform trades: most of them between its bursts."""
    measured: list[float] = []
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        async with asyncio.timeout(FLOOR_PATIENCE):
            measured.append(await hops.milliseconds())
        await asyncio.sleep(FLOOR_EVERY)
    return measured


def latency_rows(waits: Mapping[str, Sequence[float]], floor: Sequence[float]) -> list[dict[str, object]]:
    """The figures in the common form. A kind of plan that was not traded at all holds no goal."""
    least = median(floor)
    rows = []
    for kind, name in KINDS.items():
        for percent, goal in GOALS.items():
            value = nearest_rank(waits.get(kind, ()), percent)
            ratio = value / least
            row: dict[str, object] = {"name": f"{name}: ledger seen to submitted, p{percent}", "value": round(value, 2)}
            row |= {"unit": "ms", "peer": "two durable hops, p50", "peer_value": round(least, 2)}
            rows.append(row | {"ratio": round(ratio, 2), "goal": goal, "holds": ratio <= goal})
    return rows


def nearest_rank(values: Sequence[float], percent: int) -> float:
    """The percentile. Of no values there is none: a million stands for it, which no goal allows."""
    if not values:
        return 1e6
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def ledgers_row(ledgers: int) -> dict[str, object]:
    """How many ledgers a hundred trades took; one a channel and ledger is the most there can be."""
    least = TRADES // CHANNELS
    row: dict[str, object] = {"name": f"{TRADES} trades over {CHANNELS} channels, all confirmed", "value": ledgers}
    row |= {"unit": "ledgers", "peer": "one trade a channel and ledger", "peer_value": least}
    goal = LEDGERS_FOR_ALL / least
    return row | {"ratio": ledgers / least, "goal": goal, "holds": ledgers <= LEDGERS_FOR_ALL}


async def _measure(seconds: float, ledger_seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="arb-bench-") as scratch:
        measured = await latencies(seconds, ledger_seconds, Path(scratch) / "platform")
        waits, floor = measured.waits, measured.floor
        rows = latency_rows(waits, floor)
        rows.append(ledgers_row(await ledgers_for_all(Path(scratch) / "trades", ledger_seconds)))
    detail = {
        "trades": {kind: len(times) for kind, times in waits.items()},
        "floor": {"samples": len(floor), "p50_ms": median(floor), "p99_ms": nearest_rank(floor, 99)},
        "ledger_seconds": ledger_seconds,
        "stages_p50_ms": measured.stages,
        "processor_ms_a_second": measured.processor,
    }
    return {"bench": "pipeline", "rows": rows, "detail": detail}


def main() -> int:
    """Print the figures; exit code 1 if a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--ledger-seconds", type=float, default=1.0)
    arguments = parser.parse_args()
    configure("bench", "ERROR", "console")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(_measure(arguments.seconds, arguments.ledger_seconds))
    print(json.dumps(result))
    rows = result["rows"]
    assert isinstance(rows, list)
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
