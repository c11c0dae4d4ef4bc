"""The clock of the network: closes a ledger every so many seconds, whatever happens around it."""

import asyncio

import structlog

from arb.localnet.node.node import Node

log = structlog.get_logger("localnet.closer")


class Closer:
    """Closes ledgers at a steady beat. A beat missed because the machine was busy is left out, never made up for."""

    def __init__(self, node: Node, ledger_seconds: float) -> None:
        self._node = node
        self._period = ledger_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first ledger closes one period from now."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="ledger-clock")

    async def stop(self) -> None:
        """End after the ledger that is being closed, if any."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._period
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            started = loop.time()
            try:
                self._node.close()
            except Exception:
                log.exception("a ledger could not be closed", after=self._node.ledger.last.seq)
            spent = loop.time() - started
            if spent > self._period:
                log.warning("closing took longer than a ledger", seconds=round(spent, 3), period=self._period)
            due = max(due + self._period, loop.time())
