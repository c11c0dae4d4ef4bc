"""Soroswap's pair and its router's quotes (soroswap/core: contracts/library quotes.rs, contracts/pair swap).

0.3 % of what goes in, rounded up, stays in the pool. The router's quote and what the pair then executes are two
things: the quote answers 0, negative or one unit short where the pair refuses. All arithmetic traps beyond i128.
"""

from typing import Final

from arb.markets.soroban.swap import I128_MAX, Refusal, Swap, ceil_div

FEE_BPS: Final = 30
_FEE: Final = 3
_WHOLE: Final = 1000
_KEPT: Final = _WHOLE - _FEE


def quote_in(reserve_in: int, reserve_out: int, amount_in: int) -> int | None:
    """router_get_amount_out: what `amount_in` buys, 0 included; None where the router fails."""
    if min(reserve_in, reserve_out, amount_in) <= 0 or _FEE * amount_in > I128_MAX:
        return None
    kept = amount_in * _KEPT // _WHOLE
    if kept * reserve_out > I128_MAX or reserve_in + kept > I128_MAX:
        return None
    return kept * reserve_out // (reserve_in + kept)


def quote_out(reserve_in: int, reserve_out: int, amount_out: int) -> int | None:
    """router_get_amount_in, as it is: None where the router fails, and no promise that the pair accepts the answer.

    Negative for more than the reserve (the quotient is truncated towards zero, then one is added for any remainder and
    one more); for less it can be one unit short. `swap_out` says what the pair makes of it.
    """
    if min(reserve_in, reserve_out, amount_out) <= 0 or amount_out == reserve_out:
        return None
    numerator = reserve_in * amount_out * _WHOLE
    denominator = (reserve_out - amount_out) * _KEPT
    if numerator > I128_MAX or not -I128_MAX <= denominator <= I128_MAX:
        return None
    quotient, remainder = divmod(numerator, abs(denominator))
    return (quotient if denominator > 0 else -quotient) + (remainder != 0) + 1


def swap(reserve_in: int, reserve_out: int, amount_in: int) -> Swap | Refusal:
    """Sells exactly `amount_in`: the router's quote, executed by the pair."""
    if not 0 < amount_in <= I128_MAX:
        return Refusal.BAD_AMOUNT
    if reserve_in <= 0 or reserve_out <= 0:
        return Refusal.EMPTY
    paid = quote_in(reserve_in, reserve_out, amount_in)
    return Refusal.OVERFLOW if paid is None else _executed(reserve_in, reserve_out, amount_in, paid)


def swap_out(reserve_in: int, reserve_out: int, amount_out: int) -> Swap | Refusal:
    """Buys exactly `amount_out` for what the router asks."""
    if not 0 < amount_out <= I128_MAX:
        return Refusal.BAD_AMOUNT
    if reserve_in <= 0 or reserve_out <= 0:
        return Refusal.EMPTY
    if amount_out >= reserve_out:
        return Refusal.WHOLE_RESERVE
    asked = quote_out(reserve_in, reserve_out, amount_out)
    if asked is None or _FEE * asked > I128_MAX:
        return Refusal.OVERFLOW
    return _executed(reserve_in, reserve_out, asked, amount_out)


def least_in(reserve_in: int, reserve_out: int, amount_out: int) -> int | None:
    """The least input that buys at least `amount_out`, by exact-in swaps; None where there is none, or it overflows."""
    if min(reserve_in, reserve_out, amount_out) <= 0 or amount_out >= reserve_out:
        return None
    kept = ceil_div(reserve_in * amount_out, reserve_out - amount_out)
    cost = ceil_div(kept * _WHOLE, _KEPT)
    return cost if quote_in(reserve_in, reserve_out, cost) is not None else None


def _executed(reserve_in: int, reserve_out: int, paid_in: int, paid_out: int) -> Swap | Refusal:
    """The pair's own checks (contracts/pair, `swap`): something out, no overflow, and a product that does not fall."""
    if paid_out == 0:
        return Refusal.NOTHING_OUT
    left_in, left_out = reserve_in + paid_in, reserve_out - paid_out
    product = (left_in - ceil_div(_FEE * paid_in, _WHOLE)) * left_out
    if left_in > I128_MAX or product > I128_MAX or reserve_in * reserve_out > I128_MAX:
        return Refusal.OVERFLOW
    if product < reserve_in * reserve_out:
        return Refusal.PRODUCT_FALLS
    return Swap(paid_in, paid_out, left_in, left_out)
