"""Every trade in memory, and the one door through which a trade's next event is stored."""

import asyncio
from collections import Counter
from collections.abc import Iterator

from arb.eventlog.ports import EMPTY, EventStore, Head
from arb.executor.domain.trade import Trade, evolve
from arb.messages import subjects
from arb.messages.base import Fact
from arb.runtime.clock import Clock


class TradeBook:
    """Trades as folds over the event store. Writers of one trade are serialised; the store refuses a second writer.

    `record` raises what the store raises (WrongVersionError, StoreUnavailableError, …) and then changes nothing here.
    """

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._trades: dict[str, Trade] = {}
        self._heads: dict[str, Head] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.sequence = 0
        """Of the newest event of any trade that is folded in."""
        self.endings: list[tuple[int, str]] = []
        """Sequence of the last event and id of every trade that has ended, in the order they were learned of."""

    async def load(self) -> None:
        """Rebuild every trade from the store."""
        self._trades.clear()
        self._heads.clear()
        self.endings.clear()
        async for recorded in self._store.replay(subjects.every("trade")):
            trade_id = recorded.aggregate.id
            self._enter(trade_id, evolve(self.get(trade_id), recorded.fact), recorded.head)

    async def record(self, trade_id: str, fact: Fact, *, correlation: str, causation: str | None = None) -> Trade:
        """Store the next event of a trade, then fold it in. Raises TransitionError before anything is stored."""
        after = evolve(self.get(trade_id), fact)
        recorded = await self._store.append(
            subjects.trade(trade_id),
            fact,
            expected=self._heads.get(trade_id, EMPTY),
            time=self._clock.now(),
            correlation=correlation,
            causation=causation,
        )
        self._enter(trade_id, after, recorded.head)
        return after

    async def reread(self, trade_id: str) -> Trade:
        """Fold this trade again from the store: after a write whose fate is unknown, or by another executor."""
        trade, head = Trade(), EMPTY
        for recorded in await self._store.load(subjects.trade(trade_id)):
            trade, head = evolve(trade, recorded.fact), recorded.head
        self._enter(trade_id, trade, head)
        return trade

    def _enter(self, trade_id: str, trade: Trade, head: Head) -> None:
        if trade.ended is not None and self.get(trade_id).ended is None:
            self.endings.append((head.sequence, trade_id))
        self._trades[trade_id], self._heads[trade_id] = trade, head
        self.sequence = max(self.sequence, head.sequence)

    def lock(self, trade_id: str) -> asyncio.Lock:
        """Held by whoever moves this trade on."""
        return self._locks.setdefault(trade_id, asyncio.Lock())

    def get(self, trade_id: str) -> Trade:
        """The trade, or one without a state."""
        return self._trades.get(trade_id, Trade())

    def open(self) -> list[Trade]:
        """Trades that have not ended."""
        return [trade for trade in self._trades.values() if trade.open]

    def of_ledger(self, ledger: int) -> Iterator[Trade]:
        """Trades planned on this ledger."""
        return (t for t in self._trades.values() if t.planned and t.planned.ledger == ledger)

    def newest(self, limit: int) -> list[Trade]:
        """The last trades that were planned, newest first."""
        return list(self._trades.values())[: -limit - 1 : -1]

    def counts(self) -> dict[str, int]:
        """Trades by state."""
        return dict(Counter(t.state for t in self._trades.values() if t.state is not None))
