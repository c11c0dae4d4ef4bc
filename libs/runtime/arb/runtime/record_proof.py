"""Nothing is decided on a record that nobody has read since its server was started: damage on disk shows from then on.

A server whose store was damaged starts without complaint. That messages are missing it tells by their number; one that
was altered, or that it cannot give out any more, shows only when it is read. The auditor reads everything too, and says
so when it gets there: whoever trades does not wait for that.
"""

import asyncio
from typing import Final

from structlog.stdlib import BoundLogger

from arb.eventlog.audit import verify_whole
from arb.eventlog.errors import StoreUnavailableError
from arb.runtime.bus import Bus
from arb.runtime.record_watch import RecordWatch

RETRY_SECONDS: Final = 0.5


class RecordProof:
    """Reads the record's hashes, chains and ids once in each life of its server; the watch's mark says in which."""

    def __init__(self, bus: Bus, watch: RecordWatch, log: BoundLogger) -> None:
        self._bus = bus
        self._watch = watch
        self._log = log
        self._reading = asyncio.Lock()

    async def problem(self) -> str | None:
        """What is wrong with the record, or None once all of it was read since its server was started."""
        if self._stands():
            return self._watch.problem
        async with self._reading:
            while not self._stands():
                try:
                    await self._read()
                except StoreUnavailableError as error:
                    self._log.warning("record_unread", reason=str(error))
                    await asyncio.sleep(RETRY_SECONDS)
        return self._watch.problem

    def _stands(self) -> bool:
        """Whether there is nothing left to read before one may decide."""
        return self._watch.problem is not None or self._watch.read_in == self._bus.server_id

    async def _read(self) -> None:
        server = self._bus.server_id
        last = await self._bus.store.last_sequence()
        verdict = await verify_whole(self._bus.store, last, hashes_only=True)
        if verdict.first_bad is not None:
            self._watch.condemn(verdict.first_bad.problem)
        elif server == self._bus.server_id:
            self._watch.read_in = server
            self._log.info("record_read", messages=last)
