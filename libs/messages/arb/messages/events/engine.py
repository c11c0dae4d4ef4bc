"""Events of the engine: whether the platform trades."""

from typing import ClassVar, Literal

from arb.messages.base import AssetText, Fact, Stroops

Mode = Literal["paper", "live"]


class EngineStarted(Fact):
    """Trading began. `by` names who asked (a gateway client, the command line)."""

    type: ClassVar[str] = "arb.engine.started.v1"
    mode: Mode
    by: str


class EngineStopped(Fact):
    """Trading ended: no new trade is planned; open trades run to their end."""

    type: ClassVar[str] = "arb.engine.stopped.v1"
    by: str
    reason: str


class EngineHalted(Fact):
    """Trading ended until a person resumes it, whether the engine ran or not. Open trades run to their end.

    A limit that was passed is named with the value and the bound, in stroops of `asset` or, for the error rate, in
    basis points.
    """

    type: ClassVar[str] = "arb.engine.halted.v1"
    by: str
    reason: str
    limit: str | None = None
    asset: AssetText | None = None
    value: Stroops | None = None
    bound: Stroops | None = None


class EngineResumed(Fact):
    """A person ended a halt. What is lost is counted anew from here."""

    type: ClassVar[str] = "arb.engine.resumed.v1"
    by: str
    running: bool
    """Whether trading goes on: it does when the engine had been started and not stopped since."""
