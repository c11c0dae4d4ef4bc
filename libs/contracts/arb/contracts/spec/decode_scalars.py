"""Contract values to Python values for the types without parameters."""

from collections.abc import Callable
from typing import Any, Final

from stellar_sdk import xdr

from arb.contracts.spec.errors import Mismatch
from arb.contracts.spec.types import Scalar
from arb.contracts.spec.values import ERROR_KINDS, HostError, address_text

_T: Final = xdr.SCValType


def _bool(value: xdr.SCVal) -> bool:
    if value.b is None:
        raise Mismatch("bool", value)
    return value.b


def _void(value: xdr.SCVal) -> None:
    if value.type is not _T.SCV_VOID:
        raise Mismatch("()", value)


def _error(value: xdr.SCVal) -> HostError:
    error = value.error
    if error is None:
        raise Mismatch("Error", value)
    code = error.contract_code.uint32 if error.contract_code is not None else error.code
    return HostError(ERROR_KINDS[error.type], int(code or 0))


def _u32(value: xdr.SCVal) -> int:
    part = value.u32
    if part is None:
        raise Mismatch("u32", value)
    return part.uint32


def _i32(value: xdr.SCVal) -> int:
    part = value.i32
    if part is None:
        raise Mismatch("i32", value)
    return part.int32


def _u64(value: xdr.SCVal) -> int:
    part = value.u64
    if part is None:
        raise Mismatch("u64", value)
    return part.uint64


def _i64(value: xdr.SCVal) -> int:
    part = value.i64
    if part is None:
        raise Mismatch("i64", value)
    return part.int64


def _timepoint(value: xdr.SCVal) -> int:
    part = value.timepoint
    if part is None:
        raise Mismatch("Timepoint", value)
    return part.time_point.uint64


def _duration(value: xdr.SCVal) -> int:
    part = value.duration
    if part is None:
        raise Mismatch("Duration", value)
    return part.duration.uint64


def _u128(value: xdr.SCVal) -> int:
    part = value.u128
    if part is None:
        raise Mismatch("u128", value)
    return part.hi.uint64 << 64 | part.lo.uint64


def _i128(value: xdr.SCVal) -> int:
    part = value.i128
    if part is None:
        raise Mismatch("i128", value)
    return part.hi.int64 << 64 | part.lo.uint64


def _u256(value: xdr.SCVal) -> int:
    part = value.u256
    if part is None:
        raise Mismatch("U256", value)
    return part.hi_hi.uint64 << 192 | part.hi_lo.uint64 << 128 | part.lo_hi.uint64 << 64 | part.lo_lo.uint64


def _i256(value: xdr.SCVal) -> int:
    part = value.i256
    if part is None:
        raise Mismatch("I256", value)
    return part.hi_hi.int64 << 192 | part.hi_lo.uint64 << 128 | part.lo_hi.uint64 << 64 | part.lo_lo.uint64


def _bytes(value: xdr.SCVal) -> bytes:
    part = value.bytes
    if part is None:
        raise Mismatch("Bytes", value)
    return part.sc_bytes


def _string(value: xdr.SCVal) -> str:
    part = value.str
    if part is None:
        raise Mismatch("String", value)
    return part.sc_string.decode("utf-8", "surrogateescape")


def _symbol(value: xdr.SCVal) -> str:
    part = value.sym
    if part is None:
        raise Mismatch("Symbol", value)
    try:
        return part.sc_symbol.decode("ascii")
    except UnicodeDecodeError:
        raise Mismatch("Symbol", value) from None


def _address(value: xdr.SCVal) -> str:
    if value.address is None:
        raise Mismatch("Address", value)
    return address_text(value.address)


def _any(value: xdr.SCVal) -> xdr.SCVal:
    return value


SCALARS: Final[dict[Scalar, Callable[[xdr.SCVal], Any]]] = {
    Scalar.VAL: _any,
    Scalar.BOOL: _bool,
    Scalar.VOID: _void,
    Scalar.ERROR: _error,
    Scalar.U32: _u32,
    Scalar.I32: _i32,
    Scalar.U64: _u64,
    Scalar.I64: _i64,
    Scalar.TIMEPOINT: _timepoint,
    Scalar.DURATION: _duration,
    Scalar.U128: _u128,
    Scalar.I128: _i128,
    Scalar.U256: _u256,
    Scalar.I256: _i256,
    Scalar.BYTES: _bytes,
    Scalar.STRING: _string,
    Scalar.SYMBOL: _symbol,
    Scalar.ADDRESS: _address,
    Scalar.MUXED_ADDRESS: _address,
}
"""Decoders by type; each raises Mismatch for a value of another type."""
