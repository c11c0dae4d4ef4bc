"""The auditor's use cases: follow the record, keep checkpoints of it outside, say whether it is whole."""

import asyncio
from typing import Protocol

from structlog.stdlib import BoundLogger

from arb.auditor.domain.schedule import Schedule
from arb.eventlog import EventStore
from arb.eventlog.audit import Checkpoint, CheckpointError, Verifier
from arb.eventlog.errors import HistoryChangedError
from arb.messages.commands.auditor import AuditStatus
from arb.messages.subjects import EVERY_EVENT
from arb.runtime.clock import Clock
from arb.runtime.errors import Refusal

TURN_MESSAGES = 200
"""So many messages are verified before others get a turn on the event loop."""
CATCH_UP_SECONDS = 4.0
"""How long an answer waits for the fold to reach the end of the record."""
LOOK_SECONDS = 0.25


class CheckpointFile(Protocol):
    """Where checkpoints are kept, outside the record."""

    def read(self) -> Checkpoint | None:
        """The last one, None before the first. Raises CheckpointError."""
        ...

    def write(self, checkpoint: Checkpoint) -> None:
        """Replace it in one step. Raises OSError."""
        ...


class Auditor:
    """Follows every event from the first on. A record that was found bad never gets another checkpoint."""

    def __init__(
        self, store: EventStore, checkpoints: CheckpointFile, clock: Clock, schedule: Schedule, log: BoundLogger
    ) -> None:
        self._store = store
        self._checkpoints = checkpoints
        self._clock = clock
        self._schedule = schedule
        self._log = log
        self._verifier = Verifier()
        self._said = 0
        self._kept = 0
        self._kept_at = clock.now()
        self._moved = asyncio.Event()

    async def open(self) -> None:
        """Compare the stream's end with the last checkpoint. Raises StoreUnavailableError."""
        problem = None
        checkpoint = None
        try:
            checkpoint = self._checkpoints.read()
        except CheckpointError as error:
            problem = str(error)
        self._verifier = Verifier(checkpoint)
        if problem is not None:
            self._verifier.condemn(1, problem)
        last = await self._store.last_sequence()
        self._verifier.stream_ends_at(last)
        self._kept = checkpoint.sequence if checkpoint is not None else 0
        self._kept_at = self._clock.now()
        self._report_findings()
        self._log.info("audit_opened", last_sequence=last, checkpoint=self._kept)

    async def follow(self) -> None:
        """Verify every message, old and new, for ever."""
        async with self._store.subscribe_stored(EVERY_EVENT) as messages:
            try:
                async for stored in messages:
                    self._verifier.add(stored)
                    self._report_findings()
                    self._moved.set()
                    if stored.sequence % TURN_MESSAGES == 0:
                        await asyncio.sleep(0)
            except HistoryChangedError as error:
                self._verifier.condemn(error.sequence, str(error))
                self._report_findings()

    async def keep_checkpoints(self) -> None:
        """Write a checkpoint whenever one is due, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            new = self._verifier.last_sequence - self._kept
            if self._schedule.due(new, self._kept_at, self._clock.now()):
                self.keep_checkpoint()

    def keep_checkpoint(self) -> None:
        """Write a checkpoint now, if there is anything new and all of it is whole."""
        verdict = self._verifier.verdict()
        # While old events are still being verified, a checkpoint would replace one that reaches further.
        if not verdict.ok or verdict.last_sequence <= self._kept:
            return
        now = self._clock.now()
        try:
            self._checkpoints.write(Checkpoint(sequence=verdict.last_sequence, hash=verdict.head, time=now))
        except OSError as error:
            self._log.error("checkpoint_not_written", reason=error.strerror or str(error))
            return
        self._kept, self._kept_at = verdict.last_sequence, now

    async def status(self) -> AuditStatus:
        """The verdict on everything that was recorded when this was asked.

        Raises Refusal `catching_up` (retryable) when the fold cannot reach that in time, StoreUnavailableError.
        """
        last = await self._store.last_sequence()
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await self._reach(last)
        except TimeoutError:
            done = self._verifier.last_sequence
            raise Refusal("catching_up", f"verified {done} of {last} events so far", retryable=True) from None
        verdict = self._verifier.verdict()
        first = verdict.first_bad
        return AuditStatus(
            ok=verdict.ok,
            events=verdict.events,
            last_sequence=verdict.last_sequence,
            head=verdict.head,
            first_bad=first.sequence if first is not None else None,
            problem=first.problem if first is not None else None,
        )

    async def health(self) -> str | None:
        """What is wrong with the record in a few words, or None."""
        first = self._verifier.verdict().first_bad
        return None if first is None else f"message {first.sequence}: {first.problem}"

    async def _reach(self, sequence: int) -> None:
        """Return once the fold has come to `sequence`, or the record is known to be bad."""
        while self._verifier.last_sequence < sequence and not self._verifier.findings:
            self._moved.clear()
            await self._moved.wait()

    def _report_findings(self) -> None:
        """Log what was found since the last look."""
        findings = self._verifier.findings
        for finding in findings[self._said :]:
            self._log.error("record_not_whole", sequence=finding.sequence, problem=finding.problem)
        self._said = len(findings)
