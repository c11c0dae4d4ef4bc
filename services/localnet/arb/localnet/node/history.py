"""The recent past of the network: closed ledgers and their transactions, by number, hash and whom they touch.

Bounded twice: by ledgers, and by bytes, so that a busy network forgets sooner instead of growing without end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from arb.localnet.node.records import LedgerRecord, TransactionRecord
from arb.localnet.node.toid import Toid

RETAINED_LEDGERS: Final = 17_280
RETAINED_BYTES: Final = 512 * 2**20


class History:
    """What can still be asked for. `oldest` and `latest` are the first and last ledger kept."""

    def __init__(self, retained_ledgers: int = RETAINED_LEDGERS, retained_bytes: int = RETAINED_BYTES) -> None:
        self._retained_ledgers = retained_ledgers
        self._retained_bytes = retained_bytes
        self._bytes = 0
        self._ledgers: dict[int, LedgerRecord] = {}
        self._by_hash: dict[bytes, TransactionRecord] = {}
        self._touching: dict[str, list[int]] = {}  # paging tokens of transactions, rising
        self.oldest = 0
        self.latest = 0

    @property
    def retained_ledgers(self) -> int:
        """How many ledgers are kept at most."""
        return self._retained_ledgers

    def add(self, ledger: LedgerRecord) -> None:
        """Remember the ledger after the latest one; forget the oldest ones beyond the bounds."""
        self._ledgers[ledger.seq] = ledger
        self._bytes += ledger.size
        self.latest = ledger.seq
        self.oldest = self.oldest or ledger.seq
        for transaction in ledger.transactions:
            self._by_hash[transaction.hash] = transaction
            if transaction.inner_hash is not None:
                self._by_hash[transaction.inner_hash] = transaction
            for name in transaction.touched:
                self._touching.setdefault(name, []).append(transaction.toid)
        while len(self._ledgers) > self._retained_ledgers or (
            self._bytes > self._retained_bytes and len(self._ledgers) > 1
        ):
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        ledger = self._ledgers.pop(self.oldest)
        self._bytes -= ledger.size
        self.oldest += 1
        for transaction in ledger.transactions:
            for tx_hash in (transaction.hash, transaction.inner_hash):
                if tx_hash is not None and self._by_hash.get(tx_hash) is transaction:
                    del self._by_hash[tx_hash]
            for name in transaction.touched:
                tokens = self._touching.get(name)
                if tokens is None:
                    continue
                del tokens[: bisect_right(tokens, transaction.toid)]
                if not tokens:
                    del self._touching[name]

    def ledger(self, seq: int) -> LedgerRecord | None:
        """A ledger by number."""
        return self._ledgers.get(seq)

    def last(self, count: int) -> list[LedgerRecord]:
        """The latest ledgers, oldest first."""
        return [self._ledgers[seq] for seq in range(max(self.oldest, self.latest - count + 1), self.latest + 1)]

    def transaction(self, tx_hash: bytes) -> TransactionRecord | None:
        """A transaction by its hash; a fee bump also by the hash of its inner transaction."""
        return self._by_hash.get(tx_hash)

    def at(self, toid: int) -> TransactionRecord | None:
        """The transaction at (or, for an operation's id, around) a place in history."""
        place = Toid.parse(toid)
        ledger = self._ledgers.get(place.ledger)
        if ledger is None or not 1 <= place.transaction <= len(ledger.transactions):
            return None
        return ledger.transactions[place.transaction - 1]

    def ledgers(self, cursor: int | None, *, ascending: bool) -> Iterator[LedgerRecord]:
        """Ledgers beyond a paging token; None for the very end to start from."""
        if ascending:
            start = self.oldest if cursor is None else max(self.oldest, Toid.parse(cursor).ledger + 1)
            numbers = range(start, self.latest + 1)
        else:
            top = self.latest if cursor is None else min(self.latest, (cursor - 1) >> 32)
            numbers = range(top, self.oldest - 1, -1)
        return (self._ledgers[seq] for seq in numbers)

    def transactions(
        self, cursor: int | None, *, ascending: bool, name: str | None = None, ledger: int | None = None
    ) -> Iterator[TransactionRecord]:
        """Transactions beyond a paging token, all, those of one ledger, or those that touch a name.

        The token may be an operation's: its transaction is then included, for its other operations may lie beyond.
        """
        if name is not None:
            return self._touching_name(name, cursor, ascending=ascending)
        return self._all(cursor, ascending=ascending, ledger=ledger)

    def _all(self, cursor: int | None, *, ascending: bool, ledger: int | None) -> Iterator[TransactionRecord]:
        low, high = (self.oldest, self.latest) if ledger is None else (ledger, ledger)
        if cursor is not None:
            at = Toid.parse(cursor).ledger
            low, high = (max(low, at), high) if ascending else (low, min(high, at))
        low, high = max(low, self.oldest), min(high, self.latest)
        for seq in range(low, high + 1) if ascending else range(high, low - 1, -1):
            found = self._ledgers[seq].transactions
            for transaction in found if ascending else reversed(found):
                if _beyond(transaction.toid, cursor, ascending=ascending):
                    yield transaction

    def _touching_name(self, name: str, cursor: int | None, *, ascending: bool) -> Iterator[TransactionRecord]:
        tokens = self._touching.get(name, [])
        if cursor is None:
            start = 0 if ascending else len(tokens)
        elif ascending:
            start = bisect_left(tokens, cursor - (cursor & 0xFFF))
        else:
            start = bisect_left(tokens, cursor)
        for toid in tokens[start:] if ascending else reversed(tokens[:start]):
            transaction = self.at(toid)
            if transaction is not None and _beyond(toid, cursor, ascending=ascending):
                yield transaction


def _beyond(toid: int, cursor: int | None, *, ascending: bool) -> bool:
    if cursor is None:
        return True
    if not ascending:
        return toid < cursor
    return toid > cursor or (cursor & 0xFFF != 0 and toid == cursor - (cursor & 0xFFF))
