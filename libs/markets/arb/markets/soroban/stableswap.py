"""Aquarius's stable pool of two or three tokens (AquaToken/soroban-amm: liquidity_pool_stableswap contract.rs).

Balances are scaled to one precision by `multipliers` (10 to the power of the places that a token has fewer than the
one with most); `amp` is A * n^(n-1) as the contract's a() answers it at the ledger's time. The fee is a part of what
goes in, rounded up; the protocol's share of it is rounded up too and leaves the reserves. Everything 256 bits wide.
"""

from collections.abc import Sequence
from typing import Final

from arb.markets.soroban.swap import BPS, I128_MAX, U128_MAX, U256_MAX, Refusal, Swap, ceil_div

MOST_AMP: Final = 1_000_000
_MOST_ITERATIONS: Final = 255


class _Trap(Exception):
    """The contract stops here."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def invariant(scaled: Sequence[int], amp: int) -> int | None:
    """D of balances in one precision, all above zero; None where the contract traps or does not converge."""
    try:
        return _get_d(scaled, amp)
    except _Trap:
        return None


def quote_in(
    reserves: Sequence[int],
    multipliers: Sequence[int],
    amp: int,
    index_in: int,
    index_out: int,
    amount_in: int,
    fee_bps: int,
) -> int | Refusal:
    """estimate_swap: what `amount_in` buys, 0 included; for so much that the other side's balance is left at nothing

    it answers 0, though `swap` pays all but a unit.
    """
    traded = _traded(reserves, multipliers, amp, index_in, index_out, amount_in, fee_bps)
    if isinstance(traded, Refusal):
        return traded
    paid, left = traded
    return paid if left else 0


def quote_out(
    reserves: Sequence[int],
    multipliers: Sequence[int],
    amp: int,
    index_in: int,
    index_out: int,
    amount_out: int,
    fee_bps: int,
) -> int | Refusal:
    """estimate_swap_strict_receive: what exactly `amount_out` costs, 0 included: where a unit in is worth many out."""
    if not 0 < amount_out <= I128_MAX:
        return Refusal.BAD_AMOUNT
    if min(reserves) <= 0:
        return Refusal.EMPTY
    try:
        kept = _kept_for(reserves, multipliers, amp, index_in, index_out, amount_out)
        return _bounded(ceil_div(kept * BPS, BPS - fee_bps), U128_MAX)
    except _Trap as trap:
        return trap.refusal


def swap(
    reserves: Sequence[int],
    multipliers: Sequence[int],
    amp: int,
    index_in: int,
    index_out: int,
    amount_in: int,
    fee_bps: int,
    protocol_share_bps: int = 0,
) -> Swap | Refusal:
    """Sells exactly `amount_in` of the token at index_in; the reserves of tokens not traded stay as they are."""
    traded = _traded(reserves, multipliers, amp, index_in, index_out, amount_in, fee_bps)
    if isinstance(traded, Refusal):
        return traded
    paid, _ = traded
    if paid == 0:
        return Refusal.NOTHING_OUT
    fee = ceil_div(amount_in * fee_bps, BPS)
    return _executed(reserves, index_in, index_out, amount_in, paid, fee, protocol_share_bps)


def swap_out(
    reserves: Sequence[int],
    multipliers: Sequence[int],
    amp: int,
    index_in: int,
    index_out: int,
    amount_out: int,
    fee_bps: int,
    protocol_share_bps: int = 0,
) -> Swap | Refusal:
    """Buys exactly `amount_out`. NOTHING_OUT never comes: the contract may even ask for 0, which counts as refused."""
    cost = quote_out(reserves, multipliers, amp, index_in, index_out, amount_out, fee_bps)
    if isinstance(cost, Refusal):
        return cost
    if not 0 < cost <= I128_MAX:
        return Refusal.BAD_AMOUNT
    kept = _kept_for(reserves, multipliers, amp, index_in, index_out, amount_out)
    return _executed(reserves, index_in, index_out, cost, amount_out, cost - kept, protocol_share_bps)


def least_in(
    reserves: Sequence[int],
    multipliers: Sequence[int],
    amp: int,
    index_in: int,
    index_out: int,
    amount_out: int,
    fee_bps: int,
) -> int | None:
    """The least input that buys at least `amount_out`; None where there is none.

    Found from the contract's own reverse quote, which is off by a few units, by steps that double and then halve; from
    a single unit where that fails, as it does when a unit is worth many.
    """

    def enough(candidate: int) -> bool:
        traded = _traded(reserves, multipliers, amp, index_in, index_out, candidate, fee_bps)
        return not isinstance(traded, Refusal) and traded[0] >= amount_out

    asked = quote_out(reserves, multipliers, amp, index_in, index_out, amount_out, fee_bps)
    if asked in (Refusal.BAD_AMOUNT, Refusal.EMPTY, Refusal.WHOLE_RESERVE):
        return None
    high, step = 1 if isinstance(asked, Refusal) else max(asked, 1), 1
    while not enough(high):
        high, step = high + step, 2 * step
        if high > I128_MAX:
            return None
    low, step = high - 1, 1
    while low > 0 and enough(low):
        high, step = low, 2 * step
        low = max(0, low - step)
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def _traded(
    reserves: Sequence[int],
    multipliers: Sequence[int],
    amp: int,
    index_in: int,
    index_out: int,
    amount_in: int,
    fee_bps: int,
) -> tuple[int, int] | Refusal:
    """What amount_in buys, and the scaled balance that the curve leaves of what is bought."""
    if not 0 < amount_in <= I128_MAX:
        return Refusal.BAD_AMOUNT
    if min(reserves) <= 0:
        return Refusal.EMPTY
    try:
        return _amount_out(reserves, multipliers, amp, index_in, index_out, amount_in, fee_bps)
    except _Trap as trap:
        return trap.refusal


def _amount_out(
    reserves: Sequence[int],
    multipliers: Sequence[int],
    amp: int,
    index_in: int,
    index_out: int,
    amount_in: int,
    fee_bps: int,
) -> tuple[int, int]:
    scaled = _scaled(reserves, multipliers)
    kept = amount_in - ceil_div(amount_in * fee_bps, BPS)
    x = _bounded(scaled[index_in] + kept * multipliers[index_in], U128_MAX)
    y = _get_y(scaled, amp, index_in, index_out, x)
    left = scaled[index_out] - y - 1
    if left < 0:
        raise _Trap(Refusal.OVERFLOW)  # dust: the contract subtracts in unsigned integers
    return left // multipliers[index_out], y


def _kept_for(
    reserves: Sequence[int], multipliers: Sequence[int], amp: int, index_in: int, index_out: int, amount_out: int
) -> int:
    """What must go in besides the fee."""
    scaled = _scaled(reserves, multipliers)
    wanted = amount_out * multipliers[index_out]
    if wanted >= scaled[index_out]:
        raise _Trap(Refusal.WHOLE_RESERVE)
    more = _get_y(scaled, amp, index_out, index_in, scaled[index_out] - wanted) - scaled[index_in]
    if more < 0:
        raise _Trap(Refusal.OVERFLOW)
    return (more + 1) // multipliers[index_in]


def _executed(
    reserves: Sequence[int],
    index_in: int,
    index_out: int,
    paid_in: int,
    paid_out: int,
    fee: int,
    protocol_share_bps: int,
) -> Swap | Refusal:
    left_in = reserves[index_in] + paid_in - ceil_div(fee * protocol_share_bps, BPS)
    if left_in > I128_MAX:
        return Refusal.OVERFLOW
    return Swap(paid_in, paid_out, left_in, reserves[index_out] - paid_out)


def _scaled(reserves: Sequence[int], multipliers: Sequence[int]) -> list[int]:
    return [_bounded(reserve * multiplier, U128_MAX) for reserve, multiplier in zip(reserves, multipliers, strict=True)]


def _get_d(scaled: Sequence[int], amp: int) -> int:
    """Newton's iteration for D, with the contract's order of roundings."""
    count, total = len(scaled), sum(scaled)
    ann, d = amp * count, total
    parts = [_bounded(x * count, U128_MAX) for x in scaled]
    for _ in range(_MOST_ITERATIONS):
        product = d
        for part in parts:
            product = _bounded(product * d, U256_MAX) // part
        numerator = _bounded((ann * total + product * count) * d, U256_MAX)
        previous, d = d, numerator // _divisor((ann - 1) * d + (count + 1) * product)
        if abs(d - previous) <= 1:
            return d
    raise _Trap(Refusal.NO_CONVERGENCE)


def _get_y(scaled: Sequence[int], amp: int, index_in: int, index_out: int, x: int) -> int:
    """The balance of the token at index_out that keeps D when the one at index_in becomes x."""
    count, d = len(scaled), _get_d(scaled, amp)
    ann, c, total = amp * count, d, 0
    for index, balance in enumerate(scaled):
        if index == index_out:
            continue
        held = x if index == index_in else balance
        total += held
        c = _bounded(c * d, U256_MAX) // _divisor(held * count)
    c = _bounded(c * d, U256_MAX) // (ann * count)
    b = total + d // ann
    y = d
    for _ in range(_MOST_ITERATIONS):
        previous, y = y, _bounded(y * y + c, U256_MAX) // _divisor(2 * y + b - d)
        if abs(y - previous) <= 1:
            return _bounded(y, U128_MAX)
    raise _Trap(Refusal.NO_CONVERGENCE)


def _bounded(value: int, most: int) -> int:
    if value > most:
        raise _Trap(Refusal.OVERFLOW)
    return value


def _divisor(value: int) -> int:
    if value <= 0:
        raise _Trap(Refusal.OVERFLOW)
    return value
