"""Reading XDR where it must be fast: a cursor over bytes that decodes classic primitives and skips the rest.

The generated classes of stellar_sdk build an object per field; a ledger of 200 transactions would cost them a third
of a second. They still decode everything that is rare here (contract data, claimable balances), from the same offset.
"""

import base64
import binascii
import struct
from functools import lru_cache
from typing import Any, Final, Protocol

from stellar_sdk import xdr
from xdrlib3 import Error as XdrError
from xdrlib3 import Unpacker

from arb.contracts.errors import Malformed
from arb.markets.asset import NATIVE, Asset
from arb.markets.errors import MarketsError

_U32: Final = struct.Struct(">I").unpack_from
_I32: Final = struct.Struct(">i").unpack_from
_I64: Final = struct.Struct(">q").unpack_from
_U64: Final = struct.Struct(">Q").unpack_from
_ACCOUNT_VERSION_BYTE: Final = 6 << 3

_FIXED_SCVAL: Final = {
    0: 4,
    1: 0,
    2: 8,
    3: 4,
    4: 4,
    5: 8,
    6: 8,
    7: 8,
    8: 8,
    9: 16,
    10: 16,
    11: 32,
    12: 32,
    20: 0,
    21: 8,
}
"""SCValType -> bytes that follow it, for values of fixed length (bool, void, error, integers, ledger keys)."""

_SCADDRESS: Final = {0: 36, 1: 32, 2: 40, 3: 36, 4: 32}
"""SCAddressType -> bytes that follow it: account, contract, multiplexed account, claimable balance, pool."""


class Unpackable(Protocol):
    """A class generated from the XDR files."""

    @classmethod
    def unpack(cls, unpacker: Unpacker) -> Any: ...


def from_base64(text: str) -> bytes:
    """Bytes of base64 text. Malformed when it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        # Not repeated: what stands in the wrong place may be a secret, and errors are recorded.
        raise Malformed(f"not base64 XDR: {len(text)} characters") from None


@lru_cache(maxsize=65536)
def address_of(key: bytes) -> str:
    """The G... address of 32 key bytes (SEP-23)."""
    payload = bytes((_ACCOUNT_VERSION_BYTE,)) + key
    return base64.b32encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2, "little")).decode()


@lru_cache(maxsize=65536)
def _credit_asset(code: bytes, issuer: bytes) -> Asset:
    try:
        return Asset(code.rstrip(b"\0").decode("ascii"), address_of(issuer))
    except (MarketsError, UnicodeDecodeError) as wrong:
        raise Malformed(f"asset code {code!r} is none the network would store: {wrong}") from None


class Cursor:
    """A position in XDR bytes. Every read moves on; reading past the end raises Malformed."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def u32(self) -> int:
        at = self.at
        self.at = at + 4
        try:
            value: int = _U32(self.data, at)[0]
        except struct.error:
            raise self._cut() from None
        return value

    def i32(self) -> int:
        at = self.at
        self.at = at + 4
        try:
            value: int = _I32(self.data, at)[0]
        except struct.error:
            raise self._cut() from None
        return value

    def i64(self) -> int:
        at = self.at
        self.at = at + 8
        try:
            value: int = _I64(self.data, at)[0]
        except struct.error:
            raise self._cut() from None
        return value

    def u64(self) -> int:
        at = self.at
        self.at = at + 8
        try:
            value: int = _U64(self.data, at)[0]
        except struct.error:
            raise self._cut() from None
        return value

    def fixed(self, length: int) -> bytes:
        """`length` opaque bytes; a multiple of 4, as XDR has no other."""
        at = self.at
        self.at = end = at + length
        if end > len(self.data):
            raise self._cut()
        return self.data[at:end]

    def skip(self, length: int) -> None:
        """Moves on unchecked: the next read, or `within`, notices the end."""
        self.at += length

    def within(self) -> None:
        """Malformed when what was skipped lies beyond the end."""
        if self.at > len(self.data):
            raise self._cut()

    def skip_opaque(self) -> None:
        """Skips variable opaque or string with its padding."""
        length = self.u32()
        self.at += length + (-length % 4)

    def account(self) -> str:
        """A PublicKey or AccountID, as an address."""
        if self.u32() != 0:
            raise Malformed(f"unknown kind of public key at byte {self.at - 4}")
        return address_of(self.fixed(32))

    def muxed_account(self) -> str:
        """A MuxedAccount without a memo id, as an address. Malformed for one with an id: we never make any."""
        if self.u32() != 0:
            raise Malformed(f"a multiplexed account (M...) at byte {self.at - 4}")
        return address_of(self.fixed(32))

    def asset(self) -> Asset:
        kind = self.u32()
        if kind == 0:
            return NATIVE
        return self._credit(kind)

    def trustline_asset(self) -> Asset | str:
        """What a trustline holds: an asset, or pool shares by pool id (hex)."""
        kind = self.u32()
        if kind == 3:
            return self.fixed(32).hex()
        return NATIVE if kind == 0 else self._credit(kind)

    def _credit(self, kind: int) -> Asset:
        if kind not in (1, 2):
            raise Malformed(f"unknown kind of asset {kind} at byte {self.at - 4}")
        code = self.fixed(4 if kind == 1 else 12)
        if self.u32() != 0:
            raise Malformed(f"unknown kind of issuer key at byte {self.at - 4}")
        return _credit_asset(code, self.fixed(32))

    def delegate(self, kind: type[Unpackable]) -> Any:
        """Decodes one value by its generated class and moves past it."""
        unpacker = Unpacker(self.data)
        unpacker.set_position(self.at)
        try:
            value = kind.unpack(unpacker)
        except (ValueError, EOFError, XdrError) as wrong:
            raise Malformed(f"undecodable {kind.__name__} at byte {self.at}: {wrong}") from None
        self.at = unpacker.get_position()
        return value

    def skip_scval(self) -> None:
        """Skips one SCVal: what contract events are made of."""
        start = self.at
        kind = self.u32()
        length = _FIXED_SCVAL.get(kind)
        if length is not None:
            self.at += length
        elif kind in (13, 14, 15):
            self.skip_opaque()
        elif kind in (16, 17):
            if self.u32():
                for _ in range(self.u32() * (kind - 15)):
                    self.skip_scval()
        elif kind == 18:
            self.skip_address()
        elif kind == 19:
            self._skip_contract_instance(start)
        else:
            self.at = start
            self.delegate(xdr.SCVal)

    def _skip_contract_instance(self, start: int) -> None:
        executable = self.u32()
        if executable > 1:
            self.at = start
            self.delegate(xdr.SCVal)
            return
        if executable == 0:
            self.skip(32)  # hash of its wasm
        if self.u32():
            for _ in range(2 * self.u32()):
                self.skip_scval()

    def skip_address(self) -> None:
        """Skips one SCAddress."""
        start = self.at
        length = _SCADDRESS.get(self.u32())
        if length is None:
            self.at = start
            self.delegate(xdr.SCAddress)
        else:
            self.at += length

    def skip_contract_event(self) -> None:
        self.skip(4)
        if self.u32():
            self.skip(32)
        self.skip(8)
        for _ in range(self.u32()):
            self.skip_scval()
        self.skip_scval()

    def _cut(self) -> Malformed:
        return Malformed(f"XDR ends after {len(self.data)} bytes, in the middle of a value")
