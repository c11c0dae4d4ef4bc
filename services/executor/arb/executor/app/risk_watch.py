"""Halts the engine when what live trades came to passes a limit."""

from collections.abc import Callable, Iterable

from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain.results import Results
from arb.executor.domain.risk import Tally
from arb.messages.commands.executor import Pnl
from arb.messages.limits import Limits
from arb.runtime.clock import Clock


class RiskWatch:
    """Reads every end of a trade once, from the record on after a restart: a loss that was booked is never forgotten.

    `now` gives the network's time in unix seconds, 0 while it is not known.
    """

    def __init__(
        self,
        switch: EngineSwitch,
        trades: TradeBook,
        limits: Callable[[], Limits],
        clock: Clock,
        *,
        now: Callable[[], int] = lambda: 0,
    ) -> None:
        self._switch = switch
        self._trades = trades
        self._limits = limits
        self._clock = clock
        self._now = now
        self._read = 0
        self._since = 0
        self._tally = Tally()
        self._results = Results()

    async def look(self) -> None:
        """Count what ended since the last look and halt the engine if that passes a limit."""
        self._catch_up()
        if self._switch.engine.halted is not None:
            await self._switch.record_owed()
            return
        breach = self._tally.breach(self._limits())
        if breach is not None:
            await self._switch.halt_for(breach.halted("executor"))

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
            self._count(endings[: self._read])
        fresh = endings[self._read :]
        self._read += len(fresh)
        for _, trade_id in fresh:
            self._results.add(self._trades.get(trade_id))
        self._count(fresh)

    def _count(self, endings: Iterable[tuple[int, str]]) -> None:
        for sequence, trade_id in endings:
            if sequence > self._since:
                self._tally.add(self._trades.get(trade_id))
