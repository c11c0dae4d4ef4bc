"""Resource fees of contract transactions, as rs-soroban-env computes them (soroban-env-host/src/fees.rs)."""

from collections.abc import Iterable
from dataclasses import dataclass

from arb.localnet.ledger.soroban_config import SorobanConfig

RESULT_SIZE = 300
"""Bytes a transaction's result is taken to add to the history archive (TX_BASE_RESULT_SIZE)."""
_TTL_ENTRY_SIZE = 48
_CODE_DISCOUNT = 3
_KB = 1024


@dataclass(frozen=True, slots=True)
class Resources:
    """What a transaction declares or is found to use; `disk_read_entries` counts classic and archived entries only."""

    instructions: int
    disk_read_entries: int
    write_entries: int
    disk_read_bytes: int
    write_bytes: int
    tx_size: int


@dataclass(frozen=True, slots=True)
class RentChange:
    """An entry a transaction wrote or whose life it prolonged; sizes in bytes, 0 and 0 before if it is new."""

    persistent: bool
    code: bool
    old_size: int
    new_size: int
    old_live_until: int
    new_live_until: int


def non_refundable_fee(config: SorobanConfig, used: Resources) -> int:
    """Stroops charged for declared resources, whether the transaction succeeds or not."""
    return (
        _ceil(used.instructions * config.fee_per_10k_instructions, 10_000)
        + config.fee_disk_read_entry * (used.disk_read_entries + used.write_entries)
        + config.fee_write_entry * used.write_entries
        + _ceil(used.disk_read_bytes * config.fee_disk_read_1kb, _KB)
        + _ceil(used.write_bytes * config.fee_write_1kb, _KB)
        + _ceil((used.tx_size + RESULT_SIZE) * config.fee_historical_1kb, _KB)
        + _ceil(used.tx_size * config.fee_tx_size_1kb, _KB)
    )


def events_fee(config: SorobanConfig, size: int) -> int:
    """Stroops for events and return value of `size` bytes together."""
    return _ceil(size * config.fee_events_1kb, _KB)


def rent_fee(config: SorobanConfig, changes: Iterable[RentChange], ledger_seq: int) -> int:
    """Stroops of rent for entries that are new, grew, or live longer than before."""
    total = prolonged = 0
    for change in changes:
        paid_until = max(change.old_live_until, ledger_seq - 1)
        ledgers = change.new_live_until - paid_until
        if ledgers > 0:
            total += _rent(config, change, change.new_size, ledgers)
            prolonged += 1
        lived = change.old_live_until - ledger_seq + 1
        if change.old_size and change.new_size > change.old_size and lived > 0:
            total += _rent(config, change, change.new_size - change.old_size, lived)
    return total + prolonged * config.fee_write_entry + _ceil(prolonged * _TTL_ENTRY_SIZE * config.fee_write_1kb, _KB)


def _rent(config: SorobanConfig, change: RentChange, size: int, ledgers: int) -> int:
    rate = config.persistent_rent_denominator if change.persistent else config.temporary_rent_denominator
    fee = _ceil(size * config.fee_rent_1kb * ledgers, _KB * rate)
    return fee // _CODE_DISCOUNT if change.code else fee


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
