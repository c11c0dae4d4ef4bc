"""The engine's decider: whether the platform trades, in which mode, and whether it is halted."""

from dataclasses import dataclass, replace

from arb.messages.base import Fact
from arb.messages.events.engine import EngineHalted, EngineResumed, EngineStarted, EngineStopped, Mode


@dataclass(frozen=True, slots=True)
class Engine:
    """Stopped until somebody starts it; once halted, at rest until a person resumes it."""

    started: bool = False
    mode: Mode = "paper"
    halted: EngineHalted | None = None

    @property
    def running(self) -> bool:
        """Whether new trades are made."""
        return self.started and self.halted is None


@dataclass(frozen=True, slots=True)
class Start:
    """Begin to trade in this mode."""

    mode: Mode
    by: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Plan no further trades. A halt outlives it."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop trading until a person resumes. The first reason to halt is the one that is kept."""

    halted: EngineHalted


@dataclass(frozen=True, slots=True)
class Resume:
    """End a halt: a person's word."""

    by: str


EngineCommand = Start | Stop | Halt | Resume


class HaltedError(Exception):
    """The engine is halted, and only a person may resume it."""

    def __init__(self, halted: EngineHalted) -> None:
        super().__init__(f"the engine is halted: {halted.reason}; a person has to resume it")


initial_state = Engine()


def decide(engine: Engine, command: EngineCommand) -> list[Fact]:
    """What the command leads to; nothing when it is so already. Raises HaltedError for a start while halted."""
    match command:
        case Start(mode, by):
            if engine.halted is not None:
                raise HaltedError(engine.halted)
            return [] if engine.started and engine.mode == mode else [EngineStarted(mode=mode, by=by)]
        case Stop(by, reason):
            return [EngineStopped(by=by, reason=reason)] if engine.started else []
        case Halt(halted):
            return [halted] if engine.halted is None else []
        case Resume(by):
            return [EngineResumed(by=by, running=engine.started)] if engine.halted is not None else []


def evolve(engine: Engine, fact: Fact) -> Engine:
    """The engine after `fact`."""
    match fact:
        case EngineStarted():
            return replace(engine, started=True, mode=fact.mode)
        case EngineStopped():
            return replace(engine, started=False)
        case EngineHalted():
            return replace(engine, halted=fact)
        case EngineResumed():
            return replace(engine, started=fact.running, halted=None)
        case _:
            return engine
