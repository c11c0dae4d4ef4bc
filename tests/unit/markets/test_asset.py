"""Assets: text form, the network's order and the network's hashes (checked against stellar_sdk and public pools)."""

import gzip
import json
from hashlib import sha256
from pathlib import Path

import pytest
import stellar_sdk
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import xdr

from arb.markets.asset import NATIVE, Asset, account_key, pool_id
from arb.markets.errors import AssetError

ROOT = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
RECORDED_POOLS = Path(__file__).parents[4] / "shared" / "data" / "pubnet_pools_49265302_49265360.jsonl.gz"

codes = st.text("ABCXYZabcxyz019", min_size=1, max_size=12)
issuers = st.binary(min_size=32, max_size=32).map(
    lambda seed: stellar_sdk.Keypair.from_raw_ed25519_seed(seed).public_key
)
assets = st.just(NATIVE) | st.builds(Asset, codes, issuers)


def as_sdk(asset: Asset) -> stellar_sdk.Asset:
    return stellar_sdk.Asset.native() if asset.is_native else stellar_sdk.Asset(asset.code, asset.issuer)


@given(assets)
def test_text_round_trips(asset: Asset) -> None:
    assert Asset.parse(str(asset)) == asset


def test_xlm_alone_is_native_and_xlm_with_an_issuer_is_not() -> None:
    assert Asset.parse("XLM") is NATIVE
    assert Asset.parse("native") is NATIVE
    assert str(NATIVE) == "native"
    assert not Asset.parse(f"XLM:{ROOT}").is_native


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no issuer"),
        ("USDC", "no issuer"),
        (f":{ROOT}", "code ''"),
        (f"TOOLONGACODE1:{ROOT}", "1 to 12"),
        (f"US-C:{ROOT}", "1 to 12"),
        (f"USDC\n:{ROOT}", "1 to 12"),
        (f"ÜSD:{ROOT}", "1 to 12"),
        ("USDC:", "not an account address"),
        ("USDC:SBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI", "not an account address"),
        (f"USDC:{ROOT[:-1]}", "56 characters"),
        (f"USDC:{ROOT[:-1]}J", "checksum"),
        (f"USDC:{ROOT[:10]}1{ROOT[11:]}", "base32"),
        (f"USDC:{ROOT}:x", "56 characters"),
    ],
)
def test_text_that_is_no_asset_is_refused_by_name_of_the_fault(text: str, complaint: str) -> None:
    with pytest.raises(AssetError, match=complaint):
        Asset.parse(text)


def test_a_native_asset_has_one_spelling_only() -> None:
    with pytest.raises(AssetError, match="no issuer"):
        Asset("USDC", None)


@given(issuers)
def test_account_key_is_the_public_key(address: str) -> None:
    assert account_key(address) == stellar_sdk.StrKey.decode_ed25519_public_key(address)


@given(assets)
def test_xdr_is_the_networks(asset: Asset) -> None:
    assert asset.to_xdr() == as_sdk(asset).to_xdr_object().to_xdr_bytes()


@given(st.lists(assets, min_size=2, max_size=6, unique=True))
def test_order_is_that_of_the_xdr_bytes(some: list[Asset]) -> None:
    assert sorted(some, key=Asset.sort_key) == sorted(
        some, key=lambda asset: as_sdk(asset).to_xdr_object().to_xdr_bytes()
    )


def test_issuers_are_ordered_by_key_not_by_text() -> None:
    # given two issuers whose text and key bytes disagree (in base32 "4" stands for more than "U")
    low = Asset("USD", "GBUXFDO2DCIQ3YKWZGRLHFSKULM2SSOYOMKXVIAQFHB5TZJLT32ZNJZ4")
    high = Asset("USD", "GB4XUU3GQIM6N5U55666SOKBT3AIRSLX3W4SNLTGM7RH4W2VNL77PB5A")
    assert str(high) < str(low)
    # then the network goes by the bytes, though stellar_sdk's own LiquidityPoolAsset goes by the text
    assert low.sort_key() < high.sort_key()


@given(assets, assets)
def test_pool_id_is_the_networks_in_either_order(a: Asset, b: Asset) -> None:
    if a == b:
        with pytest.raises(AssetError, match="twice"):
            pool_id(a, b)
        return
    low, high = (as_sdk(asset).to_xdr_object() for asset in sorted((a, b), key=Asset.sort_key))
    parameters = xdr.LiquidityPoolParameters(
        xdr.LiquidityPoolType.LIQUIDITY_POOL_CONSTANT_PRODUCT,
        xdr.LiquidityPoolConstantProductParameters(low, high, xdr.Int32(30)),
    )
    assert pool_id(a, b) == pool_id(b, a) == sha256(parameters.to_xdr_bytes()).hexdigest()


def test_pool_id_of_a_public_pool() -> None:
    btc = Asset.parse("BTC:GDPJALI4AZKUU2W426U5WKMAT6CN3AJRPIIRYR2YM54TL2GDWO5O2MZM")
    shx = Asset.parse("SHX:GDSTRSHXHGJ7ZIVRBXEYE5Q74XUVCUSEKEBR7UCHEUUEK72N7I7KJ6JH")
    assert pool_id(btc, shx) == "2f549e8b0a4473f5150a9c53cc9ca06c6a44247eb44b2ef70eccfa0edd3bf6ad"


@pytest.mark.skipif(not RECORDED_POOLS.exists(), reason=f"recorded public pools are not at {RECORDED_POOLS}")
def test_ids_of_all_recorded_public_pools() -> None:
    with gzip.open(RECORDED_POOLS, "rt") as lines:
        rows = {row["pool"]: row for row in map(json.loads, lines)}
    assert len(rows) > 500
    for recorded, row in rows.items():
        a, b = Asset.parse(row["a"]), Asset.parse(row["b"])
        assert a.sort_key() < b.sort_key()
        assert pool_id(a, b, row["fee_bps"]) == recorded
