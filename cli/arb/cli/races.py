"""Work that something else may end early, with nothing left running behind it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


async def unless(work: Coroutine[Any, Any, T], *enders: Coroutine[Any, Any, NoReturn]) -> T:
    """The result of `work`, unless an ender raises first: then its error. What still runs is cancelled and awaited."""
    tasks: list[asyncio.Task[Any]] = [asyncio.ensure_future(each) for each in (work, *enders)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        first = next(task for task in tasks if task.done())
        result: T = first.result()
        return result
    finally:
        await _end(tasks)


async def together(*works: Coroutine[Any, Any, object]) -> None:
    """Run side by side until all are done. The first error cancels the others and is raised once they have ended."""
    tasks: list[asyncio.Task[Any]] = [asyncio.ensure_future(each) for each in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _end(tasks)


async def _end(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
