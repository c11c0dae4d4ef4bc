"""Horizon's JSON as it looks on the network becomes exact values; anything else is named."""

from typing import Any

import pytest

from arb.contracts.errors import Malformed
from arb.contracts.market_changes import OfferChanged, PoolChanged
from arb.markets.asset import NATIVE, Asset
from arb.scanner.adapters.horizon_records import offer_seen, pool_seen

ISSUER = "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL"
OFFER: dict[str, Any] = {
    "id": "165561423",
    "seller": ISSUER,
    "selling": {"asset_type": "native"},
    "buying": {"asset_type": "credit_alphanum4", "asset_code": "USDC", "asset_issuer": ISSUER},
    "amount": "18421.4486092",
    "price_r": {"n": 45112058, "d": 941460545},
    "last_modified_ledger": 28411995,
}
POOL: dict[str, Any] = {
    "id": "67260c4c1807b262ff851b0a3fe141194936bb0215b2f77447f1df11998eabb9",
    "fee_bp": 30,
    "total_shares": "5000.0000001",
    "reserves": [{"asset": "native", "amount": "1000.0000005"}, {"asset": f"USDC:{ISSUER}", "amount": "2000.0000000"}],
    "last_modified_ledger": 30,
}


def test_an_offer_is_read_to_the_stroop() -> None:
    change, ledger = offer_seen(OFFER)
    assert isinstance(change, OfferChanged)
    assert ledger == 28411995
    assert (change.offer.id, change.offer.amount, change.offer.n, change.offer.d) == (
        165561423,
        184214486092,
        45112058,
        941460545,
    )
    assert (change.offer.selling, change.offer.buying) == (NATIVE, Asset("USDC", ISSUER))


def test_a_pool_is_read_to_the_stroop() -> None:
    change, ledger = pool_seen(POOL)
    assert isinstance(change, PoolChanged)
    assert ledger == 30
    assert (change.pool.reserve_a, change.pool.reserve_b, change.pool.shares) == (10000000005, 20000000000, 50000000001)


@pytest.mark.parametrize(
    "change", [{"amount": "1e3"}, {"price_r": None}, {"id": "x"}, {"selling": {}}, {"amount": "0.0000000"}]
)
def test_what_is_no_offer_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="not an offer of Horizon"):
        offer_seen(OFFER | change)


@pytest.mark.parametrize("change", [{"reserves": []}, {"total_shares": None}, {"reserves": [{}, {}]}, {"fee_bp": None}])
def test_what_is_no_pool_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="not a liquidity pool of Horizon"):
        pool_seen(POOL | change)
