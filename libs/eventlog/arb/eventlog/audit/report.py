"""What the record says was done: trades, profits, fees, balances, latency. A fold over every event."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from arb.eventlog.record import Recorded
from arb.messages.base import Fact, Message
from arb.messages.events import account, opportunity, trade
from arb.messages.events.engine import Mode
from arb.messages.ledger import BalanceChange
from arb.messages.reasons import explain, explain_answer, telling

STATES: dict[type[Fact], str] = {
    trade.TradePlanned: "planned",
    trade.TradeApproved: "approved",
    trade.TradeRejected: "rejected",
    trade.TradeSigned: "signed",
    trade.TradeSubmitted: "submitted",
    trade.TradeConfirmed: "confirmed",
    trade.TradeFailed: "failed",
    trade.TradeExpired: "expired",
    trade.TradeRehearsed: "rehearsed",
}
"""The state a trade is in after an event of this type."""


class PaperReport(Message):
    """Trades of paper mode: nothing was signed, and profits are what the plans predicted. Amounts in stroops."""

    trades: dict[str, int]
    """Trades by state."""
    trades_by_kind: dict[str, dict[str, int]]
    """Trades by kind of plan, then state."""
    profit_stroops: dict[str, int]
    """Hypothetical profit of rehearsed trades by base asset, before network fees."""


class AuditReport(Message):
    """The report as `arb audit report --json` and `arb demo --json` print it. Amounts in stroops.

    Trades are those of live mode; those of paper mode are under `hypothetical` and in no other figure.
    """

    events: int
    opportunities: int
    first_ledger: int | None
    last_ledger: int | None
    trades: dict[str, int]
    """Trades by state."""
    trades_by_kind: dict[str, dict[str, int]]
    """Trades by kind of plan, then state."""
    failures: dict[str, int]
    """Failed and expired trades by the network's code and its meaning, a trade once for each code that says why."""
    profit_stroops: dict[str, int]
    """Realised profit of confirmed trades by base asset, before network fees."""
    profit_by_kind: dict[str, dict[str, int]]
    """The same by kind of plan, then base asset."""
    slippage_stroops: dict[str, int]
    """Realised less predicted profit of confirmed trades by base asset: below zero, less came in than was planned."""
    fees_stroops: int
    """Network fees charged for trades, confirmed or failed, in stroops of XLM."""
    fees_predicted_stroops: int
    """The fees that the plans of those same trades had allowed for."""
    housekeeping_fees_stroops: int
    """Network fees charged for creating, trusting and topping up own accounts."""
    trades_dropped: int = 0
    """Trades that the network had and its queue let go, whatever became of them."""
    trades_rebid: int = 0
    """Trades whose transaction was bid for again, by a fee bump, when ledgers were full."""
    signatures_refused: dict[str, int] = Field(default_factory=dict)
    """Requests that the signer refused, by its code."""
    predicted_equals_realised: float | None
    """Share of confirmed trades whose realised profit is the predicted one to the stroop; null when there is none."""
    exact_when_unmoved: float | None
    """The same share among confirmed trades whose venues nobody else had moved; null when there is none."""
    p50_ms: float | None
    p99_ms: float | None
    """From seeing the ledger close to the network having the transaction, nearest rank; null without submission."""
    ledgers_missed: int
    """Ledgers nobody could read any more: what others paid in them is in no event. 0, or `balances` may be wrong."""
    hypothetical: PaperReport
    balances: dict[str, dict[str, int]]
    """Own balances by account and asset that the events add up to; every adopted account, even with none."""


@dataclass(slots=True)
class TradeRow:
    """One trade as the report sees it. Amounts in stroops of `base`, fees in stroops of XLM."""

    state: str = ""
    counted: bool = True
    """Whether it was planned within the time that is reported on."""
    kind: str | None = None
    base: str = ""
    mode: Mode = "live"
    planned_ledger: int = 0
    predicted_fee: int = 0
    seen_at_us: int = 0
    submitted_at_us: int | None = None
    ended_ledger: int | None = None
    fee: int | None = None
    predicted: int | None = None
    realised: int | None = None
    """Predicted and realised profit, of confirmed trades only."""
    hypothetical: int | None = None
    """Profit that a rehearsed trade would have had by its own prediction."""
    reasons: tuple[str, ...] = ()
    """Why it failed or expired, each code with its meaning."""
    moved: bool = False
    """Whether somebody else had moved a venue of it."""

    @property
    def latency_ms(self) -> float | None:
        """From seeing the ledger to the network having the transaction."""
        if self.submitted_at_us is None or not self.seen_at_us:
            return None
        return (self.submitted_at_us - self.seen_at_us) / 1000


@dataclass
class Report:
    """Feed it every event in order; ask for the result at any time."""

    _events: int = 0
    _opportunities: int = 0
    _ledgers: tuple[int, int] | None = None
    _trades: dict[str, TradeRow] = field(default_factory=lambda: defaultdict(TradeRow))
    _dropped: int = 0
    _rebid: int = 0
    _refused: Counter[str] = field(default_factory=Counter)
    _housekeeping_fees: int = 0
    _ledgers_missed: int = 0
    _balances: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, recorded: Recorded, *, counted: bool = True) -> None:
        """The next event. Raises MalformedEventError when this version cannot read its fact.

        One that is not `counted`, of before the time that is reported on, is in no figure but the balances; a trade
        counts when its plan does.
        """
        if not counted:
            self._only_balances(recorded)
            return
        self._events += 1
        match fact := recorded.fact:
            case opportunity.OpportunityFound():
                self._opportunities += 1
                self._at(fact.ledger)
            case account.SigningRefused():
                self._refused[fact.code] += 1
            case account.AccountAdopted():
                # Ours from now on, with nothing in it: whatever it holds without an event is a difference.
                self._balances.setdefault(fact.account, Counter())
            case account.AccountFunded():
                self._at(fact.ledger)
                self._move(fact.changes)
            case account.AccountTransactionSettled():
                self._housekeeping_fees += fact.fee_charged
                if fact.ledger is not None:
                    self._at(fact.ledger)
                self._move(fact.changes)
            case account.MovedByOthers():
                self._at(fact.ledger)
                self._move(fact.changes)
            case account.HistoryMissed():
                self._ledgers_missed += fact.last_ledger - fact.first_ledger + 1
            case account.BalancesChanged():
                self._at(fact.ledger)
            case trade.TradeDropped():
                self._dropped += 1
                self._at(fact.ledger)
            case trade.TradeRebid():
                self._rebid += 1
                self._at(fact.grounds.ledger)
            case _ if type(fact) in STATES:
                self._of_trade(self._trades[recorded.aggregate.id], fact)

    def _only_balances(self, recorded: Recorded) -> None:
        match fact := recorded.fact:
            case account.AccountAdopted():
                self._balances.setdefault(fact.account, Counter())
            case account.AccountFunded() | account.AccountTransactionSettled() | account.MovedByOthers():
                self._move(fact.changes)
            case _ if type(fact) in STATES:
                self._trades[recorded.aggregate.id].counted = False
                if isinstance(fact, trade.Settlement):
                    self._move(fact.changes)

    def result(self) -> AuditReport:
        """The report over all events so far."""
        trades = self.rows()
        live = [one for one in trades if one.mode == "live"]
        by_state, by_kind = _counted(live)
        profit: Counter[str] = Counter()
        profit_by_kind: dict[str, Counter[str]] = defaultdict(Counter)
        slippage: Counter[str] = Counter()
        for one in live:
            if one.kind is not None and one.realised is not None and one.predicted is not None:
                profit[one.base] += one.realised
                profit_by_kind[one.kind][one.base] += one.realised
                slippage[one.base] += one.realised - one.predicted
        ended = [one for one in trades if one.fee is not None]
        confirmed = [one for one in ended if one.realised is not None]
        waits = sorted(wait for one in trades if (wait := one.latency_ms) is not None)
        return AuditReport(
            events=self._events,
            opportunities=self._opportunities,
            first_ledger=self._ledgers[0] if self._ledgers else None,
            last_ledger=self._ledgers[1] if self._ledgers else None,
            trades=by_state,
            trades_by_kind=by_kind,
            failures=dict(Counter(reason for one in live for reason in one.reasons)),
            profit_stroops=dict(profit),
            profit_by_kind={kind: dict(by_asset) for kind, by_asset in profit_by_kind.items()},
            slippage_stroops=dict(slippage),
            fees_stroops=sum(one.fee or 0 for one in ended),
            fees_predicted_stroops=sum(one.predicted_fee for one in ended),
            housekeeping_fees_stroops=self._housekeeping_fees,
            trades_dropped=self._dropped,
            trades_rebid=self._rebid,
            signatures_refused=dict(self._refused),
            predicted_equals_realised=_exact(confirmed),
            exact_when_unmoved=_exact([one for one in confirmed if not one.moved]),
            p50_ms=_nearest_rank(waits, 50),
            p99_ms=_nearest_rank(waits, 99),
            ledgers_missed=self._ledgers_missed,
            hypothetical=_on_paper([one for one in trades if one.mode == "paper"]),
            balances={owner: dict(held) for owner, held in self._balances.items()},
        )

    def rows(self) -> Sequence[TradeRow]:
        """Every trade, in the order in which they were planned."""
        return [one for one in self._trades.values() if one.counted]

    def _of_trade(self, one: TradeRow, fact: Fact) -> None:
        one.state = STATES[type(fact)]
        match fact:
            case trade.TradePlanned():
                one.kind, one.base, one.predicted_fee = fact.plan.kind, fact.plan.base, fact.plan.fee
                one.mode, one.planned_ledger, one.seen_at_us = fact.mode, fact.ledger, fact.seen_at_us
                self._at(fact.ledger)
            case trade.TradeSubmitted():
                one.submitted_at_us = fact.submitted_at_us
            case trade.TradeConfirmed() | trade.TradeFailed():
                one.ended_ledger, one.fee, one.moved = fact.ledger, fact.fee_charged, fact.venues_moved
                if isinstance(fact, trade.TradeConfirmed):
                    one.predicted, one.realised = fact.predicted_profit, fact.realised_profit
                else:
                    one.reasons = tuple(explain(code) for code in telling(fact.codes))
                self._at(fact.ledger)
                self._move(fact.changes)

            case trade.TradeExpired():
                one.reasons = (explain_answer(fact.reason),)
            case trade.TradeRehearsed():
                one.hypothetical = fact.hypothetical_profit

    def _move(self, changes: Iterable[BalanceChange]) -> None:
        for change in changes:
            self._balances[change.account][change.asset] += change.delta

    def _at(self, ledger: int) -> None:
        first, last = self._ledgers or (ledger, ledger)
        self._ledgers = min(first, ledger), max(last, ledger)


def _counted(trades: Iterable[TradeRow]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Trades by state, and by kind of plan and state."""
    by_state: Counter[str] = Counter()
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for one in trades:
        by_state[one.state] += 1
        if one.kind is not None:
            by_kind[one.kind][one.state] += 1
    return dict(by_state), {kind: dict(states) for kind, states in by_kind.items()}


def _on_paper(trades: Sequence[TradeRow]) -> PaperReport:
    by_state, by_kind = _counted(trades)
    profit: Counter[str] = Counter()
    for one in trades:
        if one.hypothetical is not None:
            profit[one.base] += one.hypothetical
    return PaperReport(trades=by_state, trades_by_kind=by_kind, profit_stroops=dict(profit))


def _exact(confirmed: list[TradeRow]) -> float | None:
    if not confirmed:
        return None
    return sum(one.realised == one.predicted for one in confirmed) / len(confirmed)


def _nearest_rank(ascending: list[float], percent: int) -> float | None:
    if not ascending:
        return None
    return ascending[max(0, math.ceil(len(ascending) * percent / 100) - 1)]
