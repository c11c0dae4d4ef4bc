"""What every aggregate was at one moment, as the record alone tells it: a fold that trusts no service's own."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from arb.eventlog.record import Recorded
from arb.messages.base import Fact
from arb.messages.events import account, engine, limits, opportunity, trade
from arb.messages.ledger import BalanceChange
from arb.messages.subjects import ENGINE, LIMITS, Aggregate

ENDINGS = {
    trade.TradeApproved: "approved",
    trade.TradeRejected: "rejected",
    trade.TradeSigned: "signed",
    trade.TradeSubmitted: "submitted",
    trade.TradeConfirmed: "confirmed",
    trade.TradeFailed: "failed",
    trade.TradeExpired: "expired",
    trade.TradeRehearsed: "rehearsed",
}


@dataclass(slots=True)
class EngineState:
    """Whether the platform traded."""

    running: bool = False
    mode: str | None = None
    by: str | None = None
    reason: str | None = None
    halted: str | None = None
    """Why it is halted, until a person resumes it."""


@dataclass(slots=True)
class AccountState:
    """One own account. Balances, what its own and the trades' events add up to, are kept beside it."""

    role: str | None = None
    index: int | None = None
    funded: bool = False
    open_transaction: str | None = None
    """Hash of the housekeeping transaction that is signed and has not ended."""


@dataclass(slots=True)
class TradeState:
    """One trade. Amounts in stroops of its base asset, the fee in stroops of XLM."""

    state: str
    ledger: int = 0
    kind: str = ""
    base: str = ""
    mode: str = "live"
    """`paper`: never signed, and what it predicted is hypothetical."""
    predicted: int = 0
    realised: int | None = None
    fee: int | None = None
    tx_hash: str | None = None
    rebid_hash: str | None = None
    """Of the fee bump around the same transaction, if one was made."""
    dropped: str | None = None
    """What the network's queue said when it knew the transaction no more."""
    reason: str | None = None


@dataclass(slots=True)
class OpportunityState:
    """One opportunity: a single event."""

    ledger: int
    kind: str
    base: str
    net_profit: int


@dataclass(slots=True)
class LatestState:
    """An aggregate of a kind that has no fold of its own here: how many events it has, and what the last one said."""

    events: int
    type: str
    data: dict[str, Any]


@dataclass
class States:
    """Feed it every event in order; what it holds is the state after the last one. Raises MalformedEventError."""

    sequence: int = 0
    time: str | None = None
    """Of the last event."""
    engine: EngineState = field(default_factory=EngineState)
    limits: dict[str, Any] | None = None
    accounts: dict[str, AccountState] = field(default_factory=dict)
    balances: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Stroops by own account and asset."""
    trades: dict[str, TradeState] = field(default_factory=dict)
    opportunities: dict[str, OpportunityState] = field(default_factory=dict)
    others: dict[Aggregate, LatestState] = field(default_factory=dict)

    def add(self, recorded: Recorded) -> None:
        """The next event."""
        fact = recorded.fact
        _FOLDS.get(recorded.aggregate.kind, States._other)(self, recorded, fact)
        self.sequence, self.time = recorded.sequence, recorded.said.time.decode()

    def as_json(self) -> dict[str, Any]:
        """Everything, for printing."""
        return {
            "sequence": self.sequence,
            "time": self.time,
            "engine": asdict(self.engine),
            "limits": self.limits,
            "accounts": {
                name: {**asdict(state), "balances": dict(self.balances.get(name, {}))}
                for name, state in self.accounts.items()
            },
            "trades": {name: asdict(state) for name, state in self.trades.items()},
            "opportunities": {name: asdict(state) for name, state in self.opportunities.items()},
            "others": {f"{one.kind}/{one.id}": asdict(state) for one, state in self.others.items()},
        }

    def _engine(self, _: Recorded, fact: Fact) -> None:
        match fact:
            case engine.EngineStarted():
                self.engine = EngineState(running=True, mode=fact.mode, by=fact.by)
            case engine.EngineStopped():
                halted = self.engine.halted
                self.engine = EngineState(False, self.engine.mode, by=fact.by, reason=fact.reason, halted=halted)
            case engine.EngineHalted():
                self.engine = EngineState(False, self.engine.mode, by=fact.by, reason=fact.reason, halted=fact.reason)
            case engine.EngineResumed():
                self.engine = EngineState(fact.running, self.engine.mode, by=fact.by)

    def _limits(self, _: Recorded, fact: Fact) -> None:
        if isinstance(fact, limits.LimitsSet):
            self.limits = fact.model_dump(mode="json")

    def _account(self, recorded: Recorded, fact: Fact) -> None:
        state = self.accounts.setdefault(recorded.aggregate.id, AccountState())
        match fact:
            case account.AccountAdopted():
                state.role, state.index = fact.role, fact.index
            case account.AccountFunded():
                state.funded = True
                self._move(fact.changes)
            case account.AccountRetired():
                state.funded = False
            case account.AccountTransactionSigned():
                state.open_transaction = fact.tx_hash
            case account.AccountTransactionSettled():
                state.open_transaction = None
                self._move(fact.changes)
            case account.MovedByOthers():
                self._move(fact.changes)

    def _trade(self, recorded: Recorded, fact: Fact) -> None:
        if isinstance(fact, trade.TradePlanned):
            plan = fact.plan
            self.trades[recorded.aggregate.id] = TradeState(
                "planned", fact.ledger, plan.kind, plan.base, fact.mode, plan.profit
            )
            return
        state = self.trades.setdefault(recorded.aggregate.id, TradeState(""))
        state.state = ENDINGS.get(type(fact), state.state)
        match fact:
            case trade.TradeSigned():
                state.tx_hash = fact.tx_hash
            case trade.TradeRebid():
                state.rebid_hash = fact.tx_hash
            case trade.TradeDropped():
                state.dropped = fact.answer
            case trade.TradeRejected() | trade.TradeExpired():
                state.reason = fact.reason
            case trade.TradeConfirmed() | trade.TradeFailed():
                state.fee = fact.fee_charged
                if isinstance(fact, trade.TradeConfirmed):
                    state.realised = fact.realised_profit
                else:
                    state.reason = ", ".join(fact.codes)
                self._move(fact.changes)

    def _opportunity(self, recorded: Recorded, fact: Fact) -> None:
        if isinstance(fact, opportunity.OpportunityFound):
            plan = fact.plan
            self.opportunities[recorded.aggregate.id] = OpportunityState(
                fact.ledger, plan.kind, plan.base, plan.net_profit
            )

    def _other(self, recorded: Recorded, fact: Fact) -> None:
        self.others[recorded.aggregate] = LatestState(recorded.version, fact.type, fact.model_dump(mode="json"))

    def _move(self, changes: Iterable[BalanceChange]) -> None:
        for change in changes:
            self.balances[change.account][change.asset] += change.delta


_FOLDS: dict[str, Callable[[States, Recorded, Fact], None]] = {
    ENGINE.kind: States._engine,
    LIMITS.kind: States._limits,
    "account": States._account,
    "trade": States._trade,
    "opportunity": States._opportunity,
}
