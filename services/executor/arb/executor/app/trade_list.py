"""Trades as dashboards list them."""

from arb.executor.app.trade_book import TradeBook
from arb.executor.domain.trade import Trade
from arb.messages.commands.executor import Trades, TradeSummary
from arb.messages.events.trade import TradeConfirmed, TradeExpired, TradeFailed, TradeRehearsed, TradeRejected
from arb.messages.reasons import explain_all, explain_answer


def newest_trades(trades: TradeBook, limit: int) -> Trades:
    """The last trades, newest first."""
    return Trades(trades=tuple(_summary(trade) for trade in trades.newest(limit)))


def _summary(trade: Trade) -> TradeSummary:
    assert trade.planned is not None
    assert trade.state is not None
    ended = trade.ended
    return TradeSummary(
        trade_id=trade.id,
        kind=trade.planned.plan.kind,
        state=trade.state,
        ledger=trade.planned.ledger,
        base=trade.planned.plan.base,
        predicted_profit=trade.planned.plan.profit,
        realised_profit=ended.realised_profit if isinstance(ended, TradeConfirmed) else None,
        fee_charged=ended.fee_charged if isinstance(ended, TradeConfirmed | TradeFailed) else None,
        tx_hash=trade.signed.tx_hash if trade.signed else None,
        reason=_reason(ended) or _on_the_way(trade),
        mode=trade.planned.mode,
        hypothetical_profit=ended.hypothetical_profit if isinstance(ended, TradeRehearsed) else None,
    )


def _reason(ended: object) -> str | None:
    match ended:
        case TradeRejected():
            return ended.reason
        case TradeExpired():
            return explain_answer(ended.reason)
        case TradeFailed():
            return explain_all(ended.codes)
        case _:
            return None


def _on_the_way(trade: Trade) -> str | None:
    """Why an open trade takes longer than it should."""
    if not trade.in_flight:
        return None
    if trade.rebid is not None:
        return f"left out of a full ledger: {trade.rebid.max_fee} stroops are bid for it now"
    return f"dropped by the network's queue: {explain_answer(trade.dropped.answer)}" if trade.dropped else None
