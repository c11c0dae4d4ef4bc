"""What trades were like at any moment of the record: executors side by side each know it up to another event."""

from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import chain

from arb.executor.domain.trade import Trade, evolve
from arb.messages.base import Fact
from arb.messages.events.trade import TradePlanned

LEDGERS_KEPT = 1000
"""How long after its ledger an ended trade is kept: the guard looks at those of one ledger, and at open ones."""


class Histories:
    """Every state of every trade by the sequence of the event that led to it. Feed it in the order of the record."""

    def __init__(self) -> None:
        self._states: dict[str, list[tuple[int, Trade]]] = {}
        self._open: dict[str, None] = {}
        self._ended: deque[tuple[int, str]] = deque()
        """Sequence of the last event and id, in the order of the record."""
        self._of_ledger: defaultdict[int, list[str]] = defaultdict(list)
        self._newest_ledger = 0

    def fold(self, sequence: int, trade_id: str, fact: Fact) -> None:
        """The trade's next event. Raises TransitionError when it may not follow; then it changes nothing."""
        states = self._states.get(trade_id, [])
        trade = evolve(states[-1][1] if states else Trade(), fact)
        self._states.setdefault(trade_id, states).append((sequence, trade))
        if isinstance(fact, TradePlanned):
            self._open[trade_id] = None
            self._of_ledger[fact.ledger].append(trade_id)
            self._newest_ledger = max(self._newest_ledger, fact.ledger)
            self._forget()
        elif not trade.open:
            self._open.pop(trade_id, None)
            self._ended.append((sequence, trade_id))

    def others(self, planned: TradePlanned, upto: int) -> Iterator[Trade]:
        """Trades that were planned before this one and are open or of its ledger, as they were after event `upto`."""
        mine = self._states[planned.trade_id][0][0]
        ended_since: list[str] = []
        for sequence, trade_id in reversed(self._ended):
            if sequence <= upto:
                break
            ended_since.append(trade_id)
        for trade_id in dict.fromkeys(chain(self._open, ended_since, self._of_ledger[planned.ledger])):
            states = self._states[trade_id]
            known = next((trade for sequence, trade in reversed(states) if sequence <= upto), None)
            if known is not None and states[0][0] < mine:
                yield known

    def _forget(self) -> None:
        """What ended long ago, in the order it ended; a trade is never of a later ledger than the newest."""
        while self._ended:
            planned = self._states[self._ended[0][1]][0][1].planned
            assert planned is not None
            if planned.ledger >= self._newest_ledger - LEDGERS_KEPT:
                return
            _, trade_id = self._ended.popleft()
            del self._states[trade_id]
            of_ledger = self._of_ledger[planned.ledger]
            of_ledger.remove(trade_id)
            if not of_ledger:
                del self._of_ledger[planned.ledger]
