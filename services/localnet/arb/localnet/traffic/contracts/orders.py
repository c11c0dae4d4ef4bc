"""Takers on contract pools: swaps that push a pool, leaning against what is far off its reference already.

As among classic takers nobody closes a loop: what they push apart stays apart until somebody from outside trades on it.
"""

import math
import random
from collections.abc import Iterator
from typing import Final

from stellar_sdk import xdr

from arb.localnet.ledger.balances import available
from arb.localnet.soroban import values as v
from arb.localnet.traffic.actors import Actor, actor
from arb.localnet.traffic.contracts import calls
from arb.localnet.traffic.contracts.deployment import Deployment
from arb.localnet.traffic.contracts.reserves import reserves
from arb.localnet.traffic.contracts.universe import CONTRACT_POOLS, ContractPool, Kind
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.treasury import Endowment
from arb.localnet.traffic.universe import ANCHORS, asset

_ORDERS: Final = 3
"""Mean of swaps a ledger at rate 1."""
_SHARE: Final = 0.004
_SIGMA: Final = 0.6
_LIMIT: Final = 0.02
"""A swap as a share of the pool's reserve: median, spread of its logarithm, bound."""
_BACK: Final = 14.0
"""How strongly swaps lean against a pool that is already off: odds shift by this times the premium."""
_TWO_HOPS: Final = 0.2
"""Share of the router's swaps that go on to a second pair."""
_SLIP: Final = 0.9
"""A swap is content with this share of what the reserves promise."""
_TAKER_XLM: Final = 12_000.0

Step = tuple[Actor, xdr.Operation]


def _actors(rate: float) -> list[Actor]:
    """Enough for the busiest ledger: a source sends one transaction a ledger, a pool takes one."""
    return [actor(f"contract taker {n}") for n in range(min(len(CONTRACT_POOLS), math.ceil(_ORDERS * rate * 1.3) + 2))]


def takers(rate: float) -> Iterator[Endowment]:
    """What takers are meant to hold."""
    return (Endowment(taker, dict.fromkeys(ANCHORS, _TAKER_XLM)) for taker in _actors(rate))


class Orders:
    """Decides on the swaps of a ledger. At most one transaction touches a pool, so their order does not matter."""

    def __init__(self, sight: MarketSight, deployment: Deployment, rate: float) -> None:
        """Above rate 1 swaps shrink as they become more, so that together they move pools no further."""
        self._sight = sight
        self._at = deployment
        self._takers = _actors(rate)
        self._mean = min(_ORDERS * rate, float(len(CONTRACT_POOLS)))
        self._scale = min(1.0, math.sqrt(_ORDERS / self._mean)) if rate else 0.0

    def of_ledger(self, draw: random.Random) -> Iterator[Step]:
        """The swaps of one ledger."""
        free = list(CONTRACT_POOLS)
        count = min(len(self._takers), int(self._mean * draw.uniform(0.7, 1.3) + draw.random()))
        for taker in draw.sample(self._takers, count):
            if not free:
                return
            pool = free.pop(draw.randrange(len(free)))
            order = self._swap(taker, pool, free, draw)
            if order is not None:
                yield taker, order

    def _swap(
        self, taker: Actor, pool: ContractPool, free: list[ContractPool], draw: random.Random
    ) -> xdr.Operation | None:
        held = reserves(self._sight.state, self._at, pool)
        if held is None:
            return None
        sells_base = draw.random() < 0.5 + max(-0.45, min(0.45, _BACK * self._premium(pool, held)))
        sold, bought = (pool.base, pool.quote) if sells_base else (pool.quote, pool.base)
        share = min(_LIMIT, draw.lognormvariate(0.0, _SIGMA) * _SHARE) * self._scale
        amount = min(int(held[sold] * share), available(self._sight.state, taker.account_id, asset(sold)) // 2)
        if amount <= 0:
            return None
        if pool.kind is Kind.SOROSWAP:
            path = [sold, bought, *self._onward(sold, bought, free, draw)]
            return self._routed(taker, path, amount)
        least = int(held[bought] * amount // (held[sold] + amount) * _SLIP)
        return self._direct(taker, pool, sold, amount, least)

    def _premium(self, pool: ContractPool, held: dict[str, int]) -> float:
        """By how much (a share) the pool prices its base above the reference."""
        return held[pool.quote] / held[pool.base] / self._sight.reference.price(pool.base, pool.quote) - 1

    def _onward(self, sold: str, bought: str, free: list[ContractPool], draw: random.Random) -> list[str]:
        """The end of a second hop, now and then, over a pair that nobody has taken; it is taken then."""
        pairs = [pool for pool in free if pool.kind is Kind.SOROSWAP and bought in (pool.base, pool.quote)]
        if draw.random() >= _TWO_HOPS or not pairs:
            return []
        pair = draw.choice(pairs)
        free.remove(pair)
        return [pair.quote if pair.base == bought else pair.base]

    def _routed(self, taker: Actor, path: list[str], amount: int) -> xdr.Operation:
        """Through Soroswap's router, which bounds nothing here: prices are those of the last ledger."""
        tokens = v.vec(self._at.token(code) for code in path)
        rest = tokens, v.account(taker.account_id), calls.FOREVER
        router = self._at.single("router")
        return calls.invoke(taker, router, "swap_exact_tokens_for_tokens", v.i128(amount), v.i128(1), *rest)

    def _direct(self, taker: Actor, pool: ContractPool, sold: str, amount: int, least: int) -> xdr.Operation:
        """On the pool itself."""
        me, address = v.account(taker.account_id), self._at.pools[pool]
        if pool.kind is Kind.AQUARIUS:
            index = self._at.sorted_codes(pool).index(sold)
            sides = v.u32(index), v.u32(1 - index), v.u128(amount), v.u128(least)
            return calls.invoke(taker, address, "swap", me, *sides)
        order = self._at.token(sold), v.i128(amount), v.i128(least), v.VOID, v.VOID, v.VOID
        return calls.invoke(taker, address, "swap", me, *order)
