"""Events of contract venues: which are left out of the market, and why."""

from typing import ClassVar

from pydantic import Field

from arb.messages.base import Fact


class VenueSkipped(Fact):
    """The pool's state cannot be trusted or read: it takes no part in any plan until it is readmitted."""

    type: ClassVar[str] = "arb.venue.skipped.v1"
    venue: str
    ledger: int = Field(gt=0)
    code: str
    reason: str


class VenueReadmitted(Fact):
    """The pool reads well again."""

    type: ClassVar[str] = "arb.venue.readmitted.v1"
    venue: str
    ledger: int = Field(gt=0)
