"""The event store as services write to it."""

from datetime import datetime

from arb.eventlog import Head, JetStreamEventStore, Recorded
from arb.messages.base import Fact
from arb.messages.subjects import Aggregate
from arb.runtime.failpoints import reached


class ServiceStore(JetStreamEventStore):
    """The event store of a service: every write has a failpoint before it and one after it."""

    async def append(
        self,
        aggregate: Aggregate,
        fact: Fact,
        *,
        expected: Head,
        time: datetime,
        causation: str | None = None,
        correlation: str | None = None,
    ) -> Recorded:
        """See EventStore."""
        write = f"{self.source.removeprefix('/arb/')}.{fact.type.split('.')[2]}"
        reached(f"{write}.before_store")
        recorded = await super().append(
            aggregate, fact, expected=expected, time=time, causation=causation, correlation=correlation
        )
        reached(f"{write}.after_store")
        return recorded
