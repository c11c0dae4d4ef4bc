"""Aquarius's constant-product pool (AquaToken/soroban-amm: liquidity_pool pool.rs and contract.rs).

The fee is a part of what goes in, in basis points, rounded against the trader. The protocol's share of that fee, also
in basis points, leaves the reserves with every swap. The contract computes in u128, with 256 bits between, but tokens
move i128. Reserves must be those of the ledger's first call: the pool then takes donations as reserves.
"""

from arb.markets.soroban.swap import BPS, I128_MAX, U128_MAX, U256_MAX, Refusal, Swap, ceil_div


def quote_in(reserve_in: int, reserve_out: int, amount_in: int, fee_bps: int) -> int | None:
    """estimate_swap: what `amount_in` buys, 0 included; None where the contract traps."""
    if min(reserve_in, reserve_out) <= 0 or amount_in < 0 or amount_in * (BPS - fee_bps) > U128_MAX:
        return None
    kept = amount_in * (BPS - fee_bps) // BPS
    return kept * reserve_out // (reserve_in + kept) if reserve_in + kept <= U128_MAX else None


def quote_out(reserve_in: int, reserve_out: int, amount_out: int, fee_bps: int) -> int | None:
    """estimate_swap_strict_receive: what exactly `amount_out` costs; None where the contract fails.

    It is also the least input that buys `amount_out` by an exact-in swap.
    """
    if min(reserve_in, reserve_out) <= 0 or not 0 <= amount_out < reserve_out:
        return None
    cost = ceil_div(_kept_for(reserve_in, reserve_out, amount_out) * BPS, BPS - fee_bps)
    return cost if cost <= U128_MAX else None


def swap(
    reserve_in: int, reserve_out: int, amount_in: int, fee_bps: int, protocol_share_bps: int = 0
) -> Swap | Refusal:
    """Sells exactly `amount_in`; fee_bps and protocol_share_bps (a part of the fee) in 0..9999 and 0..10000."""
    if not 0 < amount_in <= I128_MAX:
        return Refusal.BAD_AMOUNT
    if reserve_in <= 0 or reserve_out <= 0:
        return Refusal.EMPTY
    paid = quote_in(reserve_in, reserve_out, amount_in, fee_bps)
    if paid is None:
        return Refusal.OVERFLOW
    if paid == 0:
        return Refusal.NOTHING_OUT
    fee = amount_in - amount_in * (BPS - fee_bps) // BPS
    return _executed(reserve_in, reserve_out, amount_in, paid, fee, protocol_share_bps)


def swap_out(
    reserve_in: int, reserve_out: int, amount_out: int, fee_bps: int, protocol_share_bps: int = 0
) -> Swap | Refusal:
    """Buys exactly `amount_out`. Its fee can be a unit less than that of selling the same amount."""
    if not 0 < amount_out <= I128_MAX:
        return Refusal.BAD_AMOUNT
    if reserve_in <= 0 or reserve_out <= 0:
        return Refusal.EMPTY
    if amount_out >= reserve_out:
        return Refusal.WHOLE_RESERVE
    cost = quote_out(reserve_in, reserve_out, amount_out, fee_bps)
    if cost is None or cost > I128_MAX:
        return Refusal.OVERFLOW
    fee = cost - _kept_for(reserve_in, reserve_out, amount_out)
    return _executed(reserve_in, reserve_out, cost, amount_out, fee, protocol_share_bps)


def _kept_for(reserve_in: int, reserve_out: int, amount_out: int) -> int:
    return ceil_div(reserve_in * amount_out, reserve_out - amount_out)


def _executed(
    reserve_in: int, reserve_out: int, paid_in: int, paid_out: int, fee: int, protocol_share_bps: int
) -> Swap | Refusal:
    # The contract compares the products of the reserves, each in ten-thousandths, in 256 bits.
    if BPS * (reserve_in + paid_in) * BPS * reserve_out > U256_MAX:
        return Refusal.OVERFLOW
    left_in = reserve_in + paid_in - fee * protocol_share_bps // BPS
    if left_in > I128_MAX:
        return Refusal.OVERFLOW
    return Swap(paid_in, paid_out, left_in, reserve_out - paid_out)
