"""What is traded: the network's assets as a value type, their text form, their order and the pool they share."""

import base64
import binascii
import hashlib
import re
import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from arb.markets.errors import AssetError

_CODE: Final = re.compile(r"[A-Za-z0-9]{1,12}")
_ACCOUNT_VERSION_BYTE: Final = 6 << 3  # "G" in base32 (SEP-23)
_NATIVE_CODE: Final = "XLM"


@lru_cache(maxsize=65536)
def account_key(address: str) -> bytes:
    """The 32 key bytes of a G... address (SEP-23). AssetError for a bad length, alphabet, kind or checksum."""
    if len(address) == 56 and address.startswith("S"):
        raise AssetError("issuer (not shown) is not an account address: expected G, and this looks like a secret key")
    if len(address) != 56 or not address.startswith("G"):
        raise AssetError(f"issuer {address[:64]!r} is not an account address: expected 56 characters starting with G")
    try:
        raw = base64.b32decode(address)
    except binascii.Error:
        raise AssetError(f"issuer {address!r} is not base32: expected only A-Z and 2-7") from None
    if raw[0] != _ACCOUNT_VERSION_BYTE:
        raise AssetError(f"issuer {address!r} is not an account address: wrong version byte {raw[0]}")
    if binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little"):
        raise AssetError(f"issuer {address!r} has a wrong checksum: was it typed or cut?")
    return raw[1:-2]


@dataclass(frozen=True, slots=True)
class Asset:
    """A classic asset. `issuer` is a G... address, or None for the native asset, whose code is always "XLM".

    Raises AssetError when built from a code or issuer that the network would refuse.
    """

    code: str
    issuer: str | None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or not _CODE.fullmatch(self.code):
            raise AssetError(f"asset code {self.code!r} is not 1 to 12 letters and digits (a-z, A-Z, 0-9)")
        if self.issuer is not None:
            account_key(self.issuer)
        elif self.code != _NATIVE_CODE:
            raise AssetError(f"asset {self.code!r} has no issuer: write CODE:ISSUER, or native")
        # Books and pools are looked up by pairs of assets, thousands of times a search: the hash is computed once.
        object.__setattr__(self, "_hash", hash((self.code, self.issuer)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type["Asset"], tuple[str, str | None]]:
        # Hashes of texts differ from process to process: a copy computes its own.
        return Asset, (self.code, self.issuer)

    @staticmethod
    def parse(text: str) -> "Asset":
        """Reads "native", "XLM" or "CODE:ISSUER" ("XLM:G..." is a credit asset that happens to be called XLM)."""
        if not isinstance(text, str):
            raise AssetError(f"asset {text!r} is not text: write native or CODE:ISSUER")
        if text in ("native", _NATIVE_CODE):
            return NATIVE
        code, colon, issuer = text.partition(":")
        if not colon:
            raise AssetError(f"asset {text[:80]!r} has no issuer: write CODE:ISSUER, or native")
        return Asset(code, issuer)

    def __str__(self) -> str:
        return "native" if self.issuer is None else f"{self.code}:{self.issuer}"

    @property
    def is_native(self) -> bool:
        return self.issuer is None

    def sort_key(self) -> tuple[int, bytes, bytes]:
        """Core's order of assets: native, then codes of up to 4, then up to 12; then code, then issuer key."""
        if self.issuer is None:
            return (0, b"", b"")
        return (1 if len(self.code) <= 4 else 2, self.code.encode(), account_key(self.issuer))

    def to_xdr(self) -> bytes:
        """The asset as XDR, byte for byte what the network hashes."""
        kind, code, issuer = self.sort_key()
        if kind == 0:
            return struct.pack(">i", 0)
        width = 4 if kind == 1 else 12
        return struct.pack(f">i{width}si32s", kind, code, 0, issuer)


NATIVE: Final = Asset(_NATIVE_CODE, None)


def pool_id(a: Asset, b: Asset, fee_bps: int = 30) -> str:
    """Hex id (64 characters) of the classic pool of two assets, in either order (CAP-38).

    It is the SHA-256 of LiquidityPoolParameters in XDR. AssetError when both are the same asset.
    """
    if a == b:
        raise AssetError(f"no pool holds one asset twice: {a}")
    low, high = sorted((a, b), key=Asset.sort_key)
    return hashlib.sha256(struct.pack(">i", 0) + low.to_xdr() + high.to_xdr() + struct.pack(">i", fee_bps)).hexdigest()
