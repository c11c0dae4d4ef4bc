"""Events of the on-chain detector: what it claimed, and what became of each claim that led to no plan."""

from typing import ClassVar

from pydantic import Field

from arb.messages.base import Fact
from arb.messages.routes import Signal


class DetectorScanned(Fact):
    """The detector contract was asked, by simulation, and answered."""

    type: ClassVar[str] = "arb.detector.scanned.v1"
    ledger: int = Field(gt=0)
    """The ledger whose state it was asked on."""
    assets: tuple[str, ...]
    """Codes it was asked about."""
    signals: tuple[Signal, ...]


class DetectorUnreadable(Fact):
    """The detector contract could not be asked, or answered with something else than its interface promises."""

    type: ClassVar[str] = "arb.detector.unreadable.v1"
    code: str
    reason: str


class SignalDropped(Fact):
    """A signal did not hold on the real venues. `code` is stable, `reason` is for people."""

    type: ClassVar[str] = "arb.detector.signal_dropped.v1"
    ledger: int = Field(gt=0)
    signal: Signal
    code: str
    reason: str
