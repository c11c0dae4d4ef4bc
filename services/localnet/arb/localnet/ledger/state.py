"""The entries of the last closed ledger with the indexes reads need: books, what an account owns, types."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from arb.localnet.ledger import keys
from arb.localnet.ledger.book import OrderBooks, Pair
from arb.localnet.ledger.contract_entries import is_temporary
from arb.localnet.ledger.entries import OfferEntry
from arb.localnet.ledger.entry import Entry
from arb.localnet.ledger.header import Header
from arb.localnet.ledger.life_times import LifeTimes
from arb.localnet.ledger.reads import LedgerReads
from arb.markets.asset import Asset


class LedgerState(LedgerReads):
    """The closed ledger. It changes only when a LedgerTxn over it commits."""

    __slots__ = ("_archive", "_books", "_by_type", "_entries", "_lives", "_owned", "_sum")

    def __init__(self, header: Header) -> None:
        self.header = header
        self._entries: dict[bytes, Entry] = {}
        self._by_type: dict[int, dict[bytes, Entry]] = {}
        self._owned: dict[str, dict[bytes, Entry]] = {}
        self._books = OrderBooks()
        self._lives = LifeTimes()
        self._archive: dict[bytes, Entry] = {}
        self._sum = 0

    def get(self, key: bytes) -> Entry | None:
        """The entry of a packed LedgerKey; None if there is none."""
        return self._entries.get(key)

    def archived(self, key: bytes) -> Entry | None:
        """The evicted persistent entry of a packed LedgerKey; None if there is none."""
        return self._archive.get(key)

    def archive(self) -> Iterator[Entry]:
        """Every evicted persistent entry."""
        return iter(list(self._archive.values()))

    def offers(self, selling: Asset, buying: Asset) -> Iterator[OfferEntry]:
        """The offers that sell one asset for the other in book order."""
        return self._books.offers(selling, buying)

    def books(self) -> list[Pair]:
        """Every (selling, buying) that has an offer."""
        return self._books.pairs()

    def owned(self, account_id: str) -> Iterator[Entry]:
        """The trustlines, offers and data entries of an account."""
        return iter(list(self._owned.get(account_id, {}).values()))

    def of_type(self, entry_type: int) -> Iterator[Entry]:
        """Every entry of a LedgerEntryType, in order of creation."""
        return iter(list(self._by_type.get(entry_type, {}).values()))

    def evict(self) -> list[bytes]:
        """Let go of the contract entries whose life ended before this ledger; their packed keys, each with its TTL's.

        Temporary ones are gone for good, persistent ones wait in the archive. The network scans for them little by
        little, so that there it may take longer.
        """
        ended = self._lives.ending(self.header.ledger_seq - 1)
        gone = [part for key in ended for part in (key, keys.ttl_key(key))]
        self._archive.update((key, self._entries[key]) for key in ended if not is_temporary(key))
        self.absorb(dict.fromkeys(gone), self.header)
        return gone

    def absorb(self, changed: Mapping[bytes, Entry | None], header: Header, restored: Iterable[bytes] = ()) -> None:
        """Take over the changes (None: erased) and the header of a committed view; `restored` left the archive."""
        self.header = header
        for key in restored:
            self._archive.pop(key, None)
        for key, entry in changed.items():
            before = self._entries.get(key)
            if before is not None:
                self._sum -= _digest(before)
                self._lives.remove(key, before)
                if isinstance(before, OfferEntry):
                    self._books.remove(before)
            if entry is None:
                self._forget(key)
            else:
                self._sum += _digest(entry)
                self._lives.add(key, entry)
                self._keep(key, entry)

    def state_hash(self) -> bytes:
        """The hash of all entries of the live state, the same for the same state however it came about.

        It is the SHA-256 of the sum of the entries' own SHA-256 modulo 2**256, so that a ledger costs what it changed.
        """
        return sha256((self._sum % 2**256).to_bytes(32, "big")).digest()

    def _keep(self, key: bytes, entry: Entry) -> None:
        self._entries[key] = entry
        self._by_type.setdefault(key[3], {})[key] = entry
        owner = entry.owner()
        if owner is not None:
            self._owned.setdefault(owner, {})[key] = entry
        if isinstance(entry, OfferEntry):
            self._books.add(entry)

    def _forget(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        del self._by_type[key[3]][key]
        owner = entry.owner()
        if owner is not None:
            owned = self._owned[owner]
            del owned[key]
            if not owned:
                del self._owned[owner]


def _digest(entry: Entry) -> int:
    return int.from_bytes(sha256(entry.packed()).digest(), "big")
