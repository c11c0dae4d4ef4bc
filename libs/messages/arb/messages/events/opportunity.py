"""The event of the scanner: a plan worth executing was found."""

import hashlib
import json
from typing import ClassVar

from pydantic import Field

from arb.messages.base import Fact, Stroops, Token
from arb.messages.plan import Plan


class OpportunityFound(Fact):
    """At the close of `ledger` this plan paid. `id` is a hash of (network, ledger, plan)."""

    type: ClassVar[str] = "arb.opportunity.found.v1"
    id: Token
    network_passphrase: str
    ledger: int = Field(gt=0)
    close_time: int = Field(gt=0)
    """Close time of that ledger, unix seconds."""
    seen_at_us: int = Field(gt=0)
    """When this scanner learned of the close, unix microseconds."""
    base_fee: Stroops = Field(gt=0)
    plan: Plan


def opportunity_id(network_passphrase: str, ledger: int, plan: Plan) -> str:
    """32 hex characters: the same find by two scanners has one id."""
    content = json.dumps(
        [network_passphrase, ledger, plan.model_dump(mode="json")], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(content.encode()).hexdigest()[:32]
