"""SCVal XDR <-> host values, written by hand because every storage access, event and serialised value passes here."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import cast

from stellar_sdk import xdr

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.values import HostValue

__all__ = ["from_scaddress", "from_scval", "pack", "pack_address", "to_scaddress", "to_scval", "unpack"]

_DEPTH_LIMIT = 500
_WIDTH = {
    v.U32: (4, False),
    v.I32: (4, True),
    v.U64: (8, False),
    v.I64: (8, True),
    v.TIMEPOINT: (8, False),
    v.DURATION: (8, False),
    v.U128: (16, False),
    v.I128: (16, True),
    v.U256: (32, False),
    v.I256: (32, True),
}
_ADDRESS_BYTES = {v.ACCOUNT: 32, v.CONTRACT: 32, v.MUXED: 40, v.CLAIMABLE_BALANCE: 32, v.LIQUIDITY_POOL: 32}
# Account and claimable balance ids are unions of one arm: a four-byte zero precedes the key.
_TAGGED = (v.ACCOUNT, v.CLAIMABLE_BALANCE)

_u32 = struct.Struct(">I").pack
_ONE = _u32(1)


def _opaque(data: bytes) -> bytes:
    return _u32(len(data)) + data + bytes(-len(data) % 4)


def pack_address(value: HostValue) -> bytes:
    """The SCAddress XDR of an address value."""
    kind, raw = value[1]
    return _u32(kind) + (b"\0\0\0\0" if kind in _TAGGED else b"") + cast("bytes", raw)


def pack(value: HostValue) -> bytes:
    """The SCVal XDR of a value."""
    out: list[bytes] = []
    _pack(value, out, 0)
    return b"".join(out)


def _pack(value: HostValue, out: list[bytes], depth: int) -> None:
    if depth > _DEPTH_LIMIT:
        raise HostError(ErrorType.CONTEXT, ErrorCode.EXCEEDED_LIMIT, "value nests deeper than XDR allows")
    kind, payload = value
    out.append(_u32(kind))
    if kind in _WIDTH:
        width, signed = _WIDTH[kind]
        out.append(payload.to_bytes(width, "big", signed=signed))
    elif kind == v.SYMBOL:
        out.append(_opaque(payload.encode()))
    elif kind == v.ADDRESS:
        out.append(pack_address(value))
    elif kind in (v.BYTES, v.STRING):
        out.append(_opaque(payload))
    elif kind == v.MAP:
        out.append(_ONE + _u32(len(payload)))
        for key, item in payload:
            _pack(key, out, depth + 1)
            _pack(item, out, depth + 1)
    elif kind == v.VEC:
        out.append(_ONE + _u32(len(payload)))
        for item in payload:
            _pack(item, out, depth + 1)
    elif kind == v.BOOL:
        out.append(_u32(1 if payload else 0))
    elif kind == v.ERROR:
        out.append(_u32(payload[0]) + _u32(payload[1]))
    elif kind == v.NONCE_KEY:
        out.append(payload.to_bytes(8, "big", signed=True))


class _Reader:
    """A cursor over XDR bytes; every malformation is a HostError, of the type and code the network has."""

    __slots__ = ("data", "pos")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.pos = 0

    def take(self, n: int) -> bytes:
        end = self.pos + n
        if end > len(self.data):
            raise malformed(f"ends {end - len(self.data)} bytes early")
        piece = self.data[self.pos : end]
        self.pos = end
        return piece

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def opaque(self) -> bytes:
        size = self.u32()
        data = self.take(size)
        if any(self.take(-size % 4)):
            raise malformed("non-zero padding")
        return data

    def present(self) -> int:
        if self.u32() != 1:
            raise malformed("a vec or map without content")
        return self.u32()

    def address(self) -> HostValue:
        kind = self.u32()
        if kind not in _ADDRESS_BYTES:
            raise malformed(f"address kind {kind}")
        if kind in _TAGGED and self.u32():
            raise malformed("unknown key type")
        return v.ADDRESS, (kind, self.take(_ADDRESS_BYTES[kind]))

    def value(self, depth: int = 0) -> HostValue:
        if depth > _DEPTH_LIMIT:
            raise malformed("nested too deep")
        kind = self.u32()
        if kind in _WIDTH:
            width, signed = _WIDTH[kind]
            return kind, int.from_bytes(self.take(width), "big", signed=signed)
        if kind == v.SYMBOL:
            return v.symbol(self.opaque().decode("latin-1"))
        if kind == v.ADDRESS:
            found = self.address()
            if found[1][0] not in v.HOLDABLE:
                raise HostError(ErrorType.OBJECT, ErrorCode.UNEXPECTED_TYPE, f"address kind {found[1][0]} in a value")
            return found
        if kind in (v.BYTES, v.STRING):
            return kind, self.opaque()
        if kind == v.MAP:
            return kind, self.entries(depth)
        if kind == v.VEC:
            return kind, tuple([self.value(depth + 1) for _ in range(self.present())])
        return self.plain(kind)

    def entries(self, depth: int) -> tuple[tuple[HostValue, HostValue], ...]:
        pairs = tuple([(self.value(depth + 1), self.value(depth + 1)) for _ in range(self.present())])
        for (left, _), (right, _) in pairwise(pairs):
            if not left < right:
                raise HostError(ErrorType.OBJECT, ErrorCode.INVALID_INPUT, "map keys are not in ascending order")
        return pairs

    def plain(self, kind: int) -> HostValue:
        if kind == v.BOOL:
            flag = self.u32()
            if flag > 1:
                raise malformed(f"boolean {flag}")
            return v.boolean(bool(flag))
        if kind == v.VOID_TYPE:
            return kind, ()
        if kind == v.ERROR:
            error_type, code = self.u32(), self.u32()
            if error_type > ErrorType.AUTH or (error_type and code > ErrorCode.UNEXPECTED_SIZE):
                raise malformed(f"error ({error_type}, {code})")
            return kind, (error_type, code)
        # Instances and the keys of instances and nonces are the ledger's: no contract is ever given one.
        raise HostError(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE, f"SCVal type {kind} is no value of a contract")


def malformed(why: str) -> HostError:
    """The network's refusal of XDR that is no value."""
    return HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"malformed SCVal: {why}")


def unpack(data: bytes) -> HostValue:
    """The value whose SCVal XDR is exactly `data`. Raises HostError otherwise."""
    reader = _Reader(bytes(data))
    value = reader.value()
    if reader.pos != len(data):
        raise malformed(f"{len(data) - reader.pos} bytes left over")
    return value


def to_scval(value: HostValue) -> xdr.SCVal:
    return xdr.SCVal.from_xdr_bytes(pack(value))


def from_scval(value: xdr.SCVal) -> HostValue:
    return unpack(value.to_xdr_bytes())


def to_scaddress(value: HostValue) -> xdr.SCAddress:
    return xdr.SCAddress.from_xdr_bytes(pack_address(value))


def from_scaddress(value: xdr.SCAddress) -> HostValue:
    return _Reader(value.to_xdr_bytes()).address()
