"""The engine as a fold over its events: whether the platform trades, in which mode, and whether it is halted."""

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


def start(engine: Engine, *, mode: Mode, by: str) -> list[Fact]:
    """Facts of starting an engine that is not halted: none when it already runs in that mode."""
    if engine.running and engine.mode == mode:
        return []
    return [EngineStarted(mode=mode, by=by)]


def stop(engine: Engine, *, by: str, reason: str) -> list[Fact]:
    """Facts of stopping: none when it was not started. A halt outlives it."""
    return [EngineStopped(by=by, reason=reason)] if engine.started else []


def halt(engine: Engine, halted: EngineHalted) -> list[Fact]:
    """Facts of halting: none when it is halted already, for whatever reason."""
    return [halted] if engine.halted is None else []


def resume(engine: Engine, *, by: str) -> list[Fact]:
    """Facts of ending a halt: none when there is none."""
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
