"""Where the time of trades goes between a ledger seen and a transaction submitted, as the events of the record say."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from arb.eventlog import Recorded
from arb.messages.events.account import TradeEnvelopeSigned
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import TradeApproved, TradePlanned, TradeSigned, TradeSubmitted

STAGES: Final = ("seen", "found", "planned", "judged", "signature given", "signed", "submitted")
"""An event bears the time right before it is written: a stage holds the durable write of the one it begins with."""


async def stage_medians(events: AsyncIterator[Recorded]) -> Mapping[str, Mapping[str, float]]:
    """By kind of plan, the median milliseconds of every stage of the trades that were submitted."""
    moments: dict[str, dict[str, float]] = defaultdict(dict)
    kinds: dict[str, str] = {}
    async for recorded in events:
        fact, trade = recorded.fact, moments[recorded.aggregate.id]
        at = datetime.fromisoformat(recorded.said.time.decode()).timestamp() * 1_000
        match fact:
            case OpportunityFound():
                kinds[recorded.aggregate.id] = fact.plan.kind
                trade |= {"seen": fact.seen_at_us / 1_000, "found": at}
            case TradePlanned():
                trade["planned"] = at
            case TradeApproved():
                trade["judged"] = at
            case TradeEnvelopeSigned():
                moments[fact.trade_id]["signature given"] = at
            case TradeSigned():
                trade["signed"] = at
            case TradeSubmitted():
                trade["submitted"] = fact.submitted_at_us / 1_000
            case _:
                pass
    whole: dict[str, list[dict[str, float]]] = defaultdict(list)
    for trade_id, trade in moments.items():
        if trade_id in kinds and all(stage in trade for stage in STAGES):
            whole[kinds[trade_id]].append(trade)
    return {kind: _medians(trades) for kind, trades in whole.items()}


def _medians(trades: Iterable[Mapping[str, float]]) -> Mapping[str, float]:
    known = list(trades)
    return {
        f"{begin} to {end}": round(median(trade[end] - trade[begin] for trade in known), 2)
        for begin, end in pairwise(STAGES)
    }


def processor_milliseconds(pid: int) -> float:
    """Processor time a process has used so far, as Linux tells it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 10.0
