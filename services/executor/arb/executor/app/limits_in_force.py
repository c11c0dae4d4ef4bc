"""The limits in force, as recorded: what settings and commands say becomes an event before anything is judged by it."""

from arb.eventlog import EventStore, Keeper
from arb.executor.domain import limits as decider
from arb.executor.domain.limits import AtStart, Change, InForce, LimitsCommand
from arb.messages.commands.executor import LimitsInForce
from arb.messages.limits import LimitChanges, Limits
from arb.messages.subjects import LIMITS
from arb.runtime.clock import Clock
from arb.runtime.errors import Refusal


class LimitsBook:
    """One reader and writer of the limits; another executor's changes reach it through the record."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._keeper: Keeper[LimitsCommand, InForce | None] = Keeper(store, clock.now, decider, LIMITS.subject)

    async def load(self, settings: Limits) -> None:
        """Read the recorded limits, and record what the settings make of them. Raises what the store raises."""
        await self._keeper.load()
        await self._keeper.decide(LIMITS, AtStart(settings))

    async def follow(self) -> None:
        """Take over what others record, without end."""
        await self._keeper.follow()

    @property
    def current(self) -> Limits:
        """The limits the next trade is judged by."""
        return self._in_force.limits

    @property
    def version(self) -> int:
        """Number of the event that put them in force."""
        return self._keeper.get(LIMITS).head.version

    def status(self) -> LimitsInForce:
        """The same, with who set them."""
        known = self._in_force
        return LimitsInForce(limits=known.limits, by=known.by, overridden=tuple(sorted(known.overridden)))

    async def set(self, changes: LimitChanges, *, by: str) -> LimitsInForce:
        """Set the named limits; what was set before by settings or others stays. Raises Refusal when none is named."""
        if not changes.named:
            names = ", ".join(LimitChanges.model_fields)
            raise Refusal("no_limit_named", f"name at least one limit to set; there are {names}")
        await self._keeper.decide(LIMITS, Change(changes, by))
        return self.status()

    @property
    def _in_force(self) -> InForce:
        known = self._keeper.get(LIMITS).state
        assert known is not None, "load() comes first"
        return known
