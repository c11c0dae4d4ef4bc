"""The limits in force as a fold over their events, and what settings and commands make of them."""

from dataclasses import dataclass

from arb.messages.base import Fact
from arb.messages.events.limits import LimitsSet
from arb.messages.limits import LimitChanges, Limits

SETTINGS = "settings"
"""Who set limits that nobody set by command."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The limits, who set them last, and which of them were set by command."""

    limits: Limits
    by: str
    overridden: frozenset[str] = frozenset()

    def fact(self) -> LimitsSet:
        """The fact that these are in force from now on."""
        values = {name: getattr(self.limits, name) for name in Limits.model_fields}
        return LimitsSet(by=self.by, overridden=tuple(sorted(self.overridden)), **values)


def evolve(known: InForce | None, fact: Fact) -> InForce | None:
    """What is in force after `fact`; None before the first limits were set."""
    if not isinstance(fact, LimitsSet):
        return known
    limits = Limits(**{name: getattr(fact, name) for name in Limits.model_fields})
    return InForce(limits, fact.by, frozenset(fact.overridden))


def at_start(known: InForce | None, settings: Limits) -> InForce:
    """What the settings make of the recorded limits: those set by command stay, the others follow the settings."""
    if known is None:
        return InForce(settings, SETTINGS)
    limits = settings.model_copy(update={name: getattr(known.limits, name) for name in known.overridden})
    return known if limits == known.limits else InForce(limits, SETTINGS, known.overridden)


def changed(known: InForce, changes: LimitChanges, *, by: str) -> InForce:
    """What is in force once the named limits are set."""
    return InForce(changes.applied_to(known.limits), by, known.overridden | set(changes.named))
