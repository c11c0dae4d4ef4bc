"""LedgerTxn: a nested view of the ledger that keeps its changes to itself until committed (after core's LedgerTxn)."""

import heapq
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TypeVar

from arb.localnet.ledger import keys
from arb.localnet.ledger.assets import TrustAsset
from arb.localnet.ledger.book import Pair, rank
from arb.localnet.ledger.entries import Account, OfferEntry, PoolEntry, TrustLine
from arb.localnet.ledger.entry import Entry
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.ledger.state import LedgerState
from arb.markets.asset import Asset

_CREATED, _UPDATED, _REMOVED, _STATE, _RESTORED = (n.to_bytes(4, "big") for n in range(5))
E = TypeVar("E", bound=Entry)


class LedgerTxnError(Exception):
    """The ledger was asked for something its state does not allow: a defect in the caller, never in a transaction."""


class LedgerTxn(LedgerReads):
    """One level of changes over a parent: another LedgerTxn, or the state of the last closed ledger.

    What `get` and the other reads return is shared: never change it. `load` and `create` give this level's own entries.
    While a child is open its parent cannot be changed. Use as a context manager: without `commit` all is dropped.
    """

    __slots__ = ("_books", "_changed", "_child", "_open", "_parent", "_restored", "_sealed")

    def __init__(self, parent: "LedgerTxn | LedgerState") -> None:
        self._parent = parent
        self._child: LedgerTxn | None = None
        self._changed: dict[bytes, Entry | None] = {}  # None: erased at this level
        self._books: dict[
            Pair, dict[bytes, None]
        ] = {}  # keys of the offers this level touched, by the book they are or were in
        self._restored: set[bytes] = set()
        self._open = True
        self._sealed = False
        self.header = parent.header.copy()

    def child(self) -> "LedgerTxn":
        """A view nested in this one."""
        self._require_writable()
        self._child = LedgerTxn(self)
        return self._child

    def commit(self) -> None:
        """Hand this level's changes and header to the parent and close this level."""
        self._require_open()
        parent = self._parent
        if isinstance(parent, LedgerState):
            parent.absorb(self._changed, self.header, self._restored)
        else:
            parent._absorb(self)
        self._close()

    def rollback(self) -> None:
        """Drop this level's changes, those of an open child included, and close it; harmless when closed."""
        if not self._open:
            return
        if self._child is not None:
            self._child.rollback()
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rollback()

    def get(self, key: bytes) -> Entry | None:
        """The entry as seen here, for reading only; None if there is none."""
        view: LedgerTxn | LedgerState = self
        while isinstance(view, LedgerTxn):
            if key in view._changed:
                return view._changed[key]
            view = view._parent
        return view.get(key)

    def archived(self, key: bytes) -> Entry | None:
        """The evicted entry of a packed LedgerKey, unless it was restored here: then it is an entry like any other."""
        view: LedgerTxn | LedgerState = self
        while isinstance(view, LedgerTxn):
            if key in view._restored:
                return None
            view = view._parent
        return view.archived(key)

    def restore(self, key: bytes) -> Entry:
        """Bring an evicted entry back to the live state. Raises LedgerTxnError if there is none."""
        entry = self.archived(key)
        if entry is None:
            raise LedgerTxnError(f"entry {key.hex()} cannot be restored: it is not in the archive")
        self._restored.add(key)
        return self.create(entry.copy())

    def load(self, key: bytes) -> Entry | None:
        """This level's own version of the entry, recorded as modified in this ledger; None if there is none."""
        self._require_writable()
        entry = self._changed[key] if key in self._changed else self._parent.get(key)
        if entry is None:
            return None
        if key in self._changed:
            entry.touch(self.header.ledger_seq)
            return entry
        return self._record(key, entry.copy())

    def create(self, entry: E) -> E:
        """Add an entry. Raises LedgerTxnError if one of its key exists."""
        self._require_writable()
        key = entry.key()
        if self.get(key) is not None:
            raise LedgerTxnError(f"entry {key.hex()} cannot be created: it exists")
        return self._record(key, entry)

    def erase(self, key: bytes) -> None:
        """Remove an entry. Raises LedgerTxnError if there is none."""
        self._require_writable()
        entry = self.get(key)
        if entry is None:
            raise LedgerTxnError(f"entry {key.hex()} cannot be erased: there is none")
        if self._parent.get(key) is None:
            del self._changed[key]
        else:
            self._changed[key] = None
            self._note_offer(key, entry)

    def changes(self) -> list[bytes]:
        """What this level changed as packed LedgerEntryChanges, in order of first touch; seals the level.

        STATE and UPDATED for a change, CREATED or RESTORED, STATE and REMOVED for a removal: as in core's meta.
        """
        self._require_open()
        self._sealed = True
        packed: list[bytes] = []
        back = self._restored | {keys.ttl_key(key) for key in self._restored}
        for key, entry in self._changed.items():
            before = self._parent.get(key)
            if before is not None:
                packed.append(_STATE + before.packed())
                packed.append(_REMOVED + key if entry is None else _UPDATED + entry.packed())
            elif entry is not None:
                packed.append((_RESTORED if key in back else _CREATED) + entry.packed())
        return packed

    def load_account(self, account_id: str) -> Account | None:
        """An account, to be changed."""
        entry = self.load(keys.account_key(account_id))
        assert entry is None or isinstance(entry, Account)
        return entry

    def load_trustline(self, account_id: str, asset: TrustAsset) -> TrustLine | None:
        """A trustline, to be changed."""
        entry = self.load(keys.trustline_key(account_id, asset))
        assert entry is None or isinstance(entry, TrustLine)
        return entry

    def load_offer(self, seller: str, offer_id: int) -> OfferEntry | None:
        """An offer, to be changed."""
        entry = self.load(keys.offer_key(seller, offer_id))
        assert entry is None or isinstance(entry, OfferEntry)
        return entry

    def load_pool(self, pool_id: str) -> PoolEntry | None:
        """A liquidity pool, to be changed."""
        entry = self.load(keys.pool_key(pool_id))
        assert entry is None or isinstance(entry, PoolEntry)
        return entry

    def offers(self, selling: Asset, buying: Asset) -> Iterator[OfferEntry]:
        """The offers that sell one asset for the other in book order, as seen here at the time of the call."""
        touched = self._books.get((selling, buying))
        below = self._parent.offers(selling, buying)
        if not touched:
            return below
        own = [
            entry
            for entry in map(self._changed.get, touched)
            if isinstance(entry, OfferEntry) and entry.selling == selling and entry.buying == buying
        ]
        own.sort(key=rank)
        hidden = frozenset(touched)
        unchanged = (offer for offer in below if offer.key() not in hidden)
        return heapq.merge(unchanged, own, key=rank) if own else unchanged

    def owned(self, account_id: str) -> Iterator[Entry]:
        """The trustlines, offers and data entries of an account."""
        own = [entry for entry in self._changed.values() if entry is not None and entry.owner() == account_id]
        below = [entry for entry in self._parent.owned(account_id) if entry.key() not in self._changed]
        return iter(below + own)

    def of_type(self, entry_type: int) -> Iterator[Entry]:
        """Every entry of a LedgerEntryType."""
        own = [entry for key, entry in self._changed.items() if entry is not None and key[3] == entry_type]
        below = [entry for entry in self._parent.of_type(entry_type) if entry.key() not in self._changed]
        return iter(below + own)

    def _record(self, key: bytes, entry: E) -> E:
        entry.touch(self.header.ledger_seq)
        self._changed[key] = entry
        self._note_offer(key, entry)
        return entry

    def _note_offer(self, key: bytes, entry: Entry) -> None:
        if isinstance(entry, OfferEntry):
            self._books.setdefault((entry.selling, entry.buying), {})[key] = None

    def _absorb(self, child: "LedgerTxn") -> None:
        for key, entry in child._changed.items():
            if entry is None and self._parent.get(key) is None:
                del self._changed[key]  # created and erased within this level: for the parent it never was
            else:
                self._changed[key] = entry
        self._restored |= child._restored
        for pair, touched in child._books.items():
            self._books.setdefault(pair, {}).update(touched)
        self.header = child.header

    def _close(self) -> None:
        self._open = False
        if isinstance(self._parent, LedgerTxn):
            self._parent._child = None

    def _require_open(self) -> None:
        if self._child is not None or not self._open:
            raise LedgerTxnError("this ledger view is closed, or a child of it is still open")

    def _require_writable(self) -> None:
        self._require_open()
        if self._sealed:
            raise LedgerTxnError("this ledger view is sealed: its changes were already read")
