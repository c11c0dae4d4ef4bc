"""What a contract operation did to the entries of its footprint: what it wrote, and the rent it owes."""

from collections.abc import Iterable

from arb.localnet.ledger import keys
from arb.localnet.ledger.contract_entries import is_contract_key, is_temporary
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban.archive import live_until
from arb.localnet.soroban.fees import RentChange, rent_fee

Before = dict[bytes, tuple[int, int]]
"""Size in bytes and last ledger of life, by packed key; (0, 0) for what is not there, or was not alive any more."""


def sizes_and_lives(reads: LedgerReads, footprint: Iterable[bytes]) -> Before:
    """The contract entries of a footprint as they are now."""
    found: Before = {}
    for key in footprint:
        if is_contract_key(key):
            entry, until = reads.get(key), live_until(reads, key) or 0
            alive = entry is not None and until >= reads.header.ledger_seq
            found[key] = (len(entry.packed()), until) if alive and entry is not None else (0, 0)
    return found


def rent_owed(reads: LedgerReads, config: SorobanConfig, before: Before) -> int:
    """The rent (stroops) for what has become of the entries since."""
    changes: list[RentChange] = []
    for key, (old_size, old_until) in before.items():
        entry, until = reads.get(key), live_until(reads, key)
        if entry is None or until is None:
            continue
        size = len(entry.packed())
        if until > old_until or size > old_size:
            code = key[3] == keys.CONTRACT_CODE
            changes.append(RentChange(not is_temporary(key), code, old_size, size, old_until, until))
    return rent_fee(config, changes, reads.header.ledger_seq)


def bytes_on_disk(reads: LedgerReads, footprint: Iterable[bytes], archived: Iterable[bytes]) -> int:
    """What has to be read from disk: classic entries and those to be restored (CAP-62)."""
    classic = [key for key in footprint if not is_contract_key(key)]
    return bytes_written(reads, classic) + bytes_restored(reads, archived)


def bytes_restored(reads: LedgerReads, archived: Iterable[bytes]) -> int:
    """The size of archived entries, in the live state still or in the archive."""
    return sum(len(entry.packed()) for key in archived if (entry := reads.get(key) or reads.archived(key)) is not None)


def bytes_written(reads: LedgerReads, read_write: Iterable[bytes]) -> int:
    """The size of what a footprint lets write, as it is now."""
    return sum(len(entry.packed()) for key in read_write if (entry := reads.get(key)) is not None)
