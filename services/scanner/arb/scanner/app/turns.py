"""Who has the processor first after a close: baskets, and once those have left, contract routes."""

import asyncio
from typing import Final

_PATIENCE: Final = 0.05
"""Seconds that routes wait for baskets: a market that is being read anew must not hold them up."""

_TO_LEAVE: Final = 0.0005
"""Seconds until what was handed to a connection is on its way: work right after it would keep it back."""


class BasketsFirst:
    """Both scans share one processor and one node: what each does in between is what the other waits for."""

    def __init__(self) -> None:
        self._ledger = 0
        self._moved = asyncio.Event()

    def done(self, ledger: int) -> None:
        """The basket of this ledger is being stored, or there is none."""
        self._ledger = max(self._ledger, ledger)
        self._moved.set()

    async def wait(self, ledger: int) -> None:
        """Until it is the routes' turn at this ledger."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while self._ledger < ledger:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return
        await asyncio.sleep(_TO_LEAVE)
