"""What an oracle's prices say (SEP-40): averages over time, cross prices, age, and how far a trade is off them.

Integers only. A price is base currency per whole token with `decimals` places; timestamps are seconds. No price is
None, never zero: what is stale, missing or not positive cannot guard a trade.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from arb.markets.errors import OracleError

BPS: Final = 10_000
MOST_DECIMALS: Final = 38
"""Ten to this power still fits i128: no oracle can mean more."""
STALE_RESOLUTIONS: Final = 2
"""An oracle's lastprice answers nothing that is older than this many of its resolutions."""


class Price(NamedTuple):
    """One record: `price` over 10^decimals of the oracle, at `timestamp`, the start of its interval, in seconds."""

    price: int
    timestamp: int


def is_stale(timestamp: int, now: int, resolution: int) -> bool:
    """Whether a record is too old to trade on, or from a future beyond the interval under way.

    now: the ledger's close time. resolution: the oracle's, in seconds, above 0.
    """
    if resolution <= 0:
        raise OracleError(f"an oracle's resolution is above 0 seconds, got {resolution}")
    return not now - STALE_RESOLUTIONS * resolution <= timestamp <= now + resolution


def twap(prices: Sequence[Price], now: int, resolution: int, least_records: int = 1) -> int | None:
    """The average of the records, each weighted by how long it held; rounded down. None where they cannot be trusted.

    The records may come in any order, as `prices` answers them; one holds until the next, the newest for one interval.
    None when there are fewer than `least_records` times, when the newest is stale, or when a price is not positive.
    """
    records = sorted({record.timestamp: record for record in prices}.values(), key=lambda record: record.timestamp)
    if len(records) < max(1, least_records) or any(record.price <= 0 for record in records):
        return None
    if is_stale(records[-1].timestamp, now, resolution):
        return None
    ends = [record.timestamp for record in records[1:]] + [records[-1].timestamp + resolution]
    weights = [end - record.timestamp for record, end in zip(records, ends, strict=True)]
    return sum(record.price * weight for record, weight in zip(records, weights, strict=True)) // sum(weights)


def cross_price(price: int, quote_price: int, decimals: int) -> int | None:
    """One token's price in another's, both in the same base and decimals; None where either is not positive.

    Rounded down to `decimals` places, as Reflector's own x_last_price does; so it can be 0, where no guard is possible
    and None is the answer too.
    """
    _check_decimals(decimals)
    if price <= 0 or quote_price <= 0:
        return None
    return price * 10**decimals // quote_price or None


def deviation_bps(
    amount_in: int, amount_out: int, price_in: int, price_out: int, decimals_in: int = 7, decimals_out: int = 7
) -> int | None:
    """How far a swap's price is off the oracle's, in basis points of the oracle's, rounded away from zero.

    Above 0: the swap pays more than the oracle says it is worth. amounts: the tokens' own units, of decimals_in and
    decimals_out places; prices: both of one oracle, in the same decimals. None where a price is not positive.
    """
    _check_decimals(decimals_in)
    _check_decimals(decimals_out)
    if amount_in <= 0 or amount_out < 0:
        raise OracleError(f"a swap of {amount_in} for {amount_out} has no price: expected more than 0 for 0 or more")
    if price_in <= 0 or price_out <= 0:
        return None
    worth_in = amount_in * price_in * 10**decimals_out
    worth_out = amount_out * price_out * 10**decimals_in
    off = Fraction(worth_out - worth_in, worth_in) * BPS
    magnitude = -(-abs(off.numerator) // off.denominator)
    return magnitude if off >= 0 else -magnitude


def _check_decimals(decimals: int) -> None:
    if not 0 <= decimals <= MOST_DECIMALS:
        raise OracleError(f"decimals are 0..{MOST_DECIMALS}, got {decimals}: does the contract tell the truth?")
