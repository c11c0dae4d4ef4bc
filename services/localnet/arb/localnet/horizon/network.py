"""What the network says of itself: the root document and the fee statistics."""

from typing import Final

from aiohttp import web

from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, base_url, link, paged_link, timestamp
from arb.localnet.node import fees

VERSION: Final = "arb-localnet 0.1.0"
CORE_VERSION: Final = "arb-localnet 0.1.0 (a model of stellar-core 27, not it)"
_FEE_LEDGERS: Final = 5

_ASSET_PAIR = ",".join(f"{side}_asset_{part}" for side in ("selling", "buying") for part in ("type", "code", "issuer"))
_TRADE_PAIR = "&".join(
    f"{side}_asset_{part}={{{side}_asset_{part}}}"
    for side in ("base", "counter")
    for part in ("type", "code", "issuer")
)
_LINKS: Final = {
    "account": "/accounts/{account_id}",
    "accounts": "/accounts{?signer,sponsor,asset,liquidity_pool,cursor,limit,order}",
    "account_transactions": "/accounts/{account_id}/transactions{?cursor,limit,order}",
    "fee_stats": "/fee_stats",
    "friendbot": "/friendbot{?addr}",
    "ledger": "/ledgers/{sequence}",
    "ledgers": "/ledgers{?cursor,limit,order}",
    "liquidity_pools": "/liquidity_pools{?reserves,account,cursor,limit,order}",
    "offer": "/offers/{offer_id}",
    "offers": "/offers{?selling,buying,seller,sponsor,cursor,limit,order}",
    "operation": "/operations/{id}",
    "operations": "/operations{?cursor,limit,order,include_failed}",
    "order_book": f"/order_book{{?{_ASSET_PAIR},limit}}",
    "payments": "/payments{?cursor,limit,order,include_failed}",
    "self": "/",
    "strict_receive_paths": "/paths/strict-receive{?source_assets,source_account,destination_account,"
    "destination_asset_type,destination_asset_issuer,destination_asset_code,destination_amount}",
    "strict_send_paths": "/paths/strict-send{?destination_account,destination_assets,source_asset_type,"
    "source_asset_issuer,source_asset_code,source_amount}",
    "trades": f"/trades?{_TRADE_PAIR}",
    "transaction": "/transactions/{hash}",
}


async def get_root(request: web.Request) -> web.Response:
    """GET /."""
    node, base = node_of(request), base_url(request)
    last = node.ledger.last
    links = {name: link(base, path) for name, path in _LINKS.items()}
    links["transactions"] = paged_link(base, "/transactions")
    return answer(
        {
            "_links": links,
            "horizon_version": VERSION,
            "core_version": CORE_VERSION,
            "ingest_latest_ledger": last.seq,
            "history_latest_ledger": last.seq,
            "history_latest_ledger_closed_at": timestamp(last.close_time),
            "history_elder_ledger": node.history.oldest,
            "core_latest_ledger": last.seq,
            "network_passphrase": node.network_passphrase,
            "current_protocol_version": last.protocol_version,
            "supported_protocol_version": last.protocol_version,
            "core_supported_protocol_version": last.protocol_version,
        }
    )


async def get_health(_request: web.Request) -> web.Response:
    """GET /health: what quickstart's probes read; whoever answers is up and in step with itself."""
    return answer({"database_connected": True, "core_up": True, "core_synced": True})


async def get_fee_stats(request: web.Request) -> web.Response:
    """GET /fee_stats: the last five ledgers."""
    history = node_of(request).history
    ledgers = history.last(_FEE_LEDGERS)
    last = ledgers[-1]
    used = sum(transaction.operations for ledger in ledgers for transaction in ledger.transactions)
    room = sum(ledger.max_tx_set_size for ledger in ledgers)
    body: Json = {
        "last_ledger": str(last.seq),
        "last_ledger_base_fee": str(last.base_fee),
        "ledger_capacity_usage": f"{used / room:.2f}",
        "fee_charged": fees.distribution(fees.charged(ledgers), last.base_fee).texts(),
        "max_fee": fees.distribution(fees.bid(ledgers), last.base_fee).texts(),
    }
    return answer(body)
