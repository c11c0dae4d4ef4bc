"""Which contracts the seeded market has: pools of three kinds on overlapping pairs, so that there are cycles."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """Whose interface a pool has; the value is how the route executor numbers it."""

    SOROSWAP = 0
    AQUARIUS = 1
    PHOENIX = 2


@dataclass(frozen=True, slots=True)
class ContractPool:
    """A pool of two codes, worth `depth_xlm` XLM on each side; its fee in basis points."""

    kind: Kind
    base: str
    quote: str
    depth_xlm: int
    fee_bps: int = 30

    @property
    def name(self) -> str:
        """Such as "Aquarius XLM-USDC"."""
        return f"{self.kind.name.capitalize()} {self.base}-{self.quote}"


CONTRACT_POOLS: Final = (
    ContractPool(Kind.SOROSWAP, "XLM", "USDC", 150_000),
    ContractPool(Kind.SOROSWAP, "XLM", "yUSDC", 100_000),
    ContractPool(Kind.SOROSWAP, "XLM", "EURC", 100_000),
    ContractPool(Kind.SOROSWAP, "XLM", "AQUA", 120_000),
    ContractPool(Kind.SOROSWAP, "XLM", "KALE", 60_000),
    ContractPool(Kind.SOROSWAP, "USDC", "yUSDC", 80_000),
    ContractPool(Kind.SOROSWAP, "USDC", "EURC", 90_000),
    ContractPool(Kind.SOROSWAP, "USDC", "AQUA", 70_000),
    ContractPool(Kind.AQUARIUS, "XLM", "USDC", 140_000, 10),
    ContractPool(Kind.AQUARIUS, "XLM", "AQUA", 150_000, 30),
    ContractPool(Kind.AQUARIUS, "XLM", "BTCLN", 100_000, 30),
    ContractPool(Kind.AQUARIUS, "USDC", "yUSDC", 90_000, 10),
    ContractPool(Kind.PHOENIX, "XLM", "USDC", 120_000, 30),
    ContractPool(Kind.PHOENIX, "XLM", "EURC", 90_000, 30),
    ContractPool(Kind.PHOENIX, "XLM", "BTCLN", 80_000, 30),
    ContractPool(Kind.PHOENIX, "USDC", "EURC", 70_000, 30),
)
LENDER_XLM: Final = 1_000_000
"""What the flash lender has to lend."""
