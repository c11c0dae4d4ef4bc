"""Which token contract is which classic asset: the address of an asset's contract is a hash of the asset (CAP-46-6)."""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from arb.markets.asset import Asset
from arb.markets.errors import ContractAddressError

_CONTRACT_VERSION_BYTE: Final = 2 << 3  # "C" in base32 (SEP-23)
_ENVELOPE_TYPE_CONTRACT_ID: Final = 8
_PREIMAGE_FROM_ASSET: Final = 1


@lru_cache(maxsize=65536)
def contract_key(address: str) -> bytes:
    """The 32 key bytes of a C... address (SEP-23), by which the network orders contracts.

    ContractAddressError for a bad length, alphabet, kind or checksum.
    """
    if not isinstance(address, str) or len(address) != 56 or not address.startswith("C"):
        raise ContractAddressError(f"{str(address)[:64]!r} is no contract address: expected 56 characters, C first")
    try:
        raw = base64.b32decode(address)
    except binascii.Error:
        raise ContractAddressError(f"contract address {address!r} is not base32: expected only A-Z and 2-7") from None
    if raw[0] != _CONTRACT_VERSION_BYTE:
        raise ContractAddressError(f"{address!r} is no contract address: wrong version byte {raw[0]}")
    if binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little"):
        raise ContractAddressError(f"contract address {address!r} has a wrong checksum: was it typed or cut?")
    return raw[1:-2]


def contract_address(key: bytes) -> str:
    """The C... address of 32 key bytes."""
    if len(key) != 32:
        raise ContractAddressError(f"a contract's key is 32 bytes, got {len(key)}")
    versioned = bytes([_CONTRACT_VERSION_BYTE]) + key
    return base64.b32encode(versioned + binascii.crc_hqx(versioned, 0).to_bytes(2, "little")).decode()


def asset_contract(asset: Asset, network_passphrase: str) -> str:
    """The C... address of the asset's own token contract (SAC) on a network, deployed or not."""
    preimage = (
        struct.pack(">i", _ENVELOPE_TYPE_CONTRACT_ID)
        + hashlib.sha256(network_passphrase.encode()).digest()
        + struct.pack(">i", _PREIMAGE_FROM_ASSET)
        + asset.to_xdr()
    )
    return contract_address(hashlib.sha256(preimage).digest())


class AssetTokens:
    """The token contracts of some assets, both ways. Tokens without a classic asset behind them are not here."""

    def __init__(self, network_passphrase: str, assets: Iterable[Asset]) -> None:
        self._token = {asset: asset_contract(asset, network_passphrase) for asset in assets}
        self._asset = {token: asset for asset, token in self._token.items()}

    def token(self, asset: Asset) -> str | None:
        """The asset's token contract (C...); None for an asset that is not one of these."""
        return self._token.get(asset)

    def asset(self, token: str) -> Asset | None:
        """The asset behind a token contract; None where it is none of these."""
        return self._asset.get(token)
