"""Whether the platform trades, folded from the engine's own events."""

from arb.eventlog.ports import EventStore
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events.engine import EngineHalted, EngineResumed, EngineStarted, EngineStopped


class EngineWatch:
    """`running` follows the engine's events: the scanner publishes while it is true."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.running = False

    async def follow(self) -> None:
        """Folds the engine's events as they come, from the first."""
        async with self._store.subscribe(subjects.ENGINE.subject) as events:
            async for recorded in events:
                self.on_fact(recorded.fact)

    def on_fact(self, fact: Fact) -> None:
        """What an event of the engine means."""
        if isinstance(fact, EngineStarted):
            self.running = True
        elif isinstance(fact, EngineResumed):
            self.running = fact.running
        elif isinstance(fact, EngineStopped | EngineHalted):
            self.running = False
