"""Reads every transaction of every ledger once, so that what others pay into our accounts is in the books too."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from structlog.stdlib import BoundLogger

from arb.accounts.books import Books
from arb.accounts.domain.observation import Observation
from arb.accounts.domain.others import Others
from arb.accounts.domain.record import is_unbooked, read_up_to
from arb.accounts.ports import HistoryBegins, Network
from arb.contracts.errors import NetworkError, RateLimited
from arb.contracts.rpc_answers import TransactionRecord
from arb.messages.events.account import HistoryMissed, TransactionsRead

_REMEMBER_EVERY: Final = 200
"""Ledgers, at most, that are read again after a crash: a quarter of an hour."""


class HistoryReader:
    """One task. Its position is in the events: a ledger may be read twice, but is booked once."""

    def __init__(
        self,
        trading: str,
        own: tuple[str, ...],
        books: Books,
        network: Network,
        seen_after: Callable[[int], Awaitable[Observation]],
        log: BoundLogger,
        *,
        patience: float = 60.0,
    ) -> None:
        """`seen_after(ledger)` waits for a look at a later ledger, by which every opening up to it is booked.

        The position is kept on `trading`. For `patience` seconds missing history is asked for again, as another
        server may still have it.
        """
        self._trading = trading
        self._others = Others(own)
        self._books = books
        self._network = network
        self._seen_after = seen_after
        self._log = log
        self._patience = patience
        self._read = 0
        self._missing_since: float | None = None

    async def follow(self) -> None:
        """Read on after every look at the ledger, for ever."""
        looked = 0
        while True:
            # No further than the last look: an account that opens later opens with all that was read before.
            looked = (await self._seen_after(looked)).ledger
            try:
                await self._read_up_to(looked)
            except NetworkError as fault:
                self._log.warning("network_trouble", during="transactions", read=self._read, reason=str(fault))
                await asyncio.sleep(fault.retry_after if isinstance(fault, RateLimited) else 0.5)

    async def _read_up_to(self, last: int) -> None:
        proven = read_up_to(self._books.records.values())
        if proven is None:
            return
        self._read = max(self._read, proven)
        cursor: str | None = None
        while self._read < last:
            stretch = await self._network.transactions(self._read + 1, cursor)
            if isinstance(stretch, HistoryBegins):
                if not await self._missed(stretch.ledger):
                    return
                cursor = None
                continue
            self._missing_since = None
            for transaction in stretch.transactions:
                if transaction.ledger > last:
                    break
                await self._book(transaction)
            self._read = max(self._read, min(stretch.whole, last))
            await self._remember()
            cursor = stretch.cursor
            if cursor is None:
                return

    async def _book(self, transaction: TransactionRecord) -> None:
        if not self._others.concerned(transaction):
            return
        claimed = self._others.claimed(transaction)
        if claimed is not None and await self._books.signed(*claimed):
            return  # booked by whoever had it signed
        for account, moved in self._others.moved(transaction):
            if is_unbooked(self._books.records[account], moved):
                await self._books.write(account, moved)
                self._log.info("moved_by_others", account=account, ledger=moved.ledger, tx_hash=moved.tx_hash,
                               changes=[(change.asset, change.delta) for change in moved.changes])  # fmt: skip
                if claimed is not None:
                    self._log.error("signed_elsewhere", account=claimed.account, tx_hash=moved.tx_hash,
                                    advice="somebody else signs for this account: if that is nobody you know, halt the"
                                    " engine and exchange its key")  # fmt: skip

    async def _remember(self) -> None:
        proven = read_up_to(self._books.records.values())
        if proven is None or self._read - proven >= _REMEMBER_EVERY:
            await self._books.write(self._trading, TransactionsRead(ledger=self._read))

    async def _missed(self, oldest: int) -> bool:
        """Ledgers before `oldest` are gone. Whether that is on record now, so that reading can go on after them."""
        now = time.monotonic()
        if self._missing_since is None:
            self._missing_since = now
            self._log.error("history_too_short", first_missing=self._read + 1, oldest_ledger=oldest,
                            advice="payments by others cannot be booked: point STELLAR_RPC_URL at a server whose"
                            " history reaches back to the first missing ledger")  # fmt: skip
        if now - self._missing_since < self._patience:
            return False
        missed = HistoryMissed(first_ledger=self._read + 1, last_ledger=oldest - 1)
        await self._books.write(self._trading, missed)
        self._log.error("history_missed", first_ledger=missed.first_ledger, last_ledger=missed.last_ledger)
        self._read = missed.last_ledger
        self._missing_since = None
        return True
