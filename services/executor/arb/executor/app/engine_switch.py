"""Use cases of the engine: start, stop, halt, resume, status."""

from collections.abc import Callable

import structlog

from arb.eventlog import EventStore, Keeper, Recorded
from arb.eventlog.errors import EventLogError
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain import engine as decider
from arb.executor.domain.engine import Engine, EngineCommand, Halt, HaltedError, Resume, Start, Stop
from arb.messages.commands.executor import EngineStatus
from arb.messages.events.engine import EngineHalted, EngineResumed, Mode
from arb.messages.events.trade import TradeRejected
from arb.messages.subjects import ENGINE
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
        self._keeper: Keeper[EngineCommand, Engine] = Keeper(
            store, clock.now, decider, ENGINE.subject, folded=self._folded
        )
        self._trades = trades
        self._mode = mode
        self._distrust = distrust
        self._owed: EngineHalted | None = None
        """A halt that is not stored yet, and in force all the same."""
        self.resumed_at = 0
        """Sequence of the last event by which a person ended a halt; 0 before the first."""

    @property
    def engine(self) -> Engine:
        """As recorded, and halted when that is owed."""
        recorded = self._keeper.get(ENGINE).state
        if self._owed is None or recorded.halted is not None:
            return recorded
        return decider.evolve(recorded, self._owed)

    @property
    def mode(self) -> Mode:
        """`live` only where the settings say so and it was started so: a restart into paper mode signs nothing."""
        return "live" if self._mode == self.engine.mode == "live" else "paper"

    async def load(self) -> None:
        """Rebuild the engine from the store."""
        await self._keeper.load()

    async def follow(self) -> None:
        """Take over what others record, without end."""
        await self._keeper.follow()

    async def start(self, by: str) -> EngineStatus:
        """Begin to trade in the mode of the settings. Raises Refusal while halted or the record cannot be trusted."""
        self._require_trust()
        command = Start(self._mode, by)
        try:
            decider.decide(self.engine, command)  # an owed halt counts, stored or not
            await self._decide(command)
        except HaltedError as halted:
            raise Refusal("halted", str(halted)) from None
        return self.status()

    async def stop(self, by: str, reason: str) -> EngineStatus:
        """Plan no further trades."""
        await self._decide(Stop(by, reason))
        return self.status()

    async def resume(self, by: str) -> EngineStatus:
        """End a halt; without one nothing changes. Raises Refusal while the record cannot be trusted."""
        self._require_trust()
        if await self._decide(Resume(by)):
            log.warning("engine_resumed", by=by)
        return self.status()

    async def halt(self, reason: str, *, by: str = "executor") -> EngineStatus:
        """Stop trading at once, whether or not that can be recorded now, until a person resumes."""
        return await self.halt_for(EngineHalted(by=by, reason=reason))

    async def halt_for(self, halted: EngineHalted) -> EngineStatus:
        """The same, for a limit that was passed. The first reason to halt is the one that is kept."""
        if self.engine.halted is None:
            log.error("engine_halted", by=halted.by, reason=halted.reason)
            self._owed = halted
        await self.record_owed()
        return self.status()

    async def halt_on_request(self, reason: str, *, by: str) -> EngineStatus:
        """The same for somebody who must know that it holds. Raises Refusal while it is not stored."""
        status = await self.halt(reason, by=by)
        if self._owed is not None:
            told = "the engine stands still, but that could not be stored: a restart would end it. Ask again"
            raise Refusal("halt_not_recorded", told, retryable=True)
        return status

    async def record_owed(self) -> None:
        """Store a halt that could not be stored so far; what still cannot be is tried again with the next call."""
        try:
            await self._pay()
        except EventLogError as error:
            log.error("halt_not_recorded", reason=str(error))

    async def health(self) -> str | None:
        """Why the engine was halted, or None."""
        return None if self.engine.halted is None else f"halted: {self.engine.halted.reason}"

    def at_rest(self) -> TradeRejected:
        """Why a trade goes no further while the engine does not run."""
        if self.engine.halted is not None:
            return TradeRejected(code="halted", reason=f"the engine was halted meanwhile: {self.engine.halted.reason}")
        return TradeRejected(code="stopped", reason="the engine was stopped meanwhile")

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

    async def _decide(self, command: EngineCommand) -> bool:
        """Whether anything came of it. An owed halt comes first: what is decided after it knows of it."""
        await self._pay()
        return bool(await self._keeper.decide(ENGINE, command))

    async def _pay(self) -> None:
        """Store an owed halt. Another executor's, recorded meanwhile, is as good."""
        if (owed := self._owed) is not None:
            await self._keeper.decide(ENGINE, Halt(owed))
            if self._owed is owed:
                self._owed = None

    def _folded(self, recorded: Recorded, before: Engine, after: Engine) -> None:
        if isinstance(recorded.fact, EngineResumed):
            self.resumed_at = recorded.sequence
