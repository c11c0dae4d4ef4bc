"""Assets between arb.markets.asset.Asset, the value type in memory, and the four unions XDR has for them."""

from dataclasses import dataclass
from functools import lru_cache

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of, pack_account_id, xdr_account_id
from arb.markets.asset import NATIVE, Asset, pool_id

_ALPHANUMERIC = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class BadAssetError(ValueError):
    """An asset in an envelope is not valid (core's isAssetValid): answer the operation's MALFORMED."""


@dataclass(frozen=True, slots=True)
class PoolShare:
    """The asset of a pool share trustline: the pool's id as 64 hex digits."""

    pool_id: str


TrustAsset = Asset | PoolShare
"""What a trustline may hold: a credit asset or the shares of a liquidity pool."""


def _code_text(code: bytes) -> str:
    text = code.rstrip(b"\x00")
    if not text or not _ALPHANUMERIC.issuperset(text):
        raise BadAssetError(f"asset code {code!r} is not 1-12 letters or digits padded with zeros at its end")
    if len(code) == 12 and len(text) <= 4:
        raise BadAssetError(f"asset code {code!r} has at most 4 characters and must be an alphanum4")
    return text.decode()


@lru_cache(maxsize=8_192)
def _credit(code: bytes, issuer: str) -> Asset:
    return Asset(_code_text(code), issuer)


def asset_of(asset: xdr.Asset | xdr.TrustLineAsset | xdr.ChangeTrustAsset) -> Asset:
    """The asset of any XDR union, pool shares aside.

    Raises:
        BadAssetError: the code is not a valid one, or the union holds pool shares.
    """
    if asset.type == xdr.AssetType.ASSET_TYPE_NATIVE:
        return NATIVE
    if asset.alpha_num4 is not None:
        return _credit(asset.alpha_num4.asset_code.asset_code4, account_id_of(asset.alpha_num4.issuer))
    if asset.alpha_num12 is not None:
        return _credit(asset.alpha_num12.asset_code.asset_code12, account_id_of(asset.alpha_num12.issuer))
    raise BadAssetError(f"asset type {asset.type.name} is not a native or credit asset")


def asset_of_code(code: xdr.AssetCode, issuer: str) -> Asset:
    """The asset that `issuer` issues under a code (allow trust names its asset so). Raises BadAssetError."""
    if code.asset_code4 is not None:
        return _credit(code.asset_code4.asset_code4, issuer)
    assert code.asset_code12 is not None
    return _credit(code.asset_code12.asset_code12, issuer)


@lru_cache(maxsize=8_192)
def pack_asset(asset: Asset) -> bytes:
    """The asset as packed XDR: the bytes of Asset, TrustLineAsset and ChangeTrustAsset are the same."""
    if asset.issuer is None:
        return b"\x00\x00\x00\x00"
    code = asset.code.encode()
    if len(code) <= 4:
        return b"\x00\x00\x00\x01" + code.ljust(4, b"\x00") + pack_account_id(asset.issuer)
    return b"\x00\x00\x00\x02" + code.ljust(12, b"\x00") + pack_account_id(asset.issuer)


def pack_trust_asset(asset: TrustAsset) -> bytes:
    """A trustline's asset as a packed XDR TrustLineAsset."""
    if isinstance(asset, PoolShare):
        return b"\x00\x00\x00\x03" + bytes.fromhex(asset.pool_id)
    return pack_asset(asset)


@lru_cache(maxsize=8_192)
def pool_id_of(a: Asset, b: Asset) -> str:
    """The id (64 hex digits) of the constant product pool of two assets, in whichever order they come."""
    return pool_id(a, b)


def xdr_asset(asset: Asset) -> xdr.Asset:
    """The asset as an XDR Asset."""
    if asset.issuer is None:
        return xdr.Asset(xdr.AssetType.ASSET_TYPE_NATIVE)
    code, issuer = asset.code.encode(), xdr_account_id(asset.issuer)
    if len(code) <= 4:
        four = xdr.AlphaNum4(xdr.AssetCode4(code.ljust(4, b"\x00")), issuer)
        return xdr.Asset(xdr.AssetType.ASSET_TYPE_CREDIT_ALPHANUM4, alpha_num4=four)
    twelve = xdr.AlphaNum12(xdr.AssetCode12(code.ljust(12, b"\x00")), issuer)
    return xdr.Asset(xdr.AssetType.ASSET_TYPE_CREDIT_ALPHANUM12, alpha_num12=twelve)
