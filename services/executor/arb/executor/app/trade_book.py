"""Every trade in memory, and the one door through which a trade's next event is stored."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from arb.eventlog import EventStore, Keeper, Recorded
from arb.eventlog.errors import EventLogError
from arb.executor.domain import trade as decider
from arb.executor.domain.trade import Note, Trade, TradeCommand, TransitionError
from arb.messages.base import Fact
from arb.messages.subjects import every
from arb.messages.subjects import trade as aggregate
from arb.runtime.clock import Clock


class TradeMovedError(EventLogError):
    """What was to be recorded of a trade can no longer follow: another executor was first."""


class TradeBook:
    """Trades as folds over the event store, those of other executors too; the store refuses a second writer.

    While the store does not answer nothing changes here. `load` comes first; with `follow` running, others' events
    are folded in as they are recorded, in the order of the record, and own ones once.
    """

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._keeper: Keeper[TradeCommand, Trade] = Keeper(
            store, clock.now, decider, every("trade"), folded=self._folded
        )
        self._locks: dict[str, asyncio.Lock] = {}
        self._told: list[Callable[[Trade], None]] = []
        self._planned_at: dict[str, int] = {}
        """Sequence of the first event, by trade: of executors that plan at once, the later one sees the earlier."""
        self.endings: list[tuple[int, str]] = []
        """Sequence of the last event and id of every trade that has ended, in the order they were learned of."""

    async def load(self) -> None:
        """Rebuild every trade from the store."""
        await self._keeper.load()

    async def follow(self) -> None:
        """Take over what others record, without end."""
        await self._keeper.follow()

    async def abreast(self) -> None:
        """Wait until all that was recorded before our newest event is folded in; at once while nothing is followed.

        Up to `sequence`, nothing is then missing here: what is judged now is judged knowing every trade before it.
        """
        await self._keeper.abreast()

    def tell(self, told: Callable[[Trade], None]) -> None:
        """Have `told` called with every trade that moves on from now on, whoever moved it, once it is folded in."""
        self._told.append(told)

    @property
    def sequence(self) -> int:
        """Of the newest event of any trade that is folded in."""
        return self._keeper.newest

    async def decide(self, trade_id: str, command: TradeCommand, *, causation: str | None = None) -> Sequence[Fact]:
        """Store what follows from `command` and return it; after another executor's event it is decided anew.

        Raises TransitionError before anything is stored, and what the store raises.
        """
        return await self._keeper.decide(aggregate(trade_id), command, correlation=trade_id, causation=causation)

    async def record(self, trade_id: str, fact: Fact) -> Trade:
        """Store the next event of a trade that is ours to move on.

        Raises TradeMovedError or WrongVersionError when somebody else moved it on meanwhile: leave it to them.
        """
        try:
            await self._keeper.decide(aggregate(trade_id), Note(fact), attempts=1, correlation=trade_id)
        except TransitionError as late:
            raise TradeMovedError(f"{late}: somebody else moved it on") from late
        return self.get(trade_id)

    async def reread(self, trade_id: str) -> Trade:
        """Fold in what the store has of this trade: after a write whose fate is unknown, or by another executor."""
        return (await self._keeper.reread(aggregate(trade_id))).state

    def lock(self, trade_id: str) -> asyncio.Lock:
        """Held by whoever moves this trade on."""
        return self._locks.setdefault(trade_id, asyncio.Lock())

    def get(self, trade_id: str) -> Trade:
        """The trade, or one without a state."""
        return self._keeper.get(aggregate(trade_id)).state

    def open(self) -> list[Trade]:
        """Trades that have not ended."""
        return [trade for trade in self._all() if trade.open]

    def others(self, trade_id: str, ledger: int) -> list[Trade]:
        """Trades that were planned before this one and are open, or were planned on this ledger."""
        mine = self._planned_at[trade_id]
        return [
            trade
            for trade in self._all()
            if trade.planned is not None
            and (trade.open or trade.planned.ledger == ledger)
            and self._planned_at.get(trade.id, 0) < mine
        ]

    def newest(self, limit: int) -> list[Trade]:
        """The last trades that were planned, newest first."""
        return list(self._all())[: -limit - 1 : -1]

    def counts(self) -> dict[str, int]:
        """Trades by state."""
        return dict(Counter(trade.state for trade in self._all() if trade.state is not None))

    def _all(self) -> Iterator[Trade]:
        return (kept.state for kept in self._keeper.kept.values())

    def _folded(self, recorded: Recorded, before: Trade, after: Trade) -> None:
        if before.state is None:
            self._planned_at[recorded.aggregate.id] = recorded.sequence
        if after.ended is not None and before.ended is None:
            self.endings.append((recorded.sequence, recorded.aggregate.id))
        for told in self._told:
            told(after)
