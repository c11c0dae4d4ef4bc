"""`python -m arb.executor replay` and `… backtest`: the guard on the record, read from the bus at NATS_URL.

`replay` prints one JSON object. `backtest` reads what `python -m arb.scanner backtest` writes on standard input and
prints one JSON object. Exit codes: 0 done, 1 the record cannot be read, 2 wrong arguments, 3 the bus cannot be used.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from arb.eventlog.errors import EventLogError, StoreUnavailableError
from arb.executor.domain import limits as limits_rules
from arb.executor.domain.hypothesis import Hypothesis
from arb.executor.domain.limits import InForce
from arb.executor.domain.rejudge import Rejudging
from arb.messages import subjects
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import TradePlanned
from arb.messages.limits import Limits
from arb.messages.market import GUARD_SETTINGS
from arb.runtime.bus import Bus
from arb.runtime.errors import EXIT_CRASHED, EXIT_NO_BUS, EXIT_SETTINGS, StartupError
from arb.runtime.logging import configure
from arb.runtime.progress import Progress

CONNECT_SECONDS = 5.0


class SettingsError(Exception):
    """Limits that cannot be."""


def run(arguments: Sequence[str]) -> int:
    """Runs the verb; the exit code."""
    options = _parser().parse_args(arguments)
    log = configure("executor", "ERROR", "console")

    async def on_bus() -> dict[str, Any]:
        # The operator at the command line reads; this process is its hand.
        url = os.environ.get("NATS_URL", "")
        async with await Bus.connect(url, "cli", log, limit=CONNECT_SECONDS) as bus:
            return await (_replay(bus) if options.verb == "replay" else _backtest(bus, dict(options.set)))

    try:
        answer = asyncio.run(on_bus())
    except (StartupError, StoreUnavailableError) as error:
        return _fail(str(error), EXIT_NO_BUS)
    except SettingsError as error:
        return _fail(str(error), EXIT_SETTINGS)
    except EventLogError as error:
        return _fail(str(error), EXIT_CRASHED)
    sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
    return 0


async def _replay(bus: Bus) -> dict[str, Any]:
    last = await bus.store.last_sequence()
    fold, progress = Rejudging(), Progress(last)
    async for recorded in bus.store.replay(subjects.EVERY_EVENT, upto=last):
        progress.reached(recorded.sequence)
        match recorded.aggregate.kind:
            case "opportunity" if isinstance(found := recorded.fact, OpportunityFound):
                fold.opportunity(found)
            case "limits":
                fold.limits(recorded.fact, recorded.version)
            case "trade":
                fold.trade(recorded.aggregate.id, recorded.fact, recorded.sequence)
    return {
        "decisions": fold.decisions,
        "differences": [difference._asdict() for difference in fold.differences],
        "passed_over": dict(fold.passed_over),
    }


async def _backtest(bus: Bus, changed: dict[str, int]) -> dict[str, Any]:
    known: InForce | None = None
    async for recorded in bus.store.replay(subjects.LIMITS.subject):
        known = limits_rules.evolve(known, recorded.fact)
    if known is None:
        raise SettingsError("the record holds no limits: no executor ever ran on it")
    noted = [
        recorded.fact
        async for recorded in bus.store.replay(subjects.every("trade"))
        if isinstance(recorded.fact, TradePlanned)
    ]
    hypothesis = Hypothesis(_with(known.limits, changed), noted)
    rest: dict[str, Any] = {}
    for line in sys.stdin:
        said = json.loads(line)
        if "opportunity" in said:
            hypothesis.take(OpportunityFound.model_validate_json(json.dumps(said["opportunity"])))
        else:
            rest |= said
    return hypothesis.as_json() | rest


def _with(limits: Limits, changed: dict[str, int]) -> Limits:
    try:
        return Limits.model_validate({**limits.model_dump(), **changed})
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        raise SettingsError(f"{'.'.join(map(str, first['loc']))}={first['input']!r}: {first['msg']}") from None


def _setting(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if name not in GUARD_SETTINGS:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(GUARD_SETTINGS)}")
    return name, int(value)


def _fail(reason: str, code: int) -> int:
    sys.stderr.write(f"{reason}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m arb.executor", description="The guard on its own record.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("replay", help="judge again what was judged, and compare")
    backtest = verbs.add_parser("backtest", help="judge the opportunities on standard input under other limits")
    backtest.add_argument("--set", type=_setting, action="append", default=[], metavar="NAME=VALUE")
    return parser
