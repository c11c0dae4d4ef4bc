"""Events of the engine: whether the platform trades."""

from typing import ClassVar, Literal

from arb.messages.base import Fact

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
