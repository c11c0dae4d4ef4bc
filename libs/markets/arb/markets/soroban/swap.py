"""What a Soroban venue answers to a swap: amounts and the reserves it leaves, or the reason why it refuses.

Amounts are the tokens' own units. Contracts compute in i128, u128 or 256 bits and trap where a result does not fit:
Python's integers do not, so every formula says where its contract stops.
"""

from enum import Enum
from typing import Final, NamedTuple

BPS: Final = 10_000
I128_MAX: Final = 2**127 - 1
U128_MAX: Final = 2**128 - 1
U256_MAX: Final = 2**256 - 1


class Swap(NamedTuple):
    """A swap that the venue executes: what goes in, what comes out, and both reserves afterwards."""

    amount_in: int
    amount_out: int
    reserve_in: int
    reserve_out: int


class Refusal(Enum):
    """Why a venue executes no such swap."""

    BAD_AMOUNT = "the amount is not positive, or larger than a token can move"
    EMPTY = "the pool holds nothing on one of its sides"
    NOTHING_OUT = "the amount is too small to buy one unit"
    WHOLE_RESERVE = "the amount asked for is not below the reserve"
    OVERFLOW = "the contract's integers overflow"
    PRODUCT_FALLS = "the amount paid in does not keep the product of the reserves"
    SPREAD_BELOW_ZERO = "the pool cannot express a spread below zero"
    SPREAD_ABOVE_LIMIT = "the spread is above the pool's limit"
    NO_CONVERGENCE = "the invariant has no answer at these balances"


def ceil_div(numerator: int, denominator: int) -> int:
    """Quotient rounded up, for a denominator above zero."""
    return -(-numerator // denominator)
