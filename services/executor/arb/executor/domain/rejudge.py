"""Whether every recorded verdict of the guard, and every fee bid, is the one that the record before it leads to."""

import hashlib
from collections import Counter
from typing import NamedTuple

from arb.executor.domain import fees
from arb.executor.domain import limits as limits_rules
from arb.executor.domain.guard import judge
from arb.executor.domain.histories import Histories
from arb.executor.domain.limits import InForce
from arb.executor.domain.trade import TransitionError
from arb.messages.base import Fact
from arb.messages.events.limits import LimitsSet
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import (
    FeeGrounds,
    TradeApproved,
    TradeConfirmed,
    TradeExpired,
    TradeFailed,
    TradePlanned,
    TradeRebid,
    TradeRehearsed,
    TradeRejected,
    TradeSigned,
)
from arb.messages.limits import Limits


class Difference(NamedTuple):
    """A verdict, or a plan taken up, that does not follow from the record."""

    sequence: int
    trade_id: str
    problem: str


class Rejudging:
    """Feed it the facts of opportunities, limits and trades in the order of the record.

    `passed_over` counts, by code, ends of trades that come from outside, and verdicts whose grounds are not on record.
    """

    def __init__(self) -> None:
        self.decisions = 0
        self.differences: list[Difference] = []
        self.passed_over: Counter[str] = Counter()
        self._found: dict[str, bytes] = {}
        self._in_force: InForce | None = None
        self._limits: dict[int, Limits] = {}
        self._histories = Histories()
        self._planned: dict[str, TradePlanned] = {}
        self._approved: dict[str, TradePlanned] = {}
        self._signed: dict[str, tuple[TradePlanned, TradeSigned]] = {}

    def opportunity(self, found: OpportunityFound) -> None:
        """An opportunity was published."""
        self._found[found.id] = _hash_found(found)

    def limits(self, fact: Fact, version: int) -> None:
        """The limits aggregate's event of that version."""
        self._in_force = limits_rules.evolve(self._in_force, fact)
        if isinstance(fact, LimitsSet) and self._in_force is not None:
            self._limits[version] = self._in_force.limits

    def trade(self, trade_id: str, fact: Fact, sequence: int) -> None:
        """A trade's event, of whichever executor."""
        try:
            self._histories.fold(sequence, trade_id, fact)
        except TransitionError as wrong:
            self.differences.append(Difference(sequence, trade_id, str(wrong)))
            return
        match fact:
            case TradePlanned():
                self._planned[trade_id] = fact
                self._compare_plan(fact, sequence)
            case TradeApproved() | TradeRejected():
                planned = self._planned.pop(trade_id, None)
                if planned is not None:
                    self._compare_verdict(planned, fact, sequence)
                    if isinstance(fact, TradeApproved):
                        self._approved[trade_id] = planned
                else:
                    self._approved.pop(trade_id, None)
                    if isinstance(fact, TradeRejected):
                        self.passed_over[_family(fact.code)] += 1
            case TradeSigned() | TradeRehearsed():
                approved = self._approved.pop(trade_id, None)
                if approved is not None and isinstance(fact, TradeSigned):
                    self._signed[trade_id] = approved, fact
                    if fact.fee_grounds is not None:
                        self._compare_fee(approved, fact, fact.fee_grounds, sequence)
            case TradeRebid() if trade_id in self._signed:
                self._compare_rebid(*self._signed[trade_id], fact, sequence)
            case TradeConfirmed() | TradeFailed() | TradeExpired():
                self._signed.pop(trade_id, None)

    def _compare_plan(self, planned: TradePlanned, sequence: int) -> None:
        published = self._found.get(planned.opportunity_id)
        if published is None:
            self.differences.append(
                Difference(sequence, planned.trade_id, f"opportunity {planned.opportunity_id} was never published")
            )
        elif _hash_planned(planned) != published:
            self.differences.append(
                Difference(sequence, planned.trade_id, "what was taken up is not what was published")
            )

    def _compare_verdict(self, planned: TradePlanned, fact: TradeApproved | TradeRejected, sequence: int) -> None:
        grounds = fact.grounds
        if grounds is None:
            code = _family(fact.code) if isinstance(fact, TradeRejected) else "approved"
            self.passed_over[f"{code}_without_grounds" if code == "approved" else code] += 1
            return
        limits = self._limits.get(grounds.limits_version)
        if limits is None or grounds.trades_upto >= sequence:
            self.passed_over["grounds_impossible"] += 1
            return
        self.decisions += 1
        again = judge(
            planned,
            limits=limits,
            ledger=grounds.ledger,
            others=self._histories.others(planned, grounds.trades_upto),
            free_channels=grounds.free_channels,
        ).model_copy(update={"grounds": grounds})
        if again.model_dump_json() != fact.model_dump_json():
            self.differences.append(Difference(sequence, planned.trade_id, f"{_said(again)}, recorded: {_said(fact)}"))

    def _compare_fee(self, planned: TradePlanned, signed: TradeSigned, grounds: FeeGrounds, sequence: int) -> None:
        limits = self._limits.get(grounds.limits_version)
        if limits is None:
            self.passed_over["grounds_impossible"] += 1
            return
        self.decisions += 1
        again = fees.bid(planned.plan, grounds, limits)
        if again != signed.max_fee:
            problem = f"a fee of {again} stroops, recorded: {signed.max_fee}"
            self.differences.append(Difference(sequence, planned.trade_id, problem))

    def _compare_rebid(self, planned: TradePlanned, signed: TradeSigned, made: TradeRebid, sequence: int) -> None:
        limits = self._limits.get(made.grounds.limits_version)
        if limits is None:
            self.passed_over["grounds_impossible"] += 1
            return
        self.decisions += 1
        again = fees.rebid(planned.plan, signed, made.grounds, limits)
        if again != made.max_fee:
            problem = f"a higher bid of {again or 'nothing'}, recorded: {made.max_fee}"
            self.differences.append(Difference(sequence, planned.trade_id, problem))


def _said(verdict: TradeApproved | TradeRejected) -> str:
    if isinstance(verdict, TradeApproved):
        return f"approved at ledger {verdict.judged_at_ledger}"
    return f"rejected as {verdict.code} ({verdict.reason})"


def _family(code: str) -> str:
    """`signing_refused:no_key` is one of `signing_refused`."""
    return code.partition(":")[0]


def _hash_found(found: OpportunityFound) -> bytes:
    return _hash(found.ledger, found.close_time, found.seen_at_us, found.plan.model_dump_json())


def _hash_planned(planned: TradePlanned) -> bytes:
    return _hash(planned.ledger, planned.close_time, planned.seen_at_us, planned.plan.model_dump_json())


def _hash(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()[:16]
