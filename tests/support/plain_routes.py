"""Made-up markets of pools, and their best route found with nothing clever: every cycle, every amount."""

import hashlib
import math
import random
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from arb.markets.soroban.legs import MOST_PARALLEL
from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, SorobanPool, SoroswapPool
from arb.markets.soroban.tokens import contract_address

Hops = tuple[tuple[SorobanPool, str, str], ...]


def address(name: str) -> str:
    return contract_address(hashlib.sha256(name.encode()).digest())


def through(hops: Hops, amount: int) -> int | None:
    """What exactly `amount` brings, hop by hop; None where a pool refuses."""
    held: int | None = amount
    for pool, token_in, token_out in hops:
        held = None if held is None else pool.quote_in(token_in, token_out, held)
    return held


def cycles(pools: Sequence[SorobanPool], base: str, most_hops: int = 4) -> Iterator[Hops]:
    """Every cycle from the base that enters no token and no pool twice."""

    def walk(hops: Hops, token: str) -> Iterator[Hops]:
        for pool in pools:
            if token not in pool.tokens or any(pool is used for used, _, _ in hops):
                continue
            for onward in pool.tokens:
                if onward == base and hops and token != base:
                    yield (*hops, (pool, token, onward))
                elif onward not in (base, token, *(seen for _, seen, _ in hops)) and len(hops) + 1 < most_hops:
                    yield from walk((*hops, (pool, token, onward)), onward)

    return walk((), base)


def best_profit(pools: Sequence[SorobanPool], base: str, largest: int, most_hops: int = 4) -> int:
    """The most that any cycle gains with any input up to `largest`; 0 where none gains."""
    best = 0
    for hops in cycles(pools, base, most_hops):
        for amount in range(1, largest + 1):
            best = max(best, (through(hops, amount) or 0) - amount)
    return best


@st.composite
def small_markets(draw: st.DrawFn) -> list[SorobanPool]:
    """Two to four pools of any kind over tokens 0 to 3, so small that every amount can be tried.

    No more than the search keeps of one pair: of many it leaves out those that only rounding could make the best.
    """
    count = draw(st.integers(2, 4))
    scale = draw(st.sampled_from([60, 400, 1_500]))
    held = st.integers(scale, 4 * scale)
    tokens = [address(f"token {number}") for number in range(count)]
    pools: list[SorobanPool] = []
    for number in range(draw(st.integers(2, MOST_PARALLEL))):
        name = address(f"pool {number}")
        kind = draw(st.sampled_from(["soroswap", "aquarius", "phoenix", "stable"]))
        size = draw(st.integers(2, min(3, count))) if kind == "stable" else 2
        sides = tuple(draw(st.permutations(tokens))[:size])
        reserves = tuple(draw(held) for _ in sides)
        fee = draw(st.sampled_from([10, 30, 100]))
        if kind == "soroswap":
            pools.append(SoroswapPool(name, sides, reserves))
        elif kind == "aquarius":
            pools.append(AquariusPool(name, sides, reserves, fee))
        elif kind == "phoenix":
            pools.append(PhoenixPool(name, sides, reserves, fee, max_spread_bps=10_000))
        else:
            amp = draw(st.sampled_from([85, 750]))
            pools.append(AquariusStablePool(name, sides, reserves, fee, amp, decimals=(7,) * size))
    return pools


def large_market(seed: int, pools: int = 60, tokens: int = 10) -> list[SorobanPool]:
    """A market as the network might hold it, prices off by about a per cent; tokens 0 to 3 are worth the same."""
    chance = random.Random(seed)
    price = [1.0 if number < 4 else math.exp(chance.gauss(0.0, 2.0)) for number in range(tokens)]
    found: list[SorobanPool] = []
    for number in range(pools):
        name, depth = address(f"pool {number}"), 10 ** chance.uniform(10, 15)
        stable = number % 10 == 0
        chosen = chance.sample(range(4 if stable else tokens), chance.choice([2, 3]) if stable else 2)
        sides = tuple(address(f"token {token}") for token in chosen)
        reserves = tuple(int(depth / price[token] * math.exp(chance.gauss(0.0, 0.01))) for token in chosen)
        if stable:
            found.append(AquariusStablePool(name, sides, reserves, 10, 750, decimals=(7,) * len(sides)))
        elif number % 3 == 0:
            found.append(SoroswapPool(name, sides, reserves))
        elif number % 3 == 1:
            found.append(AquariusPool(name, sides, reserves, chance.choice([10, 30, 100])))
        else:
            found.append(PhoenixPool(name, sides, reserves, 30, max_spread_bps=500))
    return found
