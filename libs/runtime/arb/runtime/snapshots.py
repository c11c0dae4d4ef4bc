"""Folds that survive a restart: written down from time to time, and begun with when they prove to be of this log."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from structlog.stdlib import BoundLogger

from arb.eventlog.errors import EventLogError, StoreUnavailableError
from arb.eventlog.ports import EventStore
from arb.eventlog.record import START, Place
from arb.eventlog.snapshot import Cache, Snapshot, SnapshotUnusableError, read, write

LOOK_SECONDS = 10.0
MESSAGES = 500
"""So many at least were stored between two snapshots; and as many as the state has lines, so that writing costs no
more than reading does."""
LINES_AT_ONCE = 50
"""Lines of a state that are written out before others get their turn."""


class Fold(Protocol):
    """What can be written down and begun with again. `schema` changes with what the fold does and how it is written."""

    schema: str

    @property
    def place(self) -> Place:
        """The event up to which every one is folded in."""
        ...

    def image(self) -> Iterable[bytes] | None:
        """The state at `place` as lines of text, whatever happens while they are read; None: not at this moment.

        Only what is stored: nothing of an event beyond `place`.
        """
        ...

    def restore(self, lines: list[bytes], place: Place) -> None:
        """Begin with such a state. Raises ValueError when it is none, and has changed nothing then."""
        ...


class Snapshots:
    """Snapshots of one service. What goes wrong with one is a line in the log: the record has everything."""

    def __init__(self, cache: Cache, store: EventStore, log: BoundLogger) -> None:
        self._cache = cache
        self._store = store
        self._log = log

    async def restore(self, name: str, fold: Fold) -> None:
        """Begin with the snapshot under `name`, if there is one that is sound and of this record."""
        try:
            snapshot = await read(self._cache, name, fold.schema, self._store)
            if snapshot is None:
                return
            try:
                fold.restore(snapshot.state.splitlines(), snapshot.place)
            except ValueError as error:
                raise SnapshotUnusableError(f"its state cannot be read ({type(error).__name__})") from error
        except (SnapshotUnusableError, StoreUnavailableError) as error:
            self._log.warning("snapshot_ignored", name=name, reason=str(error), instead="the whole record is read")
        else:
            self._log.info("snapshot_restored", name=name, sequence=snapshot.place.sequence)

    async def save(self, name: str, fold: Fold) -> int:
        """Write down where the fold stands now, in how many lines; 0 when it cannot be at this moment."""
        image, place = fold.image(), fold.place
        if image is None or place == START:
            return 0
        lines: list[bytes] = []
        for number, line in enumerate(image):
            lines.append(line)
            if number % LINES_AT_ONCE == 0:
                await asyncio.sleep(0)
        snapshot = Snapshot(fold.schema, place, b"\n".join(lines))
        size = await write(self._cache, name, snapshot)
        self._log.info("snapshot_written", name=name, sequence=place.sequence, bytes=size)
        return len(lines)

    async def keep(self, name: str, fold: Fold, *, messages: int = MESSAGES, seconds: float = LOOK_SECONDS) -> None:
        """Write a snapshot whenever enough was stored since the last, looking every so many seconds, for ever."""
        written, due = fold.place.sequence, messages
        while True:
            await asyncio.sleep(seconds)
            reached = fold.place.sequence
            if reached - written < due:
                continue
            try:
                if lines := await self.save(name, fold):
                    written, due = reached, max(messages, lines)
            except EventLogError as error:
                self._log.warning("snapshot_not_written", name=name, reason=str(error))
