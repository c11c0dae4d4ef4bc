"""Packed LedgerKeys: the names under which the ledger keeps its entries."""

from functools import lru_cache

from arb.localnet.ledger.account_ids import pack_account_id
from arb.localnet.ledger.assets import TrustAsset, pack_trust_asset

ACCOUNT, TRUSTLINE, OFFER, DATA, POOL = 0, 1, 2, 3, 5
"""LedgerEntryType values of the entries modelled here (Stellar-ledger-entries.x)."""


@lru_cache(maxsize=65_536)
def account_key(account_id: str) -> bytes:
    """LedgerKey of an account."""
    return b"\x00\x00\x00\x00" + pack_account_id(account_id)


@lru_cache(maxsize=65_536)
def trustline_key(account_id: str, asset: TrustAsset) -> bytes:
    """LedgerKey of an account's trustline for an asset or for the shares of a pool."""
    return b"\x00\x00\x00\x01" + pack_account_id(account_id) + pack_trust_asset(asset)


def offer_key(seller: str, offer_id: int) -> bytes:
    """LedgerKey of an offer."""
    return b"\x00\x00\x00\x02" + pack_account_id(seller) + offer_id.to_bytes(8, "big")


def data_key(account_id: str, name: bytes) -> bytes:
    """LedgerKey of a data entry; `name` is 1 to 64 bytes."""
    return b"\x00\x00\x00\x03" + pack_account_id(account_id) + pack_opaque(name)


def pool_key(pool_id: str) -> bytes:
    """LedgerKey of a liquidity pool; `pool_id` is 64 hex digits."""
    return b"\x00\x00\x00\x05" + bytes.fromhex(pool_id)


def pack_opaque(value: bytes) -> bytes:
    """Variable opaque or string in XDR: length, bytes, zeros up to a multiple of four."""
    return len(value).to_bytes(4, "big") + value + b"\x00" * (-len(value) % 4)
