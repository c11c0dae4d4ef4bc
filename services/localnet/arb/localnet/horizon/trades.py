"""/trades: what was exchanged with offers and pools, for the network, a pair, account, offer, pool or operation."""

from collections.abc import Callable, Iterable, Iterator
from math import gcd
from typing import Final

from aiohttp import web
from stellar_sdk import xdr

from arb.localnet.horizon import lists, params
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, asset_fields, base_url, link, timestamp
from arb.localnet.horizon.operations import found
from arb.localnet.horizon.problem import invalid_field
from arb.localnet.ledger.account_ids import account_id_of_muxed
from arb.localnet.node.records import TransactionRecord
from arb.localnet.node.toid import Toid
from arb.localnet.node.touched import offer_name
from arb.localnet.node.trades import Trade, trades_of
from arb.markets.amount import format_amount
from arb.markets.asset import Asset

_SYNTHETIC_OFFER: Final = 1 << 62
"""Added to an operation's id, it stands for the offer a path payment never was."""

_ORDER_BITS: Final = 20

Keep = Callable[[Trade, str], bool]
"""Whether a trade (and its taker) is asked for."""


async def list_trades(request: web.Request) -> web.StreamResponse:
    """GET /trades; optional filters: base and counter asset (both), account_id or offer_id, trade_type."""
    pair = params.asset(request, "base_"), params.asset(request, "counter_")
    if (pair[0] is None) != (pair[1] is None):
        fault = "this endpoint supports asset pairs but only one asset supplied"
        raise invalid_field("base_asset_type,counter_asset_type", fault)
    wanted = {asset for asset in pair if asset is not None}
    kind = params.text(request, "trade_type") or "all"
    if kind not in ("all", "orderbook", "liquidity_pool"):
        raise invalid_field("trade_type", "Trade type must be all, orderbook, or liquidity_pool")
    offer_id = (
        params.positive(request, "offer_id", "Offer ID must be an integer higher than 0")
        if (params.text(request, "offer_id"))
        else None
    )
    account_id = params.account(request, "account_id")
    name = account_id or (offer_name(offer_id) if offer_id is not None else None)

    def keep(trade: Trade, taker: str) -> bool:
        return (
            (not wanted or {trade.sold_asset, trade.bought_asset} == wanted)
            and (not account_id or account_id in (trade.seller, taker))
            and (offer_id is None or offer_id in (trade.offer_id, trade.taker_offer))
            and kind in ("all", "liquidity_pool" if trade.pool_id else "orderbook")
        )

    return await _list(request, name, keep, pair[0])


async def list_account_trades(request: web.Request) -> web.StreamResponse:
    """GET /accounts/{account_id}/trades."""
    account_id = lists.account_name(request, node_of(request))
    return await _list(request, account_id, lambda trade, taker: account_id in (trade.seller, taker))


async def list_pool_trades(request: web.Request) -> web.StreamResponse:
    """GET /liquidity_pools/{liquidity_pool_id}/trades."""
    pool_id = params.pool_id(request, "liquidity_pool_id")
    return await _list(request, pool_id, lambda trade, _taker: trade.pool_id == pool_id)


async def list_offer_trades(request: web.Request) -> web.StreamResponse:
    """GET /offers/{offer_id}/trades."""
    offer_id = params.positive(request, "offer_id", "Offer ID must be an integer higher than 0")
    return await _list(
        request, offer_name(offer_id), lambda trade, _taker: offer_id in (trade.offer_id, trade.taker_offer)
    )


async def list_operation_trades(request: web.Request) -> web.StreamResponse:
    """GET /operations/{op_id}/trades."""
    record, index = found(request, "op_id")
    return await _list(request, None, lambda trade, _taker: trade.operation == index, only=record)


async def _list(
    request: web.Request,
    name: str | None,
    keep: Keep,
    base_asset: Asset | None = None,
    only: TransactionRecord | None = None,
) -> web.StreamResponse:
    history, base = node_of(request).history, base_url(request)

    def source(cursor: int | None, ascending: bool) -> Iterable[Json]:
        after = None if cursor is None else cursor >> _ORDER_BITS
        records: Iterable[TransactionRecord] = (
            (only,) if only is not None else history.transactions(after, ascending=ascending, name=name)
        )
        for record in records:
            trades = list(_trades(record, keep, base_asset, base)) if record.successful else []
            for trade in trades if ascending else reversed(trades):
                at = lists.place(trade["paging_token"], _ORDER_BITS)
                if cursor is None or (at > cursor if ascending else at < cursor):
                    yield trade

    return await lists.serve(request, source, order_bits=_ORDER_BITS)


def _trades(record: TransactionRecord, keep: Keep, base_asset: Asset | None, base: str) -> Iterator[Json]:
    envelope = xdr.TransactionEnvelope.from_xdr_bytes(record.envelope_xdr)
    v1 = envelope.fee_bump.tx.inner_tx.v1 if envelope.fee_bump is not None else envelope.v1
    assert v1 is not None
    for trade in trades_of(xdr.TransactionResult.from_xdr_bytes(record.result_xdr)):
        named = v1.tx.operations[trade.operation].source_account
        taker = account_id_of_muxed(v1.tx.source_account if named is None else named)
        if keep(trade, taker):
            yield _trade_json(record, trade, taker, base_asset, base)


def _trade_json(record: TransactionRecord, trade: Trade, taker: str, base_asset: Asset | None, base: str) -> Json:
    """The trade resource. Unless asked otherwise the base is the lesser asset in the network's order."""
    operation = int(Toid(record.ledger, record.order, trade.operation + 1))
    token = f"{operation}-{trade.order}"
    if base_asset is None:
        base_asset = min(trade.sold_asset, trade.bought_asset, key=Asset.sort_key)
    base_is_maker = trade.sold_asset == base_asset
    maker: Json = (
        {"liquidity_pool_id": trade.pool_id}
        if trade.pool_id is not None
        else {
            "offer_id": str(trade.offer_id),
            "account": trade.seller,
        }
    )
    maker |= {"amount": format_amount(trade.sold), **asset_fields(trade.sold_asset)}
    offer = trade.taker_offer if trade.taker_offer is not None else operation | _SYNTHETIC_OFFER
    other: Json = {"offer_id": str(offer), "account": taker, "amount": format_amount(trade.bought)}
    other |= asset_fields(trade.bought_asset)
    base_side, counter_side = (maker, other) if base_is_maker else (other, maker)
    n, d = (trade.bought, trade.sold) if base_is_maker else (trade.sold, trade.bought)
    common = gcd(n, d) or 1
    return {
        "_links": {
            "base": link(base, _party(base_side)),
            "counter": link(base, _party(counter_side)),
            "operation": link(base, f"/operations/{operation}"),
        },
        "id": token,
        "paging_token": token,
        "ledger_close_time": timestamp(record.close_time),
        "trade_type": "liquidity_pool" if trade.pool_id is not None else "orderbook",
        **({"liquidity_pool_fee_bp": 30} if trade.pool_id is not None else {}),
        **{f"base_{name}": value for name, value in base_side.items()},
        **{f"counter_{name}": value for name, value in counter_side.items()},
        "base_is_seller": base_is_maker,
        "price": {"n": str(n // common), "d": str(d // common)},
    }


def _party(side: Json) -> str:
    pool_id = side.get("liquidity_pool_id")
    return f"/liquidity_pools/{pool_id}" if pool_id is not None else f"/accounts/{side['account']}"
