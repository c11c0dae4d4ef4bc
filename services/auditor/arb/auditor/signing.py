"""What the auditor itself writes into the record: its key, and the checkpoints it signed."""

import asyncio

from structlog.stdlib import BoundLogger

from arb.eventlog import EMPTY, EventStore, Head
from arb.eventlog.audit import Checkpoint
from arb.eventlog.errors import EventLogError, StoreUnavailableError, WrongVersionError
from arb.messages.base import Fact
from arb.messages.events.audit import CheckpointSigned, KeyPublished
from arb.messages.subjects import AUDIT
from arb.runtime.clock import Clock

RETRY_SECONDS = 1.0


class Notary:
    """The writer of the audit aggregate. What cannot be recorded is logged: the file outside the bus holds it too."""

    def __init__(self, store: EventStore, public_key: str, clock: Clock, log: BoundLogger) -> None:
        self.public_key = public_key
        self._store = store
        self._clock = clock
        self._log = log
        self._head: Head | None = None
        """Where the aggregate stands; None when that has to be looked up."""

    async def publish_key(self) -> None:
        """Record the public key, unless the newest event of the auditor names it. Waits for a store that is away."""
        while True:
            try:
                last = await self._store.last(AUDIT)
                if last is None or getattr(last.fact, "public_key", self.public_key) != self.public_key:
                    await self._append(KeyPublished(public_key=self.public_key))
            except (StoreUnavailableError, WrongVersionError):
                await asyncio.sleep(RETRY_SECONDS)
            except EventLogError as error:
                self._log.error("key_not_recorded", reason=str(error))
                return
            else:
                return

    async def record(self, checkpoint: Checkpoint) -> None:
        """Record a checkpoint."""
        try:
            await self._append(CheckpointSigned(**dict(checkpoint)))
        except EventLogError as error:
            self._log.error("checkpoint_not_recorded", sequence=checkpoint.sequence, reason=str(error))

    async def _append(self, fact: Fact) -> None:
        head, self._head = self._head, None
        if head is None:
            last = await self._store.last(AUDIT)
            head = EMPTY if last is None else last.head
        self._head = (await self._store.append(AUDIT, fact, expected=head, time=self._clock.now())).head
