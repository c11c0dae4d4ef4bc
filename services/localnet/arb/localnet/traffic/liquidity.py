"""Liquidity providers: an occasional deposit or withdrawal that keeps every pool near the depth it started with."""

import random
from typing import Final

from stellar_sdk import xdr

from arb.localnet.ledger.assets import PoolShare, pool_id_of
from arb.localnet.ledger.balances import available
from arb.localnet.traffic import operations
from arb.localnet.traffic.actors import Actor, actor
from arb.localnet.traffic.claims import Claims, pair
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.universe import POOLS, asset

PROVIDER: Final = "liquidity provider"
_SHARE: Final = (0.002, 0.01)
"""Bounds of a deposit or withdrawal as a share of the pool."""
_BACK: Final = 3.0
"""How strongly providers lean towards the starting depth."""


def provider() -> Actor:
    """The account that holds the shares of all pools of the seeded market."""
    return actor(PROVIDER)


def change_depth(sight: MarketSight, claims: Claims, draw: random.Random) -> list[xdr.Operation]:
    """One deposit into, or withdrawal from, one pool."""
    free = [pool for pool in POOLS if claims.are_free((pair(pool.base, pool.quote),))]
    if not free:
        return []
    venue = draw.choice(free)
    claims.take((pair(venue.base, venue.quote),))
    pool_id = pool_id_of(asset(venue.base), asset(venue.quote))
    pool = sight.state.pool(pool_id)
    line = sight.state.trustline(provider().account_id, PoolShare(pool_id))
    if pool is None or line is None or not pool.total_shares:
        return []
    base_reserve = pool.reserve_a if pool.a == asset(venue.base) else pool.reserve_b
    excess = sight.worth_xlm(venue.base, base_reserve) / venue.depth_xlm - 1
    share = draw.uniform(*_SHARE)
    if draw.random() < 0.5 + max(-0.5, min(0.5, _BACK * excess)):
        shares = min(line.balance // 2, int(pool.total_shares * share))
        return [operations.withdraw(provider(), pool_id, shares)] if shares else []
    max_a, max_b = (
        min(int(reserve * share), available(sight.state, provider().account_id, side))
        for reserve, side in ((pool.reserve_a, pool.a), (pool.reserve_b, pool.b))
    )
    return [operations.deposit(provider(), pool_id, max_a, max_b)] if max_a and max_b else []
