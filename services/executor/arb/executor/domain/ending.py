"""What a trade came to, in few words: enough to sum up results and losses when the trade itself is forgotten."""

from typing import Literal, NamedTuple

from arb.executor.domain.trade import Trade
from arb.messages.events.engine import Mode
from arb.messages.events.trade import TradeConfirmed, TradeExpired, TradeFailed, TradeRehearsed


class Ending(NamedTuple):
    """The end of a trade that came to a result. A rehearsed one's figures are hypothetical."""

    sequence: int
    """Of the event that ended it."""
    state: Literal["confirmed", "failed", "expired", "rehearsed"]
    mode: Mode
    kind: str
    """Of its plan."""
    base: str
    """The asset of the profit."""
    profit: int
    """Stroops of `base`."""
    fee: int
    """Stroops of XLM."""
    closed_at: int
    """Close time of the ledger that ended the trade, unix seconds; that of its plan's where it is not on record."""

    @classmethod
    def of(cls, trade: Trade, sequence: int) -> "Ending | None":
        """Of a trade that has ended; None for one that was rejected, which came to nothing."""
        planned, ended = trade.planned, trade.ended
        if planned is None:
            return None
        plan = planned.plan
        name = (planned.mode, plan.kind, plan.base)
        match ended:
            case TradeConfirmed():
                at = ended.close_time or planned.close_time
                return cls(sequence, "confirmed", *name, ended.realised_profit, ended.fee_charged, at)
            case TradeFailed():
                at = ended.close_time or planned.close_time
                return cls(sequence, "failed", *name, 0, ended.fee_charged, at)
            case TradeExpired():
                return cls(sequence, "expired", *name, 0, 0, ended.closed_at)
            case TradeRehearsed():
                profit, fee = ended.hypothetical_profit, ended.hypothetical_fee
                return cls(sequence, "rehearsed", *name, profit, fee, planned.close_time)
            case _:
                return None
