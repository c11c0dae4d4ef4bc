"""The trades there are, in memory, and the one door through which a trade's next event is stored."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from arb.eventlog import EventStore, Keeper, Place, Recorded
from arb.eventlog.errors import EventLogError
from arb.executor.app.trade_image import SCHEMA, BookImage
from arb.executor.domain import trade as decider
from arb.executor.domain.ending import Ending
from arb.executor.domain.histories import LEDGERS_KEPT
from arb.executor.domain.trade import Note, Trade, TradeCommand, TransitionError
from arb.messages.base import Fact
from arb.messages.commands.executor import TradeState
from arb.messages.events.trade import TradePlanned
from arb.messages.subjects import every
from arb.messages.subjects import trade as aggregate
from arb.runtime.clock import Clock

LISTED = 500
"""The newest trades stay in memory however old they are: so many may be asked for."""


class TradeMovedError(EventLogError):
    """What was to be recorded of a trade can no longer follow: another executor was first."""


class TradeBook:
    """Trades as folds over the event store, those of other executors too; the store refuses a second writer.

    While the store does not answer nothing changes here. `load` comes first; with `follow` running, others' events
    are folded in as they are recorded, in the order of the record, and own ones once. Of trades that ended long ago it
    only knows what they came to.
    """

    schema = SCHEMA

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._keeper: Keeper[TradeCommand, Trade] = Keeper(
            store, clock.now, decider, every("trade"), folded=self._folded
        )
        self._locks: dict[str, asyncio.Lock] = {}
        self._told: list[Callable[[Trade], None]] = []
        self._counts: Counter[TradeState] = Counter()
        self._forget_at = 2 * LISTED
        self.endings: list[Ending] = []
        """What every trade came to that came to a result, in the order they were learned of."""

    async def load(self) -> None:
        """Rebuild every trade from the store, or after `restore` those that moved on since."""
        await self._keeper.load()

    @property
    def place(self) -> Place:
        """The event up to which every trade is folded in."""
        return self._keeper.place

    def image(self) -> Iterator[bytes] | None:
        """See Fold: at a moment at which no event of ours is ahead of what others wrote before it."""
        if not self._keeper.settled:
            return None
        trades = {one.id: kept for one, kept in self._keeper.kept.items()}
        return BookImage(trades, list(self.endings), dict(self._counts)).lines()

    def restore(self, lines: list[bytes], place: Place) -> None:
        """See Fold."""
        image = BookImage.of(lines)
        self._keeper.restore({aggregate(name): kept for name, kept in image.trades.items()}, place)
        self.endings, self._counts = image.endings, Counter(image.counts)

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
        mine = self._keeper.get(aggregate(trade_id)).began
        return [
            kept.state
            for kept in self._keeper.kept.values()
            if kept.state.planned is not None
            and (kept.state.open or kept.state.planned.ledger == ledger)
            and kept.began < mine
        ]

    def newest(self, limit: int) -> list[Trade]:
        """The last trades that were planned, newest first."""
        in_order = sorted(self._keeper.kept.values(), key=lambda kept: kept.began)
        return [kept.state for kept in in_order[: -limit - 1 : -1]]

    def counts(self) -> dict[str, int]:
        """Trades by state."""
        return {state: count for state, count in self._counts.items() if count}

    def _all(self) -> Iterator[Trade]:
        return (kept.state for kept in self._keeper.kept.values())

    def _folded(self, recorded: Recorded, before: Trade, after: Trade) -> None:
        if before.state is not None:
            self._counts[before.state] -= 1
        if after.state is not None:
            self._counts[after.state] += 1
        if before.ended is None and (ending := Ending.of(after, recorded.sequence)) is not None:
            self.endings.append(ending)
        if isinstance(recorded.fact, TradePlanned) and len(self._keeper.kept) > self._forget_at:
            self._forget(recorded.fact.ledger - LEDGERS_KEPT)
        for told in self._told:
            told(after)

    def _forget(self, before: int) -> None:
        """Trades that ended, of ledgers before this one: neither guard nor lists look at them any more."""
        for name, kept in list(self._keeper.kept.items())[:-LISTED]:
            trade = kept.state
            if not trade.open and trade.planned is not None and trade.planned.ledger < before:
                self._keeper.forget(name)
                self._locks.pop(name.id, None)
        self._forget_at = len(self._keeper.kept) + LISTED
