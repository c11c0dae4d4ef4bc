"""The numbers of a ledger that transactions read and change, apart from its entries."""

from dataclasses import dataclass, field, replace

from arb.localnet.ledger.soroban_config import SorobanConfig

BASE_FEE = 100
BASE_RESERVE = 5_000_000
PROTOCOL_VERSION = 27
TOTAL_COINS = 10**18
"""Stroops of the native asset at genesis, all on the root account."""


@dataclass(slots=True)
class Header:
    """State beside the entries. Fees, reserve and coins in stroops, `close_time` in seconds since 1970.

    `id_pool` is the last offer id given out; `max_tx_set_size` counts operations.
    """

    ledger_seq: int
    close_time: int
    fee_pool: int = 0
    id_pool: int = 0
    total_coins: int = TOTAL_COINS
    base_fee: int = BASE_FEE
    base_reserve: int = BASE_RESERVE
    protocol_version: int = PROTOCOL_VERSION
    max_tx_set_size: int = 1000
    soroban: SorobanConfig = field(default_factory=SorobanConfig)

    def copy(self) -> "Header":
        """An independent copy."""
        return replace(self)
