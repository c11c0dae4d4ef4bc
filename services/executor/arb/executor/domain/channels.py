"""The pool of channel accounts: which one may carry the next transaction, and with which sequence number.

What is said here is what one executor knows. That no two executors use one channel at once is the signer's word: it
signs one live envelope for a channel, whoever asks. The pool keeps them from asking in vain.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Lease(NamedTuple):
    """A channel account and the sequence number its next transaction must carry."""

    source: str
    sequence: int


class Rest(NamedTuple):
    """An envelope of this sequence number may be about that no trade here answers for, until a ledger closes later."""

    sequence: int
    until: int


class ChannelPool:
    """Channel accounts and the sequence numbers last read from the ledger.

    A channel is leased to one trade from before its envelope is built until that trade has ended; it is leasable
    again only after its sequence number was read from the ledger once more. So two live envelopes never share a
    sequence number. Every executor has an order of its own, by the name of its `instance`, in which a channel that
    was found taken comes last from then on: two that share a pool come to use different parts of it.
    """

    def __init__(self, instance: str = "") -> None:
        self._instance = instance
        self._sequences: dict[str, int | None] = {}
        self._holders: dict[str, set[str]] = {}
        """Trades by channel. More than one when two executors asked for it at once: the signer chose one of them."""
        self._resting: dict[str, Rest] = {}
        self._used: dict[str, int] = {}
        """The highest number known to be used up: a node that answers less has fallen behind."""
        self._let_go: dict[str, int] = {}
        """After how many closes a channel was last released."""
        self._closes = 0

    def adopt(self, accounts: Iterable[str]) -> None:
        """Make these accounts part of the pool; their sequence numbers are unknown until read."""
        for account in sorted(accounts, key=self._turn):
            self._sequences.setdefault(account, None)

    def lease(self, trade_id: str) -> Lease | None:
        """A free channel and the sequence number its next transaction must carry, or None.

        Rather one that was not released since the last close: the signer has seen by itself that its old number is
        used up, and asks nobody.
        """
        free = [(account, number) for account, number in self._sequences.items() if self._is_free(account, number)]
        if not free:
            return None
        account, number = next((each for each in free if self._let_go.get(each[0]) != self._closes), free[0])
        assert number is not None
        self._holders[account] = {trade_id}
        return Lease(account, number + 1)

    def hold(self, account: str, trade_id: str) -> None:
        """A trade is in flight on this channel: one of another executor, or ours from before a restart."""
        self._sequences.setdefault(account, None)
        self._holders.setdefault(account, set()).add(trade_id)

    def release(self, trade_id: str, used: Lease | None = None) -> None:
        """The trade has ended: its channels wait for a fresh sequence number. `used` is what the ledger has of it."""
        if used is not None:
            self._used[used.source] = max(used.sequence, self._used.get(used.source, 0))
        for account, holders in list(self._holders.items()):
            if trade_id in holders:
                self._sequences[account] = None
                self._let_go[account] = self._closes
                holders.remove(trade_id)
                if not holders:
                    del self._holders[account]

    def rest(self, lease: Lease, until: int) -> None:
        """Do not lease this channel before a ledger has closed after `until`, unix seconds, or its number is used up.

        The signer may have signed for this number, and the envelope is in nobody's hands that we know.
        """
        self._resting[lease.source] = Rest(lease.sequence, until)
        self._sequences.pop(lease.source, None)
        self._sequences[lease.source] = None

    def closed(self, close_time: int) -> None:
        """A ledger has closed: what no later one can include keeps no channel from being used."""
        self._closes += 1
        for account, rest in list(self._resting.items()):
            if close_time > rest.until:
                del self._resting[account]

    def stale(self) -> list[str]:
        """Free channels whose sequence number must be read before they can be leased."""
        return [a for a, sequence in self._sequences.items() if sequence is None and a not in self._holders]

    def idle(self) -> list[str]:
        """Every channel that no trade holds: somebody else may have used its key, or merged it."""
        return [a for a in self._sequences if a not in self._holders]

    def refresh(self, sequences: Mapping[str, int | None]) -> None:
        """Enter sequence numbers read from the ledger, None of an account that is not on it.

        A channel leased meanwhile keeps what it has, and no number that was used up comes back.
        """
        for account, sequence in sequences.items():
            if account not in self._sequences or account in self._holders:
                continue
            if sequence is None:
                self._sequences[account] = None
                continue
            if sequence < self._used.get(account, 0):
                continue
            self._used[account] = sequence
            rest = self._resting.get(account)
            if rest is not None and sequence < rest.sequence:
                continue
            self._resting.pop(account, None)
            self._sequences[account] = sequence

    @property
    def free(self) -> int:
        """How many channels could be leased now."""
        return sum(self._is_free(account, number) for account, number in self._sequences.items())

    def _is_free(self, account: str, number: int | None) -> bool:
        return number is not None and account not in self._holders and account not in self._resting

    def _turn(self, account: str) -> bytes:
        return hashlib.sha256(f"{self._instance} {account}".encode()).digest()
