"""A bar on standard error for work that takes long, when a person is looking."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int], None]
"""Takes how many more messages are done."""
Reached = Callable[[str, int, int], None]
"""Takes a title, how many messages of it are done, and of how many."""


@contextmanager
def bar(title: str, total: int, *, quiet: bool = False) -> Iterator[Advance]:
    """Show how far the work has come; nothing at all when `quiet` or when nobody sits at the terminal."""
    with _progress(quiet) as progress:
        if progress is None:
            yield lambda _: None
            return
        task = progress.add_task(title, total=total)
        yield lambda more: progress.advance(task, more)


@contextmanager
def bars(titles: Iterable[str], *, quiet: bool = False) -> Iterator[Reached]:
    """The same for several that work at the same time and say themselves how far they are."""
    with _progress(quiet) as progress:
        if progress is None:
            yield lambda title, done, total: None
            return
        tasks = {title: progress.add_task(title, total=None) for title in titles}

        def reached(title: str, done: int, total: int) -> None:
            if title in tasks:
                progress.update(tasks[title], completed=done, total=total)

        yield reached


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress | None]:
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress
