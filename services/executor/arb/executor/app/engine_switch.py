"""Use cases of the engine: start, stop, halt, status, the list of trades."""

from collections.abc import Callable

import structlog

from arb.eventlog.errors import EventLogError
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
from arb.runtime.errors import Refusal

log = structlog.stdlib.get_logger(__name__)


class EngineSwitch:
    """The one writer of the engine aggregate. `distrust` says why the record must not be traded on, or None."""

    def __init__(
        self,
        store: EventStore,
        clock: Clock,
        trades: TradeBook,
        mode: Mode,
        *,
        distrust: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._trades = trades
        self._mode = mode
        self._distrust = distrust
        self._head: Head = EMPTY
        self._owed: list[Fact] = []
        self.engine = Engine()
        self.halted: str | None = None
        """Why the engine was halted; None once a person has started it again."""

    async def load(self) -> None:
        """Rebuild the engine from the store."""
        for recorded in await self._store.load(subjects.ENGINE):
            self.engine = rules.evolve(self.engine, recorded.fact)
            self._head = recorded.head

    async def start(self, by: str) -> EngineStatus:
        """Begin to trade in the mode of the settings. Raises Refusal while the record cannot be trusted."""
        if (problem := self._distrust()) is not None:
            raise Refusal("record_not_trusted", f"the engine stays halted: {problem}")
        await self._record(rules.start(self.engine, mode=self._mode, by=by))
        self.halted = None
        return self.status()

    async def stop(self, by: str, reason: str) -> EngineStatus:
        """Plan no further trades."""
        await self._record(rules.stop(self.engine, by=by, reason=reason))
        return self.status()

    async def halt(self, reason: str) -> None:
        """Stop trading at once, whether or not that can be recorded now. A person starts the engine again."""
        if self.halted is None:
            log.error("engine_halted", reason=reason)
        self.halted = reason
        stopped = rules.stop(self.engine, by="executor", reason=reason)
        for fact in stopped:
            self.engine = rules.evolve(self.engine, fact)
        self._owed += stopped
        try:
            await self._record([])
        except EventLogError as error:
            log.error("halt_not_recorded", reason=str(error))

    async def health(self) -> str | None:
        """Why the engine was halted, or None."""
        return None if self.halted is None else f"halted: {self.halted}"

    def status(self) -> EngineStatus:
        """Whether the engine runs, and trades by state."""
        return EngineStatus(
            running=self.engine.running,
            mode=self.engine.mode if self.engine.running else self._mode,
            halted=self.halted,
            open_trades=len(self._trades.open()),
            trades=self._trades.counts(),
        )

    def newest_trades(self, limit: int) -> Trades:
        """The last trades, newest first."""
        return Trades(trades=tuple(_summary(trade) for trade in self._trades.newest(limit)))

    async def _record(self, facts: list[Fact]) -> None:
        """Store what a halt could not store, then `facts`."""
        while self._owed:
            await self._append(self._owed[0])
            self._owed.pop(0)
        for fact in facts:
            await self._append(fact)
            self.engine = rules.evolve(self.engine, fact)

    async def _append(self, fact: Fact) -> None:
        recorded = await self._store.append(subjects.ENGINE, fact, expected=self._head, time=self._clock.now())
        self._head = recorded.head


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
