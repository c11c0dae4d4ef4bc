"""The decider of the limits: which are in force, and what settings and commands make of them."""

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


@dataclass(frozen=True, slots=True)
class AtStart:
    """The settings say these. What was set by command stays, the others follow the settings."""

    settings: Limits


@dataclass(frozen=True, slots=True)
class Change:
    """Set the limits that are named; the others stay."""

    changes: LimitChanges
    by: str


LimitsCommand = AtStart | Change

initial_state: InForce | None = None
"""Before the first limits were set."""


def decide(known: InForce | None, command: LimitsCommand) -> list[Fact]:
    """The limits that the command puts in force; nothing when they are in force already."""
    match command:
        case AtStart(settings):
            wanted = _at_start(known, settings)
        case Change(changes, by):
            if known is None:
                raise ValueError("no limits are in force yet that could be changed: the settings come first")
            wanted = InForce(changes.applied_to(known.limits), by, known.overridden | set(changes.named))
    return [] if wanted == known else [wanted.fact()]


def evolve(known: InForce | None, fact: Fact) -> InForce | None:
    """What is in force after `fact`."""
    if not isinstance(fact, LimitsSet):
        return known
    limits = Limits(**{name: getattr(fact, name) for name in Limits.model_fields})
    return InForce(limits, fact.by, frozenset(fact.overridden))


def _at_start(known: InForce | None, settings: Limits) -> InForce:
    if known is None:
        return InForce(settings, SETTINGS)
    limits = settings.model_copy(update={name: getattr(known.limits, name) for name in known.overridden})
    return known if limits == known.limits else InForce(limits, SETTINGS, known.overridden)
