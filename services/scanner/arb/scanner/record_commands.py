"""`python -m arb.scanner replay` and `… backtest`: the scanner on its own record, read from the bus at NATS_URL.

`replay` prints one JSON object. `backtest` prints one JSON object a line: `{"opportunity": …}` for each plan that would
have been found, `{"ledgers": …}` at the end. Exit codes: 0 done, 2 wrong arguments, 3 the bus cannot be used.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

from arb.eventlog.errors import EventLogError
from arb.messages import subjects
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.market import SEARCH_SETTINGS
from arb.runtime.bus import Bus
from arb.runtime.errors import EXIT_NO_BUS, StartupError
from arb.runtime.logging import configure
from arb.runtime.progress import Progress
from arb.scanner.domain.decision import Outcome
from arb.scanner.domain.lives import SEARCHED, Lives
from arb.scanner.domain.replay import DecisionReplay, Published
from arb.scanner.record.errors import MarketRecordError
from arb.scanner.record.streams import Gap, Recorded, RecordReader

CONNECT_SECONDS = 5.0


def run(arguments: Sequence[str]) -> int:
    """Runs the verb; the exit code."""
    options = _parser().parse_args(arguments)
    log = configure("scanner", "ERROR", "console")

    async def on_bus() -> None:
        # The operator at the command line reads; this process is its hand.
        url = os.environ.get("NATS_URL", "")
        async with await Bus.connect(url, "cli", log, limit=CONNECT_SECONDS) as bus:
            if options.verb == "replay":
                await _replay(bus)
            else:
                await _backtest(bus, options)

    try:
        asyncio.run(on_bus())
    except (StartupError, EventLogError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_NO_BUS
    return 0


async def _replay(bus: Bus) -> None:
    # The end of the market record first: what it leads to is in the event record by then.
    upto = await bus.market.last_sequence()
    published: dict[str, Published] = {}
    async for recorded in bus.store.replay(subjects.every("opportunity")):
        if isinstance(recorded.fact, OpportunityFound):
            published[recorded.fact.id] = Published.of(recorded.fact)
    replay, market = DecisionReplay(published), _Market(bus, upto)
    async for item in market.items():
        replay.take(item)
    passed_over = replay.end()
    passed_over["message_unreadable"] += market.unreadable
    _say(
        {
            "decisions": replay.decisions,
            "differences": [difference._asdict() for difference in replay.differences],
            "passed_over": dict(+passed_over),
            "records": market.records,
            "bytes": market.octets,
        }
    )


async def _backtest(bus: Bus, options: argparse.Namespace) -> None:
    searched = SEARCHED | {Outcome.STOPPED, Outcome.OUTDATED} if options.every_ledger else SEARCHED
    lives = Lives(dict(options.set), searched)
    ledgers = 0
    found: set[str] = set()
    async for item in _Market(bus, await bus.market.last_sequence()).items():
        for again in lives.take(item):
            if not _asked(again.place.ledger, again.close_time, options):
                continue
            ledgers += again.place.scan != "signals"
            if isinstance(again.now, OpportunityFound) and again.now.id not in found:
                found.add(again.now.id)
                _say({"opportunity": again.now.model_dump(mode="json")})
    lives.ended()
    _say({"ledgers": ledgers, "passed_over": dict(+lives.passed_over)})


class _Market:
    """The market record up to a message, and how much of it was read."""

    def __init__(self, bus: Bus, upto: int) -> None:
        self._bus = bus
        self._upto = upto
        self.records = 0
        self.octets = 0
        self.unreadable = 0

    async def items(self) -> AsyncIterator[Recorded | Gap]:
        """What it says. A message that cannot be read is told on stderr, and missed by the ones after it."""
        reader, progress = RecordReader(), Progress(self._upto)
        async for batch in self._bus.market.replay_batches(upto=self._upto):
            for stored in batch:
                self.octets += len(stored.raw)
                progress.reached(stored.sequence)
                try:
                    for item in reader.read(stored.raw):
                        self.records += isinstance(item, Recorded)
                        yield item
                except MarketRecordError as wrong:
                    self.unreadable += 1
                    sys.stderr.write(f"market message {stored.sequence}: {wrong}\n")


def _asked(ledger: int, close_time: int, options: argparse.Namespace) -> bool:
    return bool(
        options.from_ledger <= ledger <= options.to_ledger and options.from_time <= close_time <= options.to_time
    )


def _setting(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if name not in SEARCH_SETTINGS:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(SEARCH_SETTINGS)}")
    return name, int(value)


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m arb.scanner", description="The scanner on its own record.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("replay", help="decide again what was decided, and compare")
    backtest = verbs.add_parser("backtest", help="what would have been found with other settings")
    far = 2**63
    for name, default in (("ledger", (0, far)), ("time", (0, far))):
        backtest.add_argument(f"--from-{name}", type=int, default=default[0])
        backtest.add_argument(f"--to-{name}", type=int, default=default[1])
    backtest.add_argument("--set", type=_setting, action="append", default=[], metavar="NAME=VALUE")
    backtest.add_argument("--every-ledger", action="store_true", help="also those not searched at the time")
    return parser
