"""Which contract entries end when: what a closing ledger has to evict, found without a look at all the others."""

from arb.localnet.ledger import keys
from arb.localnet.ledger.contract_entries import Ttl, is_contract_key
from arb.localnet.ledger.entry import Entry


class LifeTimes:
    """An index over TTL entries and the entries they belong to, told of every one that comes and goes."""

    __slots__ = ("_by_end", "_owner")

    def __init__(self) -> None:
        self._owner: dict[bytes, bytes] = {}  # TTL key -> key of the entry it belongs to
        self._by_end: dict[int, set[bytes]] = {}  # last ledger of life -> TTL keys

    def add(self, key: bytes, entry: Entry) -> None:
        """An entry is in the ledger from now on."""
        if isinstance(entry, Ttl):
            self._by_end.setdefault(entry.live_until, set()).add(key)
        elif is_contract_key(key):
            self._owner[keys.ttl_key(key)] = key

    def remove(self, key: bytes, entry: Entry) -> None:
        """An entry is not in the ledger any more."""
        if isinstance(entry, Ttl):
            ending = self._by_end[entry.live_until]
            ending.discard(key)
            if not ending:
                del self._by_end[entry.live_until]
        elif is_contract_key(key):
            del self._owner[keys.ttl_key(key)]

    def ending(self, ledger: int) -> list[bytes]:
        """The keys of the entries whose last ledger this is, in order."""
        return sorted(self._owner[key] for key in self._by_end.get(ledger, ()))
