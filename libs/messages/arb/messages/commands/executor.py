"""Commands the executor answers."""

from typing import ClassVar, Literal

from pydantic import Field

from arb.messages.base import Message, Stroops, Token
from arb.messages.commands.base import Command
from arb.messages.events.engine import Mode
from arb.messages.limits import LimitChanges, Limits
from arb.messages.subjects import command

TradeState = Literal[
    "planned", "approved", "rejected", "signed", "submitted", "confirmed", "failed", "expired", "rehearsed"
]


class StartEngine(Command):
    """Begin to trade. Answers EngineStatus; starting a running engine changes nothing, a halted one is refused."""

    subject: ClassVar[str] = command("executor", "start")
    by: str


class StopEngine(Command):
    """Plan no further trades. Answers EngineStatus."""

    subject: ClassVar[str] = command("executor", "stop")
    by: str
    reason: str = "asked to stop"


class HaltEngine(Command):
    """Stop trading until a person resumes it, restarts included. Answers EngineStatus."""

    subject: ClassVar[str] = command("executor", "halt")
    by: str
    reason: str = Field(default="asked to halt", min_length=1, max_length=500)


class ResumeEngine(Command):
    """End a halt: the engine is again as it was before, running or stopped. Answers EngineStatus."""

    subject: ClassVar[str] = command("executor", "resume")
    by: str


class GetEngineStatus(Command):
    """Answers EngineStatus."""

    subject: ClassVar[str] = command("executor", "status")


class EngineStatus(Message):
    """Whether the engine trades, and what is under way."""

    running: bool
    mode: Mode
    open_trades: int
    trades: dict[str, int]
    """Trades by state."""
    halted: str | None = None
    """Why trading was halted; it goes on when a person resumes it."""


class GetTrades(Command):
    """Answers Trades: the newest first."""

    subject: ClassVar[str] = command("executor", "trades")
    limit: int = Field(default=50, ge=1, le=500)


class TradeSummary(Message):
    """One trade as a dashboard shows it."""

    trade_id: Token
    kind: str
    state: TradeState
    ledger: int
    base: str
    predicted_profit: Stroops
    realised_profit: Stroops | None
    fee_charged: Stroops | None
    tx_hash: str | None
    reason: str | None
    mode: Mode = "live"
    hypothetical_profit: Stroops | None = None
    """Of a rehearsed trade: what it would have earned by its own prediction. Nothing was earned."""


class Trades(Message):
    """Trades, newest first."""

    trades: tuple[TradeSummary, ...]


class Redrive(Command):
    """Take up the opportunity that lies at `sequence` of the record, which was set aside. Answers Redriven."""

    subject: ClassVar[str] = command("executor", "redrive")
    sequence: int = Field(gt=0)


class Redriven(Message):
    """The opportunity was judged like any other; `state` is what its trade came to."""

    trade_id: Token
    state: TradeState


class GetLimits(Command):
    """Answers LimitsInForce."""

    subject: ClassVar[str] = command("executor", "limits")


class SetLimits(Command):
    """Set the limits named in `changes` from the next trade on. Answers LimitsInForce."""

    subject: ClassVar[str] = command("executor", "set_limits")
    by: str
    changes: LimitChanges


class LimitsInForce(Message):
    """The limits, who set them last, and which of them were set by command and not by the settings."""

    limits: Limits
    by: str
    overridden: tuple[str, ...]


class GetPnl(Command):
    """Answers Pnl."""

    subject: ClassVar[str] = command("executor", "pnl")


class PnlSum(Message):
    """Ended trades by state, their profit by base asset before network fees, and the fees in stroops of XLM."""

    trades: dict[str, int]
    profit: dict[str, Stroops]
    fees: Stroops


class PnlPeriod(PnlSum):
    """All trades of a period, and the same by kind of plan."""

    by_kind: dict[str, PnlSum]


class Pnl(Message):
    """Results on the ledger, and beside them what paper trades would have come to by their own prediction."""

    day: str
    """The UTC day that `today` is, YYYY-MM-DD, by the network's time. A trade counts when its ledger closed."""
    today: PnlPeriod
    total: PnlPeriod
    hypothetical_today: PnlPeriod
    hypothetical_total: PnlPeriod
