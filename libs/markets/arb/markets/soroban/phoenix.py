"""Phoenix's xyk pool (phoenix-contracts: contracts/pool, compute_swap and do_swap).

The fee is a part of what comes out, in basis points, and leaves the pool for the fee recipient. Only exact-in swaps:
the pool's reverse quote under-delivers, so it is not for trading. The products are computed in 256 bits.
"""

from typing import Final, NamedTuple

from arb.markets.soroban.swap import BPS, I128_MAX, Refusal, Swap, ceil_div

_DECIMAL: Final = 10**18
_DECIMALS_OF_A_BASIS_POINT: Final = _DECIMAL // BPS


class Computed(NamedTuple):
    """compute_swap's answer: what the trader gets, what the fee recipient gets, and how far the price moved, in units

    bought.
    """

    amount_out: int
    commission: int
    spread: int


def computed(
    reserve_in: int, reserve_out: int, amount_in: int, fee_bps: int, clamps_spread: bool = False
) -> Computed | Refusal:
    """simulate_swap, which looks at no limit. clamps_spread: later versions take a spread below zero for zero."""
    if not 0 < amount_in <= I128_MAX:
        return Refusal.BAD_AMOUNT
    if reserve_in <= 0 or reserve_out <= 0:
        return Refusal.EMPTY
    gross = reserve_out - reserve_in * reserve_out // (reserve_in + amount_in)
    spread = amount_in * reserve_out // reserve_in - gross
    if spread < 0:
        if not clamps_spread:
            return Refusal.SPREAD_BELOW_ZERO
        spread = 0
    if spread > I128_MAX:
        return Refusal.OVERFLOW
    commission = gross * fee_bps // BPS
    return Computed(gross - commission, commission, spread)


def swap(
    reserve_in: int, reserve_out: int, amount_in: int, fee_bps: int, max_spread_bps: int, clamps_spread: bool = False
) -> Swap | Refusal:
    """Sells exactly `amount_in`; max_spread_bps is the pool's limit on the spread by what comes out before the fee."""
    answer = computed(reserve_in, reserve_out, amount_in, fee_bps, clamps_spread)
    if isinstance(answer, Refusal):
        return answer
    gross = answer.amount_out + answer.commission
    if answer.amount_out == 0:
        return Refusal.NOTHING_OUT
    # The ratio is an i128 with eighteen decimals: it traps before it is compared.
    if answer.spread * _DECIMAL > I128_MAX or reserve_in + amount_in > I128_MAX:
        return Refusal.OVERFLOW
    if answer.spread * _DECIMAL // gross > max_spread_bps * _DECIMALS_OF_A_BASIS_POINT:
        return Refusal.SPREAD_ABOVE_LIMIT
    return Swap(amount_in, answer.amount_out, reserve_in + amount_in, reserve_out - gross)


def least_in(reserve_in: int, reserve_out: int, amount_out: int, fee_bps: int) -> int | None:
    """The least input whose quote is at least `amount_out`, were no small trade refused; None where there is none."""
    if min(reserve_in, reserve_out, amount_out) <= 0:
        return None
    gross = (amount_out - 1) * BPS // (BPS - fee_bps) + 1
    if gross > reserve_out:
        return None
    return reserve_in * reserve_out // (reserve_out - gross + 1) - reserve_in + 1


def least_accepted(reserve_in: int, reserve_out: int, amount_in: int) -> int:
    """The least input, `amount_in` or more, at which the spread is not below zero."""
    while True:
        gross = reserve_out - reserve_in * reserve_out // (reserve_in + amount_in)
        least = ceil_div(gross * reserve_in, reserve_out)
        if least <= amount_in:
            return amount_in
        amount_in = least
