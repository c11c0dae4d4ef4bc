"""Halts the engine when what live trades came to passes a limit."""

import asyncio
from collections.abc import Callable

from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain.results import Results
from arb.executor.domain.risk import Tally
from arb.executor.domain.trade import Trade
from arb.messages.commands.executor import Pnl
from arb.messages.limits import Limits
from arb.runtime.clock import Clock


class RiskWatch:
    """Reads every end of a trade once, from the record on after a restart: a loss that was booked is never forgotten.

    Trades of other executors are in the book as well: limits are the platform's.
    `now` gives the network's time in unix seconds, 0 while it is not known.
    """

    def __init__(
        self,
        clock: Clock,
        switch: EngineSwitch,
        trades: TradeBook,
        limits: Callable[[], Limits],
        *,
        now: Callable[[], int] = lambda: 0,
    ) -> None:
        self._switch = switch
        self._trades = trades
        self._limits = limits
        self._clock = clock
        self._now = now
        self._read = 0
        self._ended_since = asyncio.Event()
        self._since = 0
        self._tally = Tally()
        self._results = Results()
        trades.tell(self._on_moved)

    async def look(self) -> None:
        """Count what ended since the last look and halt the engine if that passes a limit."""
        self._catch_up()
        if self._switch.engine.halted is not None:
            await self._switch.record_owed()
            return
        breach = self._tally.breach(self._limits())
        if breach is not None:
            await self._switch.halt_for(breach.halted("executor"))

    async def follow(self) -> None:
        """Look whenever a trade has ended, whoever ended it, without end."""
        while True:
            await self._ended_since.wait()
            self._ended_since.clear()
            await self.look()

    def _on_moved(self, trade: Trade) -> None:
        if trade.ended is not None:
            self._ended_since.set()

    def pnl(self) -> Pnl:
        """Results of today and altogether; what paper trades would have earned is beside them."""
        self._catch_up()
        time = self._now() or self._clock.micros() // 1_000_000
        return self._results.pnl(time)

    def _catch_up(self) -> None:
        endings = self._trades.endings
        if self._since != self._switch.resumed_at:
            # Another executor's word to resume may come late: what ended after it still counts.
            self._since, self._tally = self._switch.resumed_at, Tally()
            for ending in endings[: self._read]:
                if ending.sequence > self._since:
                    self._tally.add(ending)
        while self._read < len(endings):
            ending = endings[self._read]
            self._read += 1
            self._results.add(ending)
            if ending.sequence > self._since:
                self._tally.add(ending)
