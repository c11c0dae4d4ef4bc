"""The whole state of a ledger, to be compared: what a failed transaction may change is its payer's fee and sequence."""

from dataclasses import dataclass

from arb.localnet.ledger.close import Ledger
from arb.localnet.ledger.closed import AppliedTx
from arb.localnet.ledger.entries import Account
from arb.localnet.ledger.entry import Entry
from arb.localnet.ledger.keys import account_key
from arb.localnet.ledger.state import LedgerState

_KINDS = range(11)


def entries_of(ledger: Ledger) -> dict[bytes, Entry]:
    """Copies of all entries by packed key."""
    return {entry.key(): entry.copy() for kind in _KINDS for entry in ledger.root.of_type(kind)}


def state_hash_of(entries: dict[bytes, Entry], like: Ledger) -> bytes:
    """The state hash of a ledger that holds exactly these entries, built from nothing."""
    state = LedgerState(like.root.header.copy())
    state.absorb(dict(entries), state.header)
    return state.state_hash()


@dataclass(frozen=True)
class Snapshot:
    """A ledger's entries at one moment."""

    entries: dict[bytes, Entry]
    hash: bytes

    @classmethod
    def of(cls, ledger: Ledger) -> "Snapshot":
        return cls(entries_of(ledger), ledger.state_hash())

    def hash_after_nothing(self, ledger: Ledger) -> bytes:
        """The state hash if the last ledger had done nothing but evict what was due."""
        return state_hash_of(self._kept(ledger), ledger)

    def hash_after_paying(self, ledger: Ledger, applied: AppliedTx) -> bytes:
        """The state hash if the transaction had done nothing but pay its fee and use its sequence number."""
        frame, header = applied.frame, ledger.root.header
        entries = self._kept(ledger)
        payer = entries[account_key(frame.fee_source)].copy()
        assert isinstance(payer, Account)
        payer.balance -= applied.fee_charged
        payer.last_modified = header.ledger_seq
        if frame.source == frame.fee_source:
            payer.seq_num, payer.seq_ledger, payer.seq_time = frame.seq_num, header.ledger_seq, header.close_time
        entries[payer.key()] = payer
        return state_hash_of(entries, ledger)

    def _kept(self, ledger: Ledger) -> dict[bytes, Entry]:
        return {key: entry for key, entry in self.entries.items() if key not in ledger.last.evicted}
