"""Which record an `arb audit` verb looks at: that of a run, of a running bus, or of a store no server runs on."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from arb.cli.failures import one_line
from arb.cli.launcher.bus import open_bus
from arb.cli.launcher.state import NoStateError, StateDir
from arb.cli.output import Exit, fail
from arb.eventlog.errors import StreamMissingError
from arb.runtime.bus import Bus
from arb.runtime.logging import configure
from arb.runtime.nats_server import EmbeddedNats

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """What the options say. Without any of them: the newest run."""

    state: Path | None
    nats_url: str | None
    store: Path | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A record, and the directory in which the auditor may have left its checkpoints, if that is known."""

    bus: Bus
    directory: Path | None


def record_options(verb: F) -> F:
    """The options by which a record is named; the verb gets them as `source`."""

    def collected(state: Path | None, nats_url: str | None, store: Path | None, **rest: Any) -> Any:
        # A run that is named wins over a bus that happens to be in the environment.
        named = state is not None or store is not None
        return verb(source=Source(state, None if named else nats_url, store), **rest)

    collected.__doc__, collected.__name__ = verb.__doc__, verb.__name__
    collected.__dict__.update(verb.__dict__)
    directory = click.Path(path_type=Path, file_okay=False)
    for option in (
        click.option("--store", type=directory, help="A store no server runs on; a copy of it is looked at."),
        click.option("--nats", "nats_url", envvar="NATS_URL", help="A running bus instead of a directory."),
        click.option("--state", type=directory, help="Directory of a run; default: the newest."),
    ):
        collected = option(collected)
    return collected  # type: ignore[return-value]


def with_record(source: Source, run: Callable[[Opened], Awaitable[T]]) -> T:
    """Open the record that is meant and run on it."""
    configure("cli", "ERROR", "console")

    async def opened() -> T:
        async with _open(source) as found:
            return await run(found)

    with one_line():
        try:
            return asyncio.run(opened())
        except StreamMissingError:
            fail("this bus holds no event record: nothing was ever run on it", Exit.USAGE)


@asynccontextmanager
async def _open(source: Source) -> AsyncIterator[Opened]:
    if source.store is not None:
        async with _copied(source.store) as found:
            yield found
        return
    directory = StateDir.existing(source.state) if source.nats_url is None else None
    async with open_bus(directory, source.nats_url) as bus:
        yield Opened(bus, directory.path if directory is not None else None)


@asynccontextmanager
async def _copied(store: Path) -> AsyncIterator[Opened]:
    """A server on a copy: a server that starts on a damaged store mends it, and the evidence is gone.

    `store` may be the directory of a run, of its bus, or any directory down to the account's streams.
    """
    streams, audited = _found_in(store)
    with tempfile.TemporaryDirectory(prefix="arb-audit-") as copy:
        await asyncio.to_thread(shutil.copytree, streams, Path(copy) / "jetstream" / "jetstream")
        server = EmbeddedNats(Path(copy))
        try:
            async with open_bus(None, await server.start()) as bus:
                yield Opened(bus, audited)
        finally:
            await server.stop()


def _found_in(store: Path) -> tuple[Path, Path | None]:
    """Where the accounts' streams are, and the directory beside which the auditor left its checkpoints."""
    store = store.absolute()
    places = [store / inner for inner in ("nats/jetstream/jetstream", "jetstream/jetstream", "jetstream", ".")]
    streams = next((place for place in places if any(place.glob("*/streams"))), None)
    if streams is None:
        raise NoStateError(f"{store} holds no JetStream store (no directory with an account's streams)")
    return streams, next((place for place in (store, *store.parents[:3]) if (place / "audit").is_dir()), None)
