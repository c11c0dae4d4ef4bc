"""What the network settles about contracts: limits of a transaction, fee rates, life times (CONFIG_SETTING_* entries).

The numbers are those of the public network as of protocol 23, where it has several the ones that bind a single
transaction. Rent goes by a flat rate: on the network it follows the size of the whole state.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SorobanConfig:
    """Limits in the unit of their name, fees in stroops, life times in ledgers."""

    tx_max_instructions: int = 400_000_000
    tx_max_footprint_entries: int = 400
    tx_max_disk_read_entries: int = 200
    tx_max_disk_read_bytes: int = 200_000
    tx_max_write_entries: int = 200
    tx_max_write_bytes: int = 286_720
    tx_max_size_bytes: int = 132_096
    tx_max_events_size_bytes: int = 16_384
    max_contract_size: int = 131_072
    max_data_key_size: int = 250
    max_data_entry_size: int = 65_536
    ledger_max_tx_count: int = 100

    fee_per_10k_instructions: int = 7
    fee_disk_read_entry: int = 6_250
    fee_write_entry: int = 10_000
    fee_disk_read_1kb: int = 1_786
    fee_write_1kb: int = 3_500
    fee_historical_1kb: int = 16_235
    fee_tx_size_1kb: int = 1_624
    fee_events_1kb: int = 10_000
    fee_rent_1kb: int = 1_000

    max_entry_ttl: int = 3_110_400
    min_temporary_ttl: int = 17_280
    min_persistent_ttl: int = 2_073_600
    persistent_rent_denominator: int = 1_215
    temporary_rent_denominator: int = 2_430
