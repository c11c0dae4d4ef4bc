"""Python values to contract values for the types without parameters."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from stellar_sdk import StrKey, xdr

from arb.contracts.spec.errors import Mismatch, shown
from arb.contracts.spec.types import Scalar
from arb.contracts.spec.values import ERROR_KINDS, VOID, HostError, address_value, is_symbol, symbol

_T: Final = xdr.SCValType
_LOW_64: Final = 2**64 - 1


def index_error(wrong: Mismatch, index: object) -> Mismatch:
    """The mismatch, noted to be of the element at `index`."""
    wrong.inside(f"[{index if isinstance(index, int) else shown(index)}]")
    return wrong


def exactly(count: int, items: Sequence[Any], expected: str) -> Sequence[Any]:
    """The items when there are so many of them."""
    if len(items) != count:
        raise Mismatch(f"{expected}, {count} values", items)
    return items


def _integer(type_: Scalar, bits: int, signed: bool, make: Callable[[int], xdr.SCVal]) -> Callable[[Any], xdr.SCVal]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    span = f"-2^{bits - 1} to 2^{bits - 1}-1" if signed else f"0 to 2^{bits}-1"
    expected = f"{type_} (an int, {span})"

    def encode(value: Any) -> xdr.SCVal:
        if (type(value) is not int and (not isinstance(value, int) or isinstance(value, bool))) or not (
            low <= value <= high
        ):
            raise Mismatch(expected, value)
        return make(value)

    return encode


def _u128(value: int) -> xdr.SCVal:
    return xdr.SCVal(_T.SCV_U128, u128=xdr.UInt128Parts(xdr.Uint64(value >> 64), xdr.Uint64(value & _LOW_64)))


def _i128(value: int) -> xdr.SCVal:
    return xdr.SCVal(_T.SCV_I128, i128=xdr.Int128Parts(xdr.Int64(value >> 64), xdr.Uint64(value & _LOW_64)))


def _lower_192(value: int) -> tuple[xdr.Uint64, xdr.Uint64, xdr.Uint64]:
    return xdr.Uint64(value >> 128 & _LOW_64), xdr.Uint64(value >> 64 & _LOW_64), xdr.Uint64(value & _LOW_64)


def _u256(value: int) -> xdr.SCVal:
    return xdr.SCVal(_T.SCV_U256, u256=xdr.UInt256Parts(xdr.Uint64(value >> 192), *_lower_192(value)))


def _i256(value: int) -> xdr.SCVal:
    return xdr.SCVal(_T.SCV_I256, i256=xdr.Int256Parts(xdr.Int64(value >> 192), *_lower_192(value)))


def _timepoint(value: int) -> xdr.SCVal:
    return xdr.SCVal(_T.SCV_TIMEPOINT, timepoint=xdr.TimePoint(xdr.Uint64(value)))


def _duration(value: int) -> xdr.SCVal:
    return xdr.SCVal(_T.SCV_DURATION, duration=xdr.Duration(xdr.Uint64(value)))


_TRUE: Final = xdr.SCVal(_T.SCV_BOOL, b=True)
_FALSE: Final = xdr.SCVal(_T.SCV_BOOL, b=False)


def _bool(value: Any) -> xdr.SCVal:
    if value is True:
        return _TRUE
    if value is False:
        return _FALSE
    raise Mismatch("bool", value)


def _void(value: Any) -> xdr.SCVal:
    if value is not None:
        raise Mismatch("None", value)
    return VOID


def _any(value: Any) -> xdr.SCVal:
    if not isinstance(value, xdr.SCVal):
        raise Mismatch("Val (an SCVal, its type being the contract's business)", value)
    return value


def _error(value: Any) -> xdr.SCVal:
    if not isinstance(value, HostError) or value.kind not in ERROR_KINDS:
        raise Mismatch(f"Error (a HostError, its kind one of {', '.join(ERROR_KINDS)})", value)
    kind = xdr.SCErrorType(ERROR_KINDS.index(value.kind))
    try:
        if kind is xdr.SCErrorType.SCE_CONTRACT:
            if not 0 <= value.code < 2**32:
                raise ValueError
            return xdr.SCVal(_T.SCV_ERROR, error=xdr.SCError(kind, contract_code=xdr.Uint32(value.code)))
        return xdr.SCVal(_T.SCV_ERROR, error=xdr.SCError(kind, code=xdr.SCErrorCode(value.code)))
    except (ValueError, TypeError):
        raise Mismatch("Error with a code that exists", value) from None


def _bytes(value: Any) -> xdr.SCVal:
    if not isinstance(value, bytes | bytearray):
        raise Mismatch("Bytes (bytes; as text, hexadecimal)", value)
    return xdr.SCVal(_T.SCV_BYTES, bytes=xdr.SCBytes(bytes(value)))


def _string(value: Any) -> xdr.SCVal:
    try:
        if isinstance(value, str):
            # Bytes that are no UTF-8 come out of decoding as surrogates, and so get back.
            return xdr.SCVal(_T.SCV_STRING, str=xdr.SCString(value.encode("utf-8", "surrogateescape")))
    except UnicodeEncodeError:
        pass
    raise Mismatch("String (a str)", value)


def _symbol(value: Any) -> xdr.SCVal:
    if not isinstance(value, str) or not is_symbol(value):
        raise Mismatch("Symbol (a str of up to 32 of a-z, A-Z, 0-9 and _)", value)
    return symbol(value)


def _address(value: Any) -> xdr.SCVal:
    if isinstance(value, str) and value[:1] in ("G", "C"):
        try:
            return address_value(value)
        except ValueError:
            pass
    raise Mismatch("Address (an account G... or a contract C...)", value)


def _muxed_address(value: Any) -> xdr.SCVal:
    if isinstance(value, str) and value[:1] == "M" and StrKey.is_valid_med25519_public_key(value):
        return address_value(value)
    try:
        return _address(value)
    except Mismatch:
        raise Mismatch("MuxedAddress (an account G... or M..., or a contract C...)", value) from None


SCALARS: Final[dict[Scalar, Callable[[Any], xdr.SCVal]]] = {
    Scalar.VAL: _any,
    Scalar.BOOL: _bool,
    Scalar.VOID: _void,
    Scalar.ERROR: _error,
    Scalar.U32: _integer(Scalar.U32, 32, False, lambda value: xdr.SCVal(_T.SCV_U32, u32=xdr.Uint32(value))),
    Scalar.I32: _integer(Scalar.I32, 32, True, lambda value: xdr.SCVal(_T.SCV_I32, i32=xdr.Int32(value))),
    Scalar.U64: _integer(Scalar.U64, 64, False, lambda value: xdr.SCVal(_T.SCV_U64, u64=xdr.Uint64(value))),
    Scalar.I64: _integer(Scalar.I64, 64, True, lambda value: xdr.SCVal(_T.SCV_I64, i64=xdr.Int64(value))),
    Scalar.TIMEPOINT: _integer(Scalar.TIMEPOINT, 64, False, _timepoint),
    Scalar.DURATION: _integer(Scalar.DURATION, 64, False, _duration),
    Scalar.U128: _integer(Scalar.U128, 128, False, _u128),
    Scalar.I128: _integer(Scalar.I128, 128, True, _i128),
    Scalar.U256: _integer(Scalar.U256, 256, False, _u256),
    Scalar.I256: _integer(Scalar.I256, 256, True, _i256),
    Scalar.BYTES: _bytes,
    Scalar.STRING: _string,
    Scalar.SYMBOL: _symbol,
    Scalar.ADDRESS: _address,
    Scalar.MUXED_ADDRESS: _muxed_address,
}
"""Encoders by type; each raises Mismatch for a value that is not of it."""
