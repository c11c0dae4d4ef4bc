"""/liquidity_pools: single pools and lists by reserves and participants."""

from aiohttp import web

from arb.localnet.horizon import params
from arb.localnet.horizon.accounts import close_time_text
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, base_url, link, page_body, paged_link
from arb.localnet.horizon.problem import Problem, invalid_field, not_found
from arb.localnet.horizon.slices import take
from arb.localnet.ledger.assets import PoolShare
from arb.localnet.ledger.entries import PoolEntry
from arb.localnet.node.node import Node
from arb.markets.amount import format_amount
from arb.markets.asset import Asset


async def get_pool(request: web.Request) -> web.Response:
    """GET /liquidity_pools/{liquidity_pool_id}."""
    node = node_of(request)
    pool = node.ledger.root.pool(params.pool_id(request, "liquidity_pool_id"))
    if pool is None:
        raise not_found()
    return answer(pool_json(node, pool, base_url(request)))


async def list_pools(request: web.Request) -> web.Response:
    """GET /liquidity_pools, filtered by reserves (one or two assets, all of which a pool must hold) and account."""
    page = params.page(request, numeric=False)
    reserves = _reserves(request)
    account_id = params.account(request, "account")
    root = node_of(request).ledger.root
    pools = [pool for pool in root.pools() if all(asset in (pool.a, pool.b) for asset in reserves)]
    if account_id:
        shares = {line.asset.pool_id for line in root.trustlines_of(account_id) if isinstance(line.asset, PoolShare)}
        pools = [pool for pool in pools if pool.pool_id in shares]
    pools.sort(key=_id)
    chosen = take(pools, page, _id, page.cursor or None)
    node, base = node_of(request), base_url(request)
    return answer(page_body(request, page, [pool_json(node, pool, base) for pool in chosen]))


def _reserves(request: web.Request) -> list[Asset]:
    try:
        return params.asset_list(request, "reserves", 2)
    except Problem:
        raise invalid_field(
            "reserves", "Invalid reserves, should be comma-separated list of assets in canonical form"
        ) from None


def _id(pool: PoolEntry) -> str:
    return pool.pool_id


def pool_json(node: Node, pool: PoolEntry, base: str) -> Json:
    """The liquidity pool resource."""
    self_path = f"/liquidity_pools/{pool.pool_id}"
    return {
        "_links": {
            "self": link(base, self_path),
            "transactions": paged_link(base, f"{self_path}/transactions"),
            "operations": paged_link(base, f"{self_path}/operations"),
        },
        "id": pool.pool_id,
        "paging_token": pool.pool_id,
        "fee_bp": pool.fee_bps,
        "type": "constant_product",
        "total_trustlines": str(pool.trustline_count),
        "total_shares": format_amount(pool.total_shares),
        "reserves": [
            {"asset": str(pool.a), "amount": format_amount(pool.reserve_a)},
            {"asset": str(pool.b), "amount": format_amount(pool.reserve_b)},
        ],
        "last_modified_ledger": pool.last_modified,
        "last_modified_time": close_time_text(node, pool.last_modified),
    }
