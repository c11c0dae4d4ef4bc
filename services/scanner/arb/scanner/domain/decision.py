"""How the scan of a ledger ended."""

from enum import IntEnum
from typing import NamedTuple

from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.messages.plan import Plan
from arb.scanner.ports import LedgerClose


class Outcome(IntEnum):
    """What became of a ledger. The numbers are part of the market record's format."""

    STOPPED = 0
    """The engine stood still: nothing was searched."""
    OUTDATED = 1
    """A newer ledger had closed by then: nothing was searched, or what was found was let go."""
    NOTHING = 2
    """Searched, and no plan paid."""
    PUBLISHED = 3
    KNOWN = 4
    """The same plan had been published already: by another scanner, or by this one before a restart."""
    UNSTORED = 5
    """A plan was found; whether the store took it is not known, or it did not."""


class Decision(NamedTuple):
    """`found`: the plan of the ledger, where there is one."""

    outcome: Outcome
    found: OpportunityFound | None = None

    @property
    def published(self) -> OpportunityFound | None:
        """What was found, if it was published by this decision."""
        return self.found if self.outcome is Outcome.PUBLISHED else None


def opportunity(network_passphrase: str, close: LedgerClose, plan: Plan) -> OpportunityFound:
    """The fact that this plan paid at the close of a ledger: nothing but its arguments is in it."""
    return OpportunityFound(
        id=opportunity_id(network_passphrase, close.ledger, plan),
        network_passphrase=network_passphrase,
        ledger=close.ledger,
        close_time=close.close_time,
        seen_at_us=close.seen_at_us,
        base_fee=close.base_fee,
        plan=plan,
    )
