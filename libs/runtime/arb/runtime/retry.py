"""How long to wait before trying again: exponential, bounded, with jitter from a seeded generator."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits of `first`, `first * factor`, … seconds, at most `longest`, each shortened by up to `jitter` of itself."""

    first: float = 0.1
    longest: float = 5.0
    factor: float = 2.0
    jitter: float = 0.2

    def waits(self, random: Random) -> Iterator[float]:
        """An endless run of waits in seconds."""
        wait = self.first
        while True:
            yield wait * (1 - self.jitter * random.random())
            wait = min(wait * self.factor, self.longest)


async def retrying(
    work: Callable[[], Awaitable[T]],
    *,
    on: type[Exception] | tuple[type[Exception], ...],
    random: Random,
    backoff: Backoff = Backoff(),
    attempts: int | None = None,
) -> T:
    """Repeat `work` while it raises one of `on`. After `attempts` tries (None: no limit) the last error is raised."""
    tried = 0
    for wait in backoff.waits(random):
        try:
            return await work()
        except on:
            tried += 1
            if attempts is not None and tried >= attempts:
                raise
        await asyncio.sleep(wait)
    raise AssertionError("waits are endless")
