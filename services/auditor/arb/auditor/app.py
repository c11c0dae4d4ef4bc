"""The auditor's use cases: follow the record, sign checkpoints of it, say whether it is whole, else stop the engine."""

import asyncio

from nacl.signing import SigningKey
from structlog.stdlib import BoundLogger

from arb.auditor.domain.schedule import Schedule
from arb.auditor.ports import CheckpointLog, Engine, Market
from arb.auditor.signing import Notary
from arb.eventlog import EventStore
from arb.eventlog.audit import Checkpoint, CheckpointError, Contents, Verifier
from arb.eventlog.errors import EventLogError, HistoryChangedError
from arb.messages.commands.auditor import AuditStatus
from arb.messages.envelope import GENESIS_HASH
from arb.messages.events.audit import MarketHead
from arb.messages.subjects import AUDIT, EVERY_EVENT
from arb.runtime.clock import Clock
from arb.runtime.errors import Refusal

TURN_MESSAGES = 200
"""So many messages are verified before others get a turn on the event loop."""
CATCH_UP_SECONDS = 4.0
"""How long an answer waits for the fold to reach the end of the record."""
LOOK_SECONDS = 0.25
STOP_SECONDS = 5.0
"""How often the engine is told to stop while the record is not whole: somebody may have started it again."""


class Auditor:
    """Follows every event from the first on. A record that was found bad never gets another checkpoint."""

    def __init__(
        self,
        store: EventStore,
        checkpoints: CheckpointLog,
        market: Market,
        key: SigningKey,
        engine: Engine,
        clock: Clock,
        schedule: Schedule,
        log: BoundLogger,
    ) -> None:
        self._store = store
        self._checkpoints = checkpoints
        self._market = market
        self._market_head: MarketHead | None = None
        self._key = key
        self._engine = engine
        self._clock = clock
        self._schedule = schedule
        self._log = log
        self._notary = Notary(store, key.verify_key.encode().hex(), clock, log)
        self._verifier = Verifier()
        self._said = 0
        self._new = 0
        self._kept = 0
        self._kept_at = clock.now()
        self._moved = asyncio.Event()

    async def open(self) -> None:
        """Compare the stream's end with the last checkpoint. Raises StoreUnavailableError."""
        self._verifier = Verifier(self._checkpoints, self._key.verify_key.encode().hex(), Contents())
        last = await self._store.last_sequence()
        try:
            checkpoint = self._checkpoints.last()
        except CheckpointError as error:
            checkpoint = None
            if not self._verifier.findings:
                self._verifier.condemn(1, str(error))
        if checkpoint is not None:
            self._kept = checkpoint.sequence
            self._verifier.stream_ends_at(last, checkpoint)
        self._kept_at = self._clock.now()
        self._report_findings()
        self._log.info("audit_opened", last_sequence=last, checkpoint=self._kept, public_key=self._notary.public_key)

    async def follow(self) -> None:
        """Verify every message, old and new, for ever."""
        async with self._store.subscribe_stored(EVERY_EVENT) as messages:
            try:
                async for stored in messages:
                    self._verifier.add(stored)
                    # A checkpoint's own event is nothing new: it would ask for the next checkpoint for ever.
                    if stored.sequence > self._kept and stored.subject != AUDIT.subject:
                        self._new += 1
                    self._report_findings()
                    self._moved.set()
                    if stored.sequence % TURN_MESSAGES == 0:
                        await asyncio.sleep(0)
            except HistoryChangedError as error:
                self._verifier.condemn(error.sequence, str(error))
                self._report_findings()

    async def keep_checkpoints(self) -> None:
        """Sign a checkpoint whenever one is due, and record it, for ever."""
        await self._notary.publish_key()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._schedule.due(self._new, self._kept_at, self._clock.now()):
                await self._look_at_market()
                checkpoint = self.keep_checkpoint()
                if checkpoint is not None:
                    await self._notary.record(checkpoint)

    def keep_checkpoint(self) -> Checkpoint | None:
        """Sign a checkpoint now and keep it outside the record, if there is anything new and all of it is whole."""
        verdict = self._verifier.verdict()
        # While old events are still being verified, a checkpoint would go back behind one that reaches further.
        if not verdict.ok or verdict.last_sequence <= self._kept or not self._new:
            return None
        now = self._clock.now()
        checkpoint = Checkpoint.signed(
            self._key, sequence=verdict.last_sequence, hash_=verdict.head, time=now, market=self._market_head
        )
        try:
            self._checkpoints.append(checkpoint)
        except OSError as error:
            self._log.error("checkpoint_not_written", reason=error.strerror or str(error))
            return None
        self._kept, self._kept_at, self._new = checkpoint.sequence, now, 0
        return checkpoint

    async def _look_at_market(self) -> None:
        """What the next checkpoint says of the market record: where that is away, what was seen of it last."""
        try:
            sequence, hash_ = await self._market.end()
        except EventLogError as error:
            self._log.warning("market_record_not_seen", reason=str(error))
            return
        if hash_ != GENESIS_HASH:
            self._market_head = MarketHead(sequence=sequence, hash=hash_)

    async def guard_engine(self) -> None:
        """While the record is not whole nothing may be traded on it: tell the engine so, for ever."""
        told = False
        while True:
            problem = await self.health()
            if problem is not None:
                stopped = await self._engine.stop(f"the record is not whole: {problem}"[:500])
                if stopped and not told:
                    self._log.error("engine_stopped", reason=problem)
                told = told or stopped
            await asyncio.sleep(STOP_SECONDS if told else LOOK_SECONDS)

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
