"""The transactions of the newest ledgers, read once for all trades that wait for them."""

import asyncio
from collections.abc import Sequence
from typing import Final

from arb.contracts.errors import Rejected
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import TransactionRecord

_PAGE: Final = 200
_LEDGERS: Final = 6
"""Ledgers that are kept: a trade is mostly in the first or second after the one it was made for."""


class RecentTransactions:
    """Whole ledgers without a gap between them. What is not here has to be asked for by itself."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc
        self._ledgers: dict[int, list[TransactionRecord]] = {}
        self._by_hash: dict[str, TransactionRecord] = {}
        self._reading = asyncio.Lock()

    async def read_to(self, ledger: int) -> None:
        """Read on up to this ledger, as far as the server shows it. Raises NetworkError."""
        async with self._reading:
            newest = max(self._ledgers, default=0)
            if ledger <= newest:
                return
            if newest + _LEDGERS < ledger:
                self._ledgers.clear()
                newest = ledger - 1
            try:
                await self._read(newest + 1)
            except Rejected:
                return  # the server is not there yet, or no longer holds them
            finally:
                self._forget()

    def find(self, tx_hash: str) -> TransactionRecord | None:
        """The transaction of this hash, if it is here. None says nothing about the network."""
        return self._by_hash.get(tx_hash)

    def between(self, first: int, last: int) -> Sequence[TransactionRecord] | None:
        """Every transaction of these ledgers in the order of application, or None when not all of them are here."""
        if any(ledger not in self._ledgers for ledger in range(first, last + 1)):
            return None
        return [record for ledger in range(first, last + 1) for record in self._ledgers[ledger]]

    async def _read(self, first: int) -> None:
        """Enter whole ledgers from `first` on; of a full page the last ledger is whole only with the next page."""
        page = await self._rpc.get_transactions(start_ledger=first, limit=_PAGE)
        records = list(page.transactions)
        while len(page.transactions) == _PAGE:
            page = await self._rpc.get_transactions(cursor=page.cursor, limit=_PAGE)
            records += page.transactions
        for ledger in range(first, page.latest_ledger + 1):
            self._ledgers[ledger] = []
        for record in records:
            self._ledgers.setdefault(record.ledger, []).append(record)

    def _forget(self) -> None:
        for ledger in sorted(self._ledgers)[:-_LEDGERS]:
            del self._ledgers[ledger]
        self._by_hash = {record.hash: record for records in self._ledgers.values() for record in records}
