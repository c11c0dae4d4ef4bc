"""Keeps the oracle's newest prices at hand, so that a trade does not wait for them."""

import asyncio
from collections.abc import Iterable

import structlog

from arb.executor.ports import NetworkDownError, Oracle
from arb.messages.oracle import OraclePrice
from arb.messages.plan import Plan

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 5.0
"""Oracles give a price every few minutes; ours on a local network every few seconds."""


class OracleWatch:
    """Prices as last read. None before the first reading; an oracle that does not answer leaves the old ones to age."""

    def __init__(self, oracle: Oracle | None) -> None:
        self._oracle = oracle
        self._prices: dict[str, OraclePrice] = {}
        self.looked = asyncio.Event()
        """Set once the oracle was asked, whatever it said: before, its silence would say nothing."""
        if oracle is None:
            self.looked.set()
        self.quiet = asyncio.Event()
        """To be set when a ledger's trades had their turn: reading means many simulations, over the same servers."""

    async def follow(self) -> None:
        """Reads without end, each time when it is quiet; returns at once when there is no oracle."""
        if self._oracle is None:
            return
        while True:
            await self.refresh(self._oracle)
            await asyncio.sleep(REFRESH_SECONDS)
            self.quiet.clear()
            await self.quiet.wait()

    async def refresh(self, oracle: Oracle) -> None:
        """Read once."""
        try:
            prices = await oracle.prices()
        except NetworkDownError as down:
            log.warning("oracle_unread", reason=str(down))
            return
        finally:
            self.looked.set()
        # A price that went missing or bad must not live on as the last good one.
        self._prices = {price.asset: price for price in prices}

    def prices_for(self, plan: Plan) -> tuple[OraclePrice, ...]:
        """Those of the plan's assets, in the order of their names."""
        assets: Iterable[str] = {asset for swap in plan.swaps for asset in swap[:2]}
        return tuple(self._prices[asset] for asset in sorted(assets) if asset in self._prices)
