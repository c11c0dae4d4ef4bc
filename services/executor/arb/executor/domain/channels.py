"""The pool of channel accounts: which one may carry the next transaction, and with which sequence number."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Lease(NamedTuple):
    """A channel account and the sequence number its next transaction must carry."""

    source: str
    sequence: int


class ChannelPool:
    """Channel accounts and the sequence numbers last read from the ledger.

    A channel is leased to one trade from before its envelope is built until that trade has ended; it is leasable
    again only after its sequence number was read from the ledger once more. So two live envelopes never share a
    sequence number.
    """

    def __init__(self) -> None:
        self._sequences: dict[str, int | None] = {}
        self._leases: dict[str, str] = {}

    def adopt(self, accounts: Iterable[str]) -> None:
        """Make these accounts part of the pool; their sequence numbers are unknown until read."""
        for account in accounts:
            self._sequences.setdefault(account, None)

    def lease(self, trade_id: str) -> Lease | None:
        """A free channel and the sequence number its next transaction must carry, or None."""
        for account, sequence in self._sequences.items():
            if sequence is not None and account not in self._leases:
                self._leases[account] = trade_id
                return Lease(account, sequence + 1)
        return None

    def hold(self, account: str, trade_id: str) -> None:
        """Take back the lease of a trade that was in flight before a restart."""
        self._sequences.setdefault(account, None)
        self._leases[account] = trade_id

    def release(self, trade_id: str) -> None:
        """The trade has ended: its channel waits for a fresh sequence number."""
        for account, holder in list(self._leases.items()):
            if holder == trade_id:
                del self._leases[account]
                self._sequences[account] = None

    def stale(self) -> list[str]:
        """Free channels whose sequence number must be read before they can be leased."""
        return [a for a, sequence in self._sequences.items() if sequence is None and a not in self._leases]

    def refresh(self, sequences: Mapping[str, int]) -> None:
        """Enter sequence numbers read from the ledger; a channel leased meanwhile keeps what it has."""
        for account, sequence in sequences.items():
            if account in self._sequences and account not in self._leases:
                self._sequences[account] = sequence

    @property
    def free(self) -> int:
        """How many channels could be leased now."""
        return sum(1 for a, sequence in self._sequences.items() if sequence is not None and a not in self._leases)
