"""Offers and pools as Horizon's JSON shows them, as our values."""

from typing import Any

from arb.contracts.errors import Malformed
from arb.contracts.market_changes import OfferChanged, PoolChanged
from arb.markets.amount import parse_amount
from arb.markets.asset import NATIVE, Asset
from arb.markets.book import Offer
from arb.markets.pool import Pool
from arb.scanner.ports import Seen


def offer_seen(record: dict[str, Any]) -> Seen:
    """A record of /offers. Malformed when it is not one."""
    try:
        offer = Offer(
            id=int(record["id"]),
            seller=str(record["seller"]),
            selling=_asset(record["selling"]),
            buying=_asset(record["buying"]),
            amount=parse_amount(record["amount"]),
            n=int(record["price_r"]["n"]),
            d=int(record["price_r"]["d"]),
        )
        return Seen(OfferChanged(offer), int(record["last_modified_ledger"]))
    except (KeyError, TypeError, ValueError) as wrong:
        raise Malformed(f"not an offer of Horizon ({wrong!r}): {str(record)[:120]}") from wrong


def pool_seen(record: dict[str, Any]) -> Seen:
    """A record of /liquidity_pools. Malformed when it is not one."""
    try:
        (text_a, amount_a), (text_b, amount_b) = ((side["asset"], side["amount"]) for side in record["reserves"])
        pool = Pool(
            id=str(record["id"]),
            a=Asset.parse(text_a),
            b=Asset.parse(text_b),
            reserve_a=parse_amount(amount_a),
            reserve_b=parse_amount(amount_b),
            shares=parse_amount(record["total_shares"]),
            fee_bps=int(record["fee_bp"]),
        )
        return Seen(PoolChanged(pool), int(record["last_modified_ledger"]))
    except (KeyError, TypeError, ValueError) as wrong:
        raise Malformed(f"not a liquidity pool of Horizon ({wrong!r}): {str(record)[:120]}") from wrong


def _asset(record: dict[str, Any]) -> Asset:
    if record["asset_type"] == "native":
        return NATIVE
    return Asset(record["asset_code"], record["asset_issuer"])
