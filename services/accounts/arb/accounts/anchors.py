"""The record's hash on the ledger, now and then: what the auditor signed becomes the memo of a transaction of ours."""

import time

from structlog.stdlib import BoundLogger

from arb.accounts.domain.chores import Anchor
from arb.eventlog import EventStore
from arb.eventlog.errors import EventLogError
from arb.messages.events.audit import CheckpointSigned
from arb.messages.subjects import AUDIT


class Anchors:
    """Follows the auditor's checkpoints. The newest is due once `every` seconds have passed since the last anchor."""

    def __init__(self, store: EventStore, every: float, log: BoundLogger) -> None:
        self._store = store
        self._every = every
        self._log = log
        self._newest: CheckpointSigned | None = None
        self._anchored_at = float("-inf")

    async def follow(self) -> None:
        """Hear of checkpoints, for ever; a record that cannot be followed is anchored no more."""
        try:
            async with self._store.subscribe(AUDIT.subject, after=None) as events:
                async for recorded in events:
                    if isinstance(recorded.fact, CheckpointSigned):
                        self._newest = recorded.fact
        except EventLogError as error:
            self._newest = None
            self._log.error("anchoring_ended", reason=str(error))

    def due(self) -> Anchor | None:
        """What is to be anchored now, if anything."""
        if self._newest is None or time.monotonic() - self._anchored_at < self._every:
            return None
        return Anchor(self._newest.sequence, bytes.fromhex(self._newest.hash))

    def done(self, anchor: Anchor) -> None:
        """This one is on the ledger, or was tried: the next is due after a while."""
        self._anchored_at = time.monotonic()
        if self._newest is not None and self._newest.sequence == anchor.sequence:
            self._newest = None
