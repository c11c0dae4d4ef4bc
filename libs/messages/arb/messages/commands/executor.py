"""Commands the executor answers."""

from typing import ClassVar, Literal

from pydantic import Field

from arb.messages.base import Message, Stroops, Token
from arb.messages.commands.base import Command
from arb.messages.events.engine import Mode
from arb.messages.subjects import command

TradeState = Literal["planned", "approved", "rejected", "signed", "submitted", "confirmed", "failed", "expired"]


class StartEngine(Command):
    """Begin to trade. Answers EngineStatus; starting a running engine changes nothing."""

    subject: ClassVar[str] = command("executor", "start")
    by: str


class StopEngine(Command):
    """Plan no further trades. Answers EngineStatus."""

    subject: ClassVar[str] = command("executor", "stop")
    by: str
    reason: str = "asked to stop"


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
    """Why the executor stopped by itself; trading goes on when a person starts the engine."""


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
