"""A subscription that reads each stored message as an event."""

from types import TracebackType
from typing import Self

from arb.eventlog.ports import Subscription
from arb.eventlog.record import Recorded, Stored


class Reading:
    """Subscription[Recorded] over a Subscription[Stored]."""

    def __init__(self, stored: Subscription[Stored]) -> None:
        self._stored = stored

    async def __aenter__(self) -> Self:
        await self._stored.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Recorded:
        return Recorded.read(await self._stored.__anext__())

    async def aclose(self) -> None:
        """Let go of what the reading holds."""
        await self._stored.aclose()
