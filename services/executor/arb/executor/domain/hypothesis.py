"""What the guard would have said to plans that were never taken up, under other limits. Nothing here happened."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from arb.executor.domain.guard import judge
from arb.executor.domain.trade import Trade
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import TradeApproved, TradePlanned
from arb.messages.limits import Limits
from arb.messages.oracle import OraclePrice
from arb.messages.plan import Plan

ASSUMPTIONS = (
    "every plan is judged in live mode on its own ledger and executed as quoted",
    "a trade is open for the rest of its ledger; a channel account is always free",
    "oracle prices and balance are those that the trades of the record last noted",
    "the market is the recorded one: it was not moved by these trades, and a gap they close may be found again",
)


@dataclass
class KindResult:
    """Plans of one kind. Amounts in stroops by base asset; fees in stroops of XLM."""

    plans: int = 0
    approved: int = 0
    profit: Counter[str] = field(default_factory=Counter)
    fees: int = 0
    net_profit: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """For printing."""
        return {
            "plans": self.plans,
            "approved": self.approved,
            "predicted_profit": dict(self.profit),
            "predicted_fees": self.fees,
            "predicted_net_profit": dict(self.net_profit),
        }


class Hypothesis:
    """Judges opportunities in the order of their ledgers; `noted` are the trades of the record, by ledger."""

    def __init__(self, limits: Limits, noted: list[TradePlanned]) -> None:
        self._limits = limits
        self._noted = sorted(noted, key=lambda planned: planned.ledger, reverse=True)
        self._prices: dict[str, OraclePrice] = {}
        self._spendable: int | None = None
        self._ledger = 0
        self._others: list[Trade] = []
        self.by_kind: dict[str, KindResult] = {}
        self.rejected: Counter[str] = Counter()
        self.found: list[dict[str, Any]] = []

    def take(self, found: OpportunityFound) -> None:
        """One opportunity."""
        self._note(found.ledger)
        if found.ledger != self._ledger:
            self._ledger, self._others = found.ledger, []
        plan = found.plan
        planned = TradePlanned(
            trade_id=found.id,
            opportunity_id=found.id,
            ledger=found.ledger,
            close_time=found.close_time,
            seen_at_us=found.seen_at_us,
            plan=plan,
            oracle=self._prices_of(plan),
            spendable=self._spendable,
        )
        verdict = judge(planned, limits=self._limits, ledger=found.ledger, others=self._others, free_channels=1)
        result = self.by_kind.setdefault(plan.kind, KindResult())
        result.plans += 1
        if isinstance(verdict, TradeApproved):
            self._others.append(Trade(state="approved", planned=planned))
            result.approved += 1
            result.profit[plan.base] += plan.profit
            result.fees += plan.fee
            result.net_profit[plan.base] += plan.net_profit
            code = "approved"
        else:
            code = verdict.code
            self.rejected[code] += 1
        self.found.append(
            {
                "id": found.id,
                "ledger": found.ledger,
                "kind": plan.kind,
                "net_profit": plan.net_profit,
                "verdict": code,
            }
        )

    def as_json(self) -> dict[str, Any]:
        """Everything, for printing."""
        return {
            "hypothetical": True,
            "assumptions": ASSUMPTIONS,
            "plans": len(self.found),
            "approved": len(self.found) - self.rejected.total(),
            "rejected": dict(self.rejected),
            "by_kind": {kind: result.as_json() for kind, result in self.by_kind.items()},
            "limits": self._limits.model_dump(mode="json"),
            "opportunities": self.found,
        }

    def _note(self, ledger: int) -> None:
        while self._noted and self._noted[-1].ledger <= ledger:
            planned = self._noted.pop()
            self._prices.update((price.asset, price) for price in planned.oracle)
            self._spendable = planned.spendable if planned.spendable is not None else self._spendable

    def _prices_of(self, plan: Plan) -> tuple[OraclePrice, ...]:
        assets = {asset for swap in plan.swaps for asset in swap[:2]}
        return tuple(self._prices[asset] for asset in sorted(assets) if asset in self._prices)
