"""Deterministic ids: of a deployed contract, of an asset's contract, of wasm code."""

from __future__ import annotations

import hashlib

from arb.localnet.soroban.codec import pack_address
from arb.localnet.soroban.values import HostValue

__all__ = ["asset_contract_id", "contract_id", "wasm_hash"]

_ENVELOPE_TYPE_CONTRACT_ID = (8).to_bytes(4, "big")
_FROM_ADDRESS = (0).to_bytes(4, "big")
_FROM_ASSET = (1).to_bytes(4, "big")


def contract_id(network_id: bytes, deployer: HostValue, salt: bytes) -> bytes:
    """The id of the contract `deployer` creates with `salt` (32 bytes): HashIDPreimage of CAP-46-02."""
    return _digest(_ENVELOPE_TYPE_CONTRACT_ID + network_id + _FROM_ADDRESS + pack_address(deployer) + salt)


def asset_contract_id(network_id: bytes, asset_xdr: bytes) -> bytes:
    """The id of the Stellar Asset Contract of an asset, given the asset's XDR."""
    return _digest(_ENVELOPE_TYPE_CONTRACT_ID + network_id + _FROM_ASSET + asset_xdr)


def wasm_hash(wasm: bytes) -> bytes:
    return _digest(wasm)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
