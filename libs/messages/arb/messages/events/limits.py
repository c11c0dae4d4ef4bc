"""Events of the limits every trade must respect."""

from typing import ClassVar

from arb.messages.base import Fact
from arb.messages.limits import Limits


class LimitsSet(Fact, Limits):
    """The limits in force from here on, all of them."""

    type: ClassVar[str] = "arb.limits.set.v1"
    by: str
    """`settings`, or who asked."""
    overridden: tuple[str, ...] = ()
    """Limits that somebody set by command: the settings no longer count for them."""
