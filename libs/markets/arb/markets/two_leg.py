"""A trade between a classic venue and a Soroban pool: the same asset bought on one and sold on the other.

A Soroban transaction holds one operation, so no transaction holds both legs: between them the asset is held, and the
second leg may fail or pay less. What is modelled here is what both would pay on the same ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.errors import PathError
from arb.markets.hop import MarketView
from arb.markets.path import path_receive, path_send
from arb.markets.soroban.pools import SorobanPool
from arb.markets.soroban.tokens import AssetTokens

_STEPS_AN_OCTAVE: Final = 4
_MOST_CLIMBS: Final = 128


class BuyOn(Enum):
    """Where the asset is bought; it is sold on the other one."""

    CLASSIC = "classic"
    SOROBAN = "soroban"


@dataclass(frozen=True, slots=True)
class TwoLeg:
    """`spent` stroops of the base buy `amount` of the asset, which bring `received`, before any network fee.

    path: the classic leg's, from the base to the asset or from the asset to the base. Never atomic: whoever trades it
    holds `amount` of the asset between the legs and bears what happens to its price.
    """

    atomic: ClassVar[bool] = False

    buy_on: BuyOn
    path: tuple[Asset, ...]
    pool: SorobanPool
    amount: int
    spent: int
    received: int

    @property
    def profit(self) -> int:
        """Stroops of the base gained if both legs execute as quoted, before network fees."""
        return self.received - self.spent


def best_two_leg(
    view: MarketView,
    path: Sequence[Asset],
    pool: SorobanPool,
    tokens: AssetTokens,
    buy_on: BuyOn,
    *,
    cost: int = 0,
    largest: int = INT64_MAX,
    taker: str | None = None,
) -> TwoLeg | None:
    """The size that gains most, and more than `cost` (network fees of both legs, stroops of the base); None without.

    path: base first and asset last when bought on classic venues, the other way round when sold there. The pool trades
    the token contracts of both ends. largest: the most stroops of the base to spend. taker: account whose own offers
    are in its way. No amount within 2 units of the answer's gains more. PathError when a token is not the pool's.
    """
    ends = [tokens.token(asset) for asset in (path[0], path[-1])]
    first, last = ends
    if first is None or last is None or first == last or not {first, last} <= set(pool.tokens):
        raise PathError(f"pool {pool.contract} does not trade {path[0]} for {path[-1]}: no second leg")

    def bought_on_classic(amount: int) -> tuple[int, int] | None:
        bought = path_receive(view, taker, path, amount)
        received = pool.quote_in(last, first, amount)
        return (bought.amount_in, received) if bought.ok and received is not None else None

    def bought_in_the_pool(amount: int) -> tuple[int, int] | None:
        spent = pool.least_in(last, first, amount)
        sold = path_send(view, taker, path, amount)
        return (spent, sold.amount_out) if sold.ok and spent is not None else None

    climb = _Climb(bought_on_classic if buy_on is BuyOn.CLASSIC else bought_in_the_pool, largest)
    climb.search()
    if climb.best is None or climb.gain <= cost:
        return None
    spent, received = climb.trades[climb.best]
    return TwoLeg(buy_on, tuple(path), pool, climb.best, spent, received)


class _Climb:
    """Exact gains by amount of the asset: over all orders of magnitude first, then uphill from the best."""

    def __init__(self, trade: Callable[[int], tuple[int, int] | None], largest: int) -> None:
        self._trade = trade
        self._largest = largest
        self._tried: set[int] = set()
        self.trades: dict[int, tuple[int, int]] = {}
        self.best: int | None = None
        self.gain = 0

    def search(self) -> None:
        octaves = INT64_MAX.bit_length()
        for step in range(octaves * _STEPS_AN_OCTAVE):
            self._attempt(int(2.0 ** (step / _STEPS_AN_OCTAVE)))
        for _ in range(_MOST_CLIMBS):
            if self.best is None:
                return
            here, step = self.best, max(1, self.best // _STEPS_AN_OCTAVE)
            # From strides about as long as those of the scan down to single units.
            while step > 2:
                self._stride(step)
                step //= 2
            if not any(self._stride(near) for near in (2, 1)) and self.best == here:
                return

    def _stride(self, step: int) -> bool:
        assert self.best is not None
        return self._attempt(self.best + step) or self._attempt(self.best - step)

    def _attempt(self, amount: int) -> bool:
        """Evaluates one amount; whether it gains more than all before."""
        if not 0 < amount <= INT64_MAX or amount in self._tried:
            return False
        self._tried.add(amount)
        trade = self._trade(amount)
        if trade is None or trade[0] > self._largest or trade[1] - trade[0] <= self.gain:
            return False
        self.trades[amount] = trade
        self.best, self.gain = amount, trade[1] - trade[0]
        return True
