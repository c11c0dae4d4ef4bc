"""The engine as a fold over its events: whether the platform trades, and in which mode."""

from dataclasses import dataclass

from arb.messages.base import Fact
from arb.messages.events.engine import EngineStarted, EngineStopped, Mode


@dataclass(frozen=True, slots=True)
class Engine:
    """Stopped until somebody starts it."""

    running: bool = False
    mode: Mode = "paper"


def start(engine: Engine, *, mode: Mode, by: str) -> list[Fact]:
    """Facts of starting: none when it already runs in that mode."""
    if engine.running and engine.mode == mode:
        return []
    return [EngineStarted(mode=mode, by=by)]


def stop(engine: Engine, *, by: str, reason: str) -> list[Fact]:
    """Facts of stopping: none when it does not run."""
    return [EngineStopped(by=by, reason=reason)] if engine.running else []


def evolve(engine: Engine, fact: Fact) -> Engine:
    """The engine after `fact`."""
    match fact:
        case EngineStarted():
            return Engine(running=True, mode=fact.mode)
        case EngineStopped():
            return Engine(running=False, mode=engine.mode)
        case _:
            return engine
