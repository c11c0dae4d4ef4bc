"""Use cases of the engine: start, stop, halt, resume, status."""

import asyncio
from collections.abc import Callable

import structlog

from arb.eventlog.errors import EventLogError, WrongVersionError
from arb.eventlog.ports import EMPTY, EventStore, Head, Recorded
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain import engine as rules
from arb.executor.domain.engine import Engine
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.commands.executor import EngineStatus
from arb.messages.events.engine import EngineHalted, EngineResumed, Mode
from arb.runtime.clock import Clock
from arb.runtime.errors import Refusal

log = structlog.stdlib.get_logger(__name__)


class EngineSwitch:
    """Writes the engine aggregate; what another executor writes reaches it through the record.

    `mode` is that of the settings; `distrust` says why the record must not be traded on, or None.
    """

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
        self._writing = asyncio.Lock()
        self.engine = self._stored = Engine()
        self.resumed_at = 0
        """Sequence of the last event by which a person ended a halt; 0 before the first."""

    @property
    def mode(self) -> Mode:
        """`live` only where the settings say so and it was started so: a restart into paper mode signs nothing."""
        return "live" if self._mode == self.engine.mode == "live" else "paper"

    async def load(self) -> None:
        """Rebuild the engine from the store."""
        for recorded in await self._store.load(subjects.ENGINE):
            self._fold(recorded)

    async def follow(self) -> None:
        """Take over what others record, without end."""
        async with self._store.subscribe(subjects.ENGINE.subject, after=self._head.sequence) as events:
            async for recorded in events:
                self._fold(recorded)

    async def start(self, by: str) -> EngineStatus:
        """Begin to trade in the mode of the settings. Raises Refusal while halted or the record cannot be trusted."""
        self._require_trust()
        async with self._writing:
            if self.engine.halted is not None:
                raise Refusal("halted", f"the engine is halted: {self.engine.halted.reason}; a person has to resume it")
            await self._record(rules.start(self.engine, mode=self._mode, by=by))
        return self.status()

    async def stop(self, by: str, reason: str) -> EngineStatus:
        """Plan no further trades."""
        async with self._writing:
            await self._record(rules.stop(self.engine, by=by, reason=reason))
        return self.status()

    async def resume(self, by: str) -> EngineStatus:
        """End a halt; without one nothing changes. Raises Refusal while the record cannot be trusted."""
        self._require_trust()
        async with self._writing:
            resumed = rules.resume(self.engine, by=by)
            await self._record(resumed)
        if resumed:
            log.warning("engine_resumed", by=by)
        return self.status()

    async def halt(self, reason: str, *, by: str = "executor") -> EngineStatus:
        """Stop trading at once, whether or not that can be recorded now, until a person resumes."""
        return await self.halt_for(EngineHalted(by=by, reason=reason))

    async def halt_for(self, halted: EngineHalted) -> EngineStatus:
        """The same, for a limit that was passed. The first reason to halt is the one that is kept."""
        for fact in rules.halt(self.engine, halted):
            log.error("engine_halted", by=halted.by, reason=halted.reason)
            self.engine = rules.evolve(self.engine, fact)
            self._owed.append(fact)
        await self.record_owed()
        return self.status()

    async def halt_on_request(self, reason: str, *, by: str) -> EngineStatus:
        """The same for somebody who must know that it holds. Raises Refusal while it is not stored."""
        status = await self.halt(reason, by=by)
        if self._owed:
            told = "the engine stands still, but that could not be stored: a restart would end it. Ask again"
            raise Refusal("halt_not_recorded", told, retryable=True)
        return status

    async def record_owed(self) -> None:
        """Store a halt that could not be stored so far; what still cannot be is tried again with the next call."""
        if not self._owed:
            return
        try:
            async with self._writing:
                await self._record([])
        except EventLogError as error:
            log.error("halt_not_recorded", reason=str(error))

    async def health(self) -> str | None:
        """Why the engine was halted, or None."""
        return None if self.engine.halted is None else f"halted: {self.engine.halted.reason}"

    def status(self) -> EngineStatus:
        """Whether the engine runs, and trades by state."""
        return EngineStatus(
            running=self.engine.running,
            mode=self.mode if self.engine.running else self._mode,
            halted=self.engine.halted.reason if self.engine.halted is not None else None,
            open_trades=len(self._trades.open()),
            trades=self._trades.counts(),
        )

    def _require_trust(self) -> None:
        if (problem := self._distrust()) is not None:
            raise Refusal("record_not_trusted", f"the engine stays halted: {problem}")

    async def _record(self, facts: list[Fact]) -> None:
        """Store what a halt could not store, then `facts`."""
        while self._owed:
            try:
                await self._append(self._owed[0])
            except WrongVersionError:
                # Another executor wrote meanwhile. If that was a halt too, one is enough.
                if self._stored.halted is None:
                    await self._append(self._owed[0])
            self._owed.pop(0)
        self.engine = self._stored
        for fact in facts:
            await self._append(fact)

    async def _append(self, fact: Fact) -> None:
        try:
            self._fold(await self._store.append(subjects.ENGINE, fact, expected=self._head, time=self._clock.now()))
        except WrongVersionError:
            await self.load()
            raise

    def _fold(self, recorded: Recorded) -> None:
        if recorded.head.version <= self._head.version:
            return
        self._head = recorded.head
        self.engine = self._stored = rules.evolve(self._stored, recorded.fact)
        for owed in self._owed:
            # Not stored yet, and in force all the same.
            self.engine = rules.evolve(self.engine, owed)
        if isinstance(recorded.fact, EngineResumed):
            self.resumed_at = recorded.sequence
