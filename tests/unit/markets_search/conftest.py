"""Seeded random markets of pools and books, small enough to search by hand."""

import random
from collections.abc import Callable

import pytest

from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.book import Offer
from arb.markets.market import Market
from arb.markets.pool import Pool

ISSUER = "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL"
SELLER = "GCZDLEFQ6TSRZZLXC7UIWX6IFRYJAOVPFRXUTK7TGDYISQAGYDZUTZMY"


def assets(count: int) -> list[Asset]:
    return [NATIVE, *(Asset(f"A{number:02d}", ISSUER) for number in range(1, count))]


def random_market(
    seed: int, *, count: int = 7, pools: int = 12, books: int = 8, depth: float = 1e10, noise: float = 0.01
) -> Market:
    """Assets with true prices, pools around them, books of a few offers a side around them, all off by `noise`."""
    rng = random.Random(seed)
    held = assets(count)
    price = {asset: 1.0 if asset.is_native else 10 ** rng.uniform(-2, 2) for asset in held}
    market = Market()
    pairs = [(a, b) for number, a in enumerate(held) for b in held[number + 1 :]]
    for a, b in rng.sample(pairs, min(pools, len(pairs))):
        a, b = sorted((a, b), key=Asset.sort_key)
        size = depth * 10 ** rng.uniform(-1, 1)
        off = 1 + rng.gauss(0, noise)
        market.upsert_pool(
            Pool(pool_id(a, b), a, b, max(1, int(size / price[a] * off)), max(1, int(size / price[b])), 10**9)
        )
    offer_id = 0
    for a, b in rng.sample(pairs, min(books, len(pairs))):
        off = 1 + rng.gauss(0, noise)
        for selling, buying in ((a, b), (b, a)):
            fair = price[selling] / price[buying] * (off if selling is a else 1 / off)
            for level in range(rng.randint(1, 6)):
                offer_id += 1
                d = rng.choice([1, 7, 1000, 10**4])
                n = max(1, round(fair * (1 + 0.002 * (level + 1)) * d))
                amount = max(1, int(depth / 50 * 10 ** rng.uniform(-1, 1) / price[selling]))
                market.upsert_offer(Offer(offer_id, SELLER, selling, buying, amount, n, d))
    return market


@pytest.fixture
def make_market() -> Callable[..., Market]:
    return random_market
