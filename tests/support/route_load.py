"""The best route over 200 Soroban pools, in milliseconds, against a search with nothing clever in it.

The plain search walks every cycle of up to four pools over an index of pools by token, leaves out those whose rates
for small amounts do not gain, and narrows the size of each of the others by thirds with the pools' exact quotes.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import permutations
from statistics import median

from support.plain_routes import Hops, address, large_market, through

from arb.markets.soroban.pools import SorobanPool
from arb.markets.soroban.routes import Route, best_route

POOLS = 200
TOKENS = 40
MARKETS = 3
HOPS = 4
LARGEST = 10**13
GOAL = 0.05
"""Share of the plain search's time."""
_SMALL = 10**6
"""Part of a reserve whose price is taken for the pool's rate."""
_SAME_APPROX = 1e-6
_ROUNDED = 10
"""How far apart the gains may be, as a part and in units: neither promises the last unit that rounding could give."""

Step = tuple[SorobanPool, str, str, float]
"""A pool, the token sold, the token bought, units bought for a unit."""


def plain_gain(pools: Sequence[SorobanPool], base: str) -> int:
    """The most that a cycle through the base gains; 0 where none does."""
    return max((_sized(hops) for hops in _gaining(pools, base)), default=0)


def _gaining(pools: Sequence[SorobanPool], base: str) -> Iterator[Hops]:
    steps: dict[str, list[Step]] = {}
    for pool in pools:
        for sold, bought in permutations(pool.tokens, 2):
            amount = pool.reserves[pool.tokens.index(sold)] // _SMALL + 1
            paid = pool.quote_in(sold, bought, amount)
            if paid:
                steps.setdefault(sold, []).append((pool, sold, bought, paid / amount))

    def walk(taken: tuple[Step, ...], token: str, rate_approx: float) -> Iterator[Hops]:
        for step in steps.get(token, ()):
            pool, _, onward, rate = step
            if any(pool is used for used, _, _, _ in taken):
                continue
            if onward == base:
                if taken and rate_approx * rate > 1.0:
                    yield tuple((pool, sold, bought) for pool, sold, bought, _ in (*taken, step))
            elif len(taken) + 1 < HOPS and all(onward != seen for _, _, seen, _ in taken):
                yield from walk((*taken, step), onward, rate_approx * rate)

    return walk((), base, 1.0)


def _sized(hops: Hops) -> int:
    def gain(amount: int) -> int:
        return (through(hops, amount) or 0) - amount

    low, high = 1, min(LARGEST, hops[0][0].reserves[hops[0][0].tokens.index(hops[0][1])])
    # A ten-thousandth off the best size costs a part in 10^8 of the gain.
    while high - low > 2 + low // 10_000:
        third = (high - low) // 3
        left, right = low + third, high - third
        if gain(left) < gain(right):
            low = left
        else:
            high = right
    return max(0, gain(low), gain((low + high) // 2), gain(high))


def rows() -> list[dict[str, object]]:
    """The figure in the common form. Both searches take turns on every market."""
    ours, plain = [], []
    for seed in range(MARKETS):
        pools, base = large_market(seed, POOLS, TOKENS), address("token 0")
        started = time.perf_counter()
        route = best_route(pools, base, largest=LARGEST, most_hops=HOPS)
        found = time.perf_counter()
        gain = plain_gain(pools, base)
        ended = time.perf_counter()
        _agree(route, gain)
        ours.append(1_000 * (found - started))
        plain.append(1_000 * (ended - found))
    value, peer = median(ours), median(plain)
    figures = {"value": round(value, 2), "unit": "ms", "peer": "plain search", "peer_value": round(peer, 2)}
    ratio = value / peer
    name = f"best route, {POOLS} Soroban pools, {HOPS} hops"
    return [{"name": name, **figures, "ratio": round(ratio, 4), "goal": GOAL, "holds": ratio <= GOAL}]


def _agree(route: Route | None, gain: int) -> None:
    ours = 0 if route is None else route.profit
    assert abs(ours - gain) <= _ROUNDED + gain * _SAME_APPROX, f"{ours} is not {gain}"
