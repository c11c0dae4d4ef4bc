"""The limits in force, as recorded: what the settings say becomes an event before anything is judged by it."""

from arb.eventlog.ports import EMPTY, EventStore
from arb.executor.domain import guard
from arb.executor.domain.guard import Limits
from arb.messages import subjects
from arb.runtime.clock import Clock


async def limits_in_force(store: EventStore, clock: Clock, settings: Limits) -> Limits:
    """The recorded limits, after entering those of the settings when they differ. Raises what the store raises."""
    head, recorded_limits = EMPTY, None
    for recorded in await store.load(subjects.LIMITS):
        recorded_limits, head = guard.evolve(recorded_limits, recorded.fact), recorded.head
    if recorded_limits != settings:
        fact = guard.limits_set(settings, by="settings")
        await store.append(subjects.LIMITS, fact, expected=head, time=clock.now())
    return settings
