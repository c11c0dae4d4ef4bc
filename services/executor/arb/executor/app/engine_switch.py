"""Use cases of the engine: start, stop, status, the list of trades."""

from arb.eventlog.ports import EMPTY, EventStore, Head
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain import engine as rules
from arb.executor.domain.engine import Engine
from arb.executor.domain.trade import Trade
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.commands.executor import EngineStatus, Trades, TradeSummary
from arb.messages.events.engine import Mode
from arb.messages.events.trade import TradeConfirmed, TradeExpired, TradeFailed, TradeRejected
from arb.runtime.clock import Clock


class EngineSwitch:
    """The one writer of the engine aggregate."""

    def __init__(self, store: EventStore, clock: Clock, trades: TradeBook, mode: Mode) -> None:
        self._store = store
        self._clock = clock
        self._trades = trades
        self._mode = mode
        self._head: Head = EMPTY
        self.engine = Engine()

    async def load(self) -> None:
        """Rebuild the engine from the store."""
        for recorded in await self._store.load(subjects.ENGINE):
            self.engine = rules.evolve(self.engine, recorded.fact)
            self._head = recorded.head

    async def start(self, by: str) -> EngineStatus:
        """Begin to trade in the mode of the settings."""
        return await self._record(rules.start(self.engine, mode=self._mode, by=by))

    async def stop(self, by: str, reason: str) -> EngineStatus:
        """Plan no further trades."""
        return await self._record(rules.stop(self.engine, by=by, reason=reason))

    def status(self) -> EngineStatus:
        """Whether the engine runs, and trades by state."""
        return EngineStatus(
            running=self.engine.running,
            mode=self.engine.mode if self.engine.running else self._mode,
            open_trades=len(self._trades.open()),
            trades=self._trades.counts(),
        )

    def newest_trades(self, limit: int) -> Trades:
        """The last trades, newest first."""
        return Trades(trades=tuple(_summary(trade) for trade in self._trades.newest(limit)))

    async def _record(self, facts: list[Fact]) -> EngineStatus:
        for fact in facts:
            recorded = await self._store.append(subjects.ENGINE, fact, expected=self._head, time=self._clock.now())
            self._head = recorded.head
            self.engine = rules.evolve(self.engine, fact)
        return self.status()


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
        reason=_reason(ended),
    )


def _reason(ended: object) -> str | None:
    match ended:
        case TradeRejected() | TradeExpired():
            return ended.reason
        case TradeFailed():
            return ", ".join(ended.codes)
        case _:
            return None
