"""The classic constant-product pool: exact quotes of swaps, deposits and withdrawals (CAP-38).

Everything is stroops in 0..INT64_MAX; fees are basis points. A quote the network would refuse is None or a reason,
never an exception. Pools serve path payments only, never a manage-offer.
"""

from dataclasses import dataclass
from enum import Enum
from math import isqrt
from typing import Final, NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.errors import PoolError

BPS: Final = 10_000
POOL_FEE_BPS: Final = 30


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool as the ledger holds it: reserves and total shares in stroops; `a` sorts before `b`.

    PoolError for a state the network would not store.
    """

    id: str
    a: Asset
    b: Asset
    reserve_a: int
    reserve_b: int
    shares: int
    fee_bps: int = POOL_FEE_BPS

    def __post_init__(self) -> None:
        if self.a.sort_key() >= self.b.sort_key():
            raise PoolError(f"pool {self.id} holds {self.a} and {self.b}: the lower asset comes first, and only once")
        for amount in (self.reserve_a, self.reserve_b, self.shares):
            if not 0 <= amount <= INT64_MAX:
                raise PoolError(f"pool {self.id} holds {amount}: expected 0..{INT64_MAX} stroops")
        if not 0 <= self.fee_bps < BPS:
            raise PoolError(f"pool {self.id} charges {self.fee_bps} basis points: expected 0..{BPS - 1}")


class Reserves(NamedTuple):
    """A pool seen from one side: stroops it holds of the asset paid in and of the asset paid out."""

    pool_id: str
    reserve_in: int
    reserve_out: int
    fee_bps: int = POOL_FEE_BPS


def swap_send(reserve_in: int, reserve_out: int, amount_in: int, fee_bps: int = POOL_FEE_BPS) -> int | None:
    """What the pool pays for exactly amount_in; None where it refuses (core: exchangeWithPool, strict send).

    It refuses when it would pay nothing, when it is empty, and when its reserve would pass INT64_MAX.
    """
    if reserve_in <= 0 or reserve_out <= 0 or not 0 < amount_in <= INT64_MAX - reserve_in:
        return None
    effective = (BPS - fee_bps) * amount_in
    return (reserve_out * effective // (BPS * reserve_in + effective)) or None


def swap_receive(reserve_in: int, reserve_out: int, amount_out: int, fee_bps: int = POOL_FEE_BPS) -> int | None:
    """What the pool takes for exactly amount_out; None where it refuses (core: exchangeWithPool, strict receive).

    It refuses when asked for its whole reserve or more, when it is empty, and when its reserve would pass INT64_MAX.
    Asking for 0 costs 0.
    """
    if reserve_in <= 0 or not 0 <= amount_out < reserve_out:
        return None
    amount_in = -(-BPS * reserve_in * amount_out // ((reserve_out - amount_out) * (BPS - fee_bps)))
    return amount_in if amount_in <= INT64_MAX - reserve_in else None


class Deposit(NamedTuple):
    """What a deposit moves: stroops of either asset into the pool, pool shares out."""

    amount_a: int
    amount_b: int
    shares: int


class DepositRefusal(Enum):
    """Why the network refuses a deposit, in the network's words."""

    UNDERFUNDED = "UNDERFUNDED"
    BAD_PRICE = "BAD_PRICE"
    LINE_FULL = "LINE_FULL"
    POOL_FULL = "POOL_FULL"


def deposit(
    reserve_a: int,
    reserve_b: int,
    total_shares: int,
    max_a: int,
    max_b: int,
    min_price: tuple[int, int],
    max_price: tuple[int, int],
    available_a: int = INT64_MAX,
    available_b: int = INT64_MAX,
    share_room: int = INT64_MAX,
) -> Deposit | DepositRefusal:
    """Exact outcome of a pool deposit (core: LiquidityPoolDepositOpFrame); prices are (n, d), a per b.

    Shares round down, amounts round up. The checks run in the network's order, so the reason is the network's too.
    """
    if total_shares == 0:
        amount_a, amount_b, shares = max_a, max_b, isqrt(max_a * max_b)
    else:
        # Core ignores a quote that does not fit 64 bits; the other one always fits (the larger reserve is never below
        # total_shares), so the smaller of the two is the one it keeps.
        shares = min(total_shares * max_a // reserve_a, total_shares * max_b // reserve_b)
        amount_a = -(-shares * reserve_a // total_shares)
        amount_b = -(-shares * reserve_b // total_shares)
    if available_a < amount_a or available_b < amount_b:
        return DepositRefusal.UNDERFUNDED
    if _bad_price(amount_a, amount_b, min_price, max_price):
        return DepositRefusal.BAD_PRICE
    if share_room < shares:
        return DepositRefusal.LINE_FULL
    if max(reserve_a + amount_a, reserve_b + amount_b, total_shares + shares) > INT64_MAX:
        return DepositRefusal.POOL_FULL
    return Deposit(amount_a, amount_b, shares)


def _bad_price(amount_a: int, amount_b: int, min_price: tuple[int, int], max_price: tuple[int, int]) -> bool:
    min_n, min_d = min_price
    max_n, max_d = max_price
    return amount_a == 0 or amount_b == 0 or amount_a * min_d < amount_b * min_n or amount_a * max_d > amount_b * max_n


def withdraw(reserve_a: int, reserve_b: int, total_shares: int, shares: int) -> tuple[int, int]:
    """Stroops (a, b) paid for `shares`, rounded down (core: getPoolWithdrawalAmount).

    PoolError when there are fewer shares in all than are handed in.
    """
    if not 0 < shares <= total_shares:
        raise PoolError(f"cannot withdraw {shares} of {total_shares} pool shares")
    return shares * reserve_a // total_shares, shares * reserve_b // total_shares
