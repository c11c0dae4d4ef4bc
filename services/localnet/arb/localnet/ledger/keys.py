"""Packed LedgerKeys: the names under which the ledger keeps its entries."""

from functools import lru_cache
from hashlib import sha256

from arb.localnet.ledger.account_ids import pack_account_id
from arb.localnet.ledger.assets import TrustAsset, pack_trust_asset

ACCOUNT, TRUSTLINE, OFFER, DATA, POOL, CONTRACT_DATA, CONTRACT_CODE, TTL = 0, 1, 2, 3, 5, 6, 7, 9
"""LedgerEntryType values of the entries modelled here (Stellar-ledger-entries.x)."""

TTL_HEAD = b"\x00\x00\x00\x09"
"""How every key of a TTL entry begins."""


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


def contract_data_key(contract: bytes, data_key: bytes, durability: int) -> bytes:
    """LedgerKey of contract data; `contract` is a packed SCAddress, `data_key` a packed SCVal."""
    return b"\x00\x00\x00\x06" + contract + data_key + durability.to_bytes(4, "big")


def contract_code_key(wasm_hash: bytes) -> bytes:
    """LedgerKey of a contract's code by the SHA-256 of its wasm."""
    return b"\x00\x00\x00\x07" + wasm_hash


@lru_cache(maxsize=65_536)
def ttl_key(key: bytes) -> bytes:
    """LedgerKey of the TTL entry that belongs to contract data or code."""
    return TTL_HEAD + sha256(key).digest()


def pack_opaque(value: bytes) -> bytes:
    """Variable opaque or string in XDR: length, bytes, zeros up to a multiple of four."""
    return len(value).to_bytes(4, "big") + value + b"\x00" * (-len(value) % 4)
