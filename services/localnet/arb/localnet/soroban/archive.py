"""Persistent entries whose rent ran out: where they are found, and how they come back to life (CAP-62, CAP-66)."""

from arb.localnet.ledger import keys
from arb.localnet.ledger.contract_entries import Ttl, is_contract_key, is_temporary, ttl_of
from arb.localnet.ledger.entry import Entry
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.ledger.txn import LedgerTxn


def live_until(reads: LedgerReads, key: bytes) -> int | None:
    """The last ledger in which the contract entry of a packed key lives; None if the live state has no such entry."""
    ttl = reads.get(keys.ttl_key(key)) if is_contract_key(key) else None
    assert ttl is None or isinstance(ttl, Ttl)
    return None if ttl is None else ttl.live_until


def archived_entry(reads: LedgerReads, key: bytes) -> Entry | None:
    """The entry of a packed key if it is archived in the ledger of `reads`, evicted already or not; else None."""
    if not is_contract_key(key) or is_temporary(key):
        return None
    until = live_until(reads, key)
    if until is None:
        return reads.archived(key)
    return reads.get(key) if until < reads.header.ledger_seq else None


def restore(ltx: LedgerTxn, key: bytes, until: int) -> None:
    """Bring an archived entry back to life, to live until that ledger."""
    ttl = ltx.load(keys.ttl_key(key))
    if ttl is None:
        ltx.restore(key)
        ltx.create(ttl_of(key, until))
    else:
        assert isinstance(ttl, Ttl)
        ttl.live_until = until
