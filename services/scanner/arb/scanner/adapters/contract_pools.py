"""Contract pools over RPC: which there are, and what they hold at the close of a ledger."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from arb.contracts.contract_errors import CallFailedError, NotAContractError
from arb.contracts.errors import NetworkError
from arb.contracts.routes.call import Venue
from arb.contracts.spec.errors import SpecError
from arb.contracts.venues.errors import NotThatContractError
from arb.contracts.venues.pool_entries import PoolAt
from arb.contracts.venues.reserves import ReserveReader, Reserves
from arb.contracts.venues.soroswap import SoroswapFactory
from arb.scanner.ports import LedgerClose, MarketUnreadError, PoolOut, PoolsSeen

log = structlog.stdlib.get_logger(__name__)

_POLL_SECONDS: Final = 0.03
_PATIENCE_SECONDS: Final = 2.0
"""How long RPC may lag behind Horizon's stream before a ledger's pools are given up."""

_LOOK_FOR_PAIRS_EVERY: Final = 60
"""Ledgers between two looks for pairs that were made meanwhile."""


class ContractPools:
    """Implements `arb.scanner.ports.ContractMarket`: pools named in the settings, and every pair of a factory."""

    def __init__(self, reader: ReserveReader, named: Sequence[PoolAt], factory: SoroswapFactory | None) -> None:
        self._reader = reader
        self._named = tuple(named)
        self._factory = factory
        self._pairs: list[PoolAt] = []
        self._look_again_at = 0
        self._unfit: PoolOut | None = None

    async def read(self, close: LedgerClose) -> PoolsSeen:
        """See ContractMarket. A node that is behind is waited for; one that is ahead has no state of this ledger."""
        try:
            unfit = await self._look_for_pairs(close)
            seen = await self._read_at(close)
        except NetworkError as fault:
            raise MarketUnreadError(str(fault)) from fault
        if seen.ledger != close.ledger:
            raise MarketUnreadError(f"RPC shows ledger {seen.ledger}, asked for {close.ledger}")
        skipped = [
            PoolOut(out.pool.contract, out.pool.venue.name.lower(), out.reason.name.lower(), out.detail)
            for out in seen.skipped
        ]
        if unfit is not None:
            skipped.append(unfit)
        sources = () if self._factory is None or unfit is not None else (self._factory.id,)
        return PoolsSeen(seen.ledger, seen.pools, tuple(skipped), sources)

    async def _read_at(self, close: LedgerClose) -> Reserves:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            seen = await self._reader.read((*self._named, *self._pairs), close_time=close.close_time)
            if seen.ledger >= close.ledger or asyncio.get_running_loop().time() > deadline:
                return seen
            await asyncio.sleep(_POLL_SECONDS)

    async def _look_for_pairs(self, close: LedgerClose) -> PoolOut | None:
        """Why the factory is none, where it is none: the pools of the settings are read all the same."""
        if self._factory is None or close.ledger < self._look_again_at:
            return self._unfit
        try:
            found = await self._factory.pairs(len(self._pairs))
        except (NotAContractError, NotThatContractError, CallFailedError, SpecError) as wrong:
            self._look_again_at = close.ledger + _LOOK_FOR_PAIRS_EVERY
            self._unfit = PoolOut(self._factory.id, "soroswap_factory", "not_a_factory", str(wrong))
            return self._unfit
        self._unfit = None
        self._pairs += (PoolAt(Venue.SOROSWAP, pair) for pair in found)
        self._look_again_at = close.ledger + _LOOK_FOR_PAIRS_EVERY
        if found:
            log.info("pairs_found", new=len(found), pairs=len(self._pairs))
        return None
