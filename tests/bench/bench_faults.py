"""Executors under seeded faults on a real localnet: every run is judged by its ledger, one row per law.

Run by hand (PYTHONPATH=tests) or by `arb bench faults --runs 500 --seed 7`: prints one JSON object on its last line.
The plan of a run follows from its number alone; one that broke a law is printed with its number and its plan, and
`--only NUMBER` runs it again on a network of its own.
"""

import argparse
import asyncio
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import structlog
from support.fault_ledger import LAWS, Evidence
from support.fault_others import ROOM
from support.fault_plan import draw
from support.fault_run import LEDGER_SECONDS, FaultRun
from support.localnet import running_localnet

from arb.messages.events.trade import TradeRebid

RUNS = 30
LANES = 4
RUNS_PER_NETWORK = 20
"""Pools are pushed the same way in every run: after so many a fresh market is due."""
SEEDS = 1_000_000
"""Run `i` of seed `s` has the number `s * SEEDS + i`."""


@dataclass
class Tally:
    """What all runs came to."""

    runs: int = 0
    broken: dict[str, list[int]] = field(default_factory=lambda: {law: [] for law in LAWS})
    planned: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    envelopes: int = 0
    rebids: int = 0
    crashed: list[int] = field(default_factory=list)
    """Runs that the bench itself could not bring to an end."""
    reports: list[str] = field(default_factory=list)

    def add(self, run: Evidence) -> None:
        """Judge one run."""
        self.runs += 1
        self.planned += run.plan.faults
        self.met += run.met
        self.ends += run.ends()
        self.envelopes += len({each.envelope_xdr for each in run.sent})
        self.rebids += sum(isinstance(each.fact, TradeRebid) for each in run.facts)
        for law, judge in LAWS.items():
            wrong = judge(run)
            if wrong is not None:
                self.broken[law].append(run.plan.seed)
                self.report(f"run {run.plan.seed} breaks {law!r}: {wrong}; {run.plan}")

    def report(self, text: str) -> None:
        """Said at once, and again in the result."""
        self.reports.append(text)
        print(text, file=sys.stderr, flush=True)


def rows(tally: Tally) -> Iterator[dict[str, object]]:
    """One per law: how many runs broke it."""
    for law, broken in [*tally.broken.items(), ("every run could be judged", tally.crashed)]:
        peer = {"peer": "runs", "peer_value": tally.runs, "ratio": len(broken) / max(tally.runs, 1)}
        holds = not broken and tally.runs > 0
        yield {"name": law, "value": len(broken), "unit": "runs broke it", **peer, "goal": 0, "holds": holds}


async def lane(numbers: list[int], tally: Tally) -> None:
    """Run after run, on one network after the other, as long as there are numbers left."""
    while numbers:
        options = {"traffic": "on", "traffic_rate": 0, "ledger_seconds": LEDGER_SECONDS, "max_operations": ROOM}
        with ExitStack() as stack:
            network = await asyncio.to_thread(stack.enter_context, running_localnet(**options))
            for _ in range(RUNS_PER_NETWORK):
                if not numbers:
                    return
                plan = draw(numbers.pop(0))
                try:
                    tally.add(await FaultRun(network, plan).run())
                except Exception as error:  # noqa: BLE001  whatever it is: the other runs are still worth their results
                    tally.crashed.append(plan.seed)
                    tally.report(f"run {plan.seed} could not be judged: {error!r}; {plan}")
                    break


async def run_all(numbers: list[int], tally: Tally) -> None:
    """Lanes beside each other: what a run waits for is mostly the next ledger."""
    await asyncio.gather(*(lane(numbers, tally) for _ in range(min(LANES, len(numbers)))))


def main() -> int:
    """Print the figures; exit code 1 if a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how many (default {RUNS})")
    parser.add_argument("--seed", type=int, default=7, help="which (default 7)")
    parser.add_argument("--only", type=int, help="one run, by the number it was printed with; its log goes to stderr")
    given = parser.parse_args()
    if given.runs < 1 or not 0 <= given.seed < SEEDS or given.runs > SEEDS:
        parser.error(f"--runs is 1..{SEEDS}, --seed 0..{SEEDS - 1}")
    alone = given.only is not None
    level = logging.INFO if alone else logging.CRITICAL
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    numbers = [given.only] if alone else [given.seed * SEEDS + index for index in range(given.runs)]
    tally, started = Tally(), time.monotonic()
    asyncio.run(run_all(numbers, tally))
    detail = {
        "runs": tally.runs,
        "seed": given.seed,
        "seconds": round(time.monotonic() - started),
        "ends": tally.ends,
        "envelopes": tally.envelopes,
        "rebids": tally.rebids,
        "faults_planned": tally.planned.total(),
        "faults_met": tally.met.total(),
        "met": dict(tally.met.most_common()),
        "reports": tally.reports,
    }
    found = list(rows(tally))
    print(json.dumps({"bench": "faults", "rows": found, "detail": detail}))
    return 0 if all(each["holds"] for each in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
