"""The limits in force, as recorded: what settings and commands say becomes an event before anything is judged by it."""

from arb.eventlog.errors import WrongVersionError
from arb.eventlog.ports import EMPTY, EventStore, Head, Recorded
from arb.executor.domain import limits as rules
from arb.executor.domain.limits import InForce
from arb.messages import subjects
from arb.messages.commands.executor import LimitsInForce
from arb.messages.limits import LimitChanges, Limits
from arb.runtime.clock import Clock
from arb.runtime.errors import Refusal


class LimitsBook:
    """One reader and writer of the limits; another executor's changes reach it through the record."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._head: Head = EMPTY
        self._known: InForce | None = None

    async def load(self, settings: Limits) -> None:
        """Read the recorded limits, and record what the settings make of them. Raises what the store raises."""
        await self._reread()
        try:
            await self._record(rules.at_start(self._known, settings))
        except WrongVersionError:  # another executor, started at the same moment, has the same to say
            await self._reread()
            await self._record(rules.at_start(self._known, settings))

    async def follow(self) -> None:
        """Take over what others record, without end."""
        async with self._store.subscribe(subjects.LIMITS.subject, after=self._head.sequence) as events:
            async for recorded in events:
                self._fold(recorded)

    @property
    def current(self) -> Limits:
        """The limits the next trade is judged by."""
        return self._in_force.limits

    @property
    def version(self) -> int:
        """Number of the event that put them in force."""
        return self._head.version

    def status(self) -> LimitsInForce:
        """The same, with who set them."""
        known = self._in_force
        return LimitsInForce(limits=known.limits, by=known.by, overridden=tuple(sorted(known.overridden)))

    async def set(self, changes: LimitChanges, *, by: str) -> LimitsInForce:
        """Set the named limits; what was set before by settings or others stays. Raises Refusal when none is named."""
        if not changes.named:
            names = ", ".join(LimitChanges.model_fields)
            raise Refusal("no_limit_named", f"name at least one limit to set; there are {names}")
        try:
            await self._record(rules.changed(self._in_force, changes, by=by))
        except WrongVersionError:
            await self._reread()
            raise
        return self.status()

    @property
    def _in_force(self) -> InForce:
        assert self._known is not None, "load() comes first"
        return self._known

    async def _record(self, wanted: InForce) -> None:
        if wanted != self._known:
            fact = wanted.fact()
            self._fold(await self._store.append(subjects.LIMITS, fact, expected=self._head, time=self._clock.now()))

    async def _reread(self) -> None:
        for recorded in await self._store.load(subjects.LIMITS):
            self._fold(recorded)

    def _fold(self, recorded: Recorded) -> None:
        if recorded.head.version > self._head.version:
            self._known, self._head = rules.evolve(self._known, recorded.fact), recorded.head
