"""The network's order of values, by which it wants map keys sorted: by type, then by content (CAP-46-01)."""

from typing import Any, Final

from stellar_sdk import xdr

_TYPE: Final = xdr.SCValType


def sort_key(value: xdr.SCVal) -> tuple[Any, ...]:
    """A key whose order in Python is the order of the network. ValueError for values that no map key can be."""
    read = _READERS.get(value.type)
    if read is None:
        raise ValueError(f"{value.type.name} cannot be a map key")
    return (int(value.type), read(value))


def _address(value: Any) -> tuple[Any, ...]:
    address = value.address
    if address.muxed_account is not None:
        return int(address.type), (address.muxed_account.id.uint64, address.muxed_account.ed25519.uint256)
    packed = address.to_xdr_bytes()
    return int(address.type), packed[4:]


def _wide(parts: Any, top: int) -> tuple[int, int, int, int]:
    return top, parts.hi_lo.uint64, parts.lo_hi.uint64, parts.lo_lo.uint64


def _vec(value: Any) -> tuple[Any, ...]:
    return tuple(map(sort_key, value.vec.sc_vec)) if value.vec is not None else ()


def _map(value: Any) -> tuple[Any, ...]:
    entries = value.map.sc_map if value.map is not None else ()
    return tuple((sort_key(entry.key), sort_key(entry.val)) for entry in entries)


_READERS: Final[dict[xdr.SCValType, Any]] = {
    _TYPE.SCV_BOOL: lambda value: value.b,
    _TYPE.SCV_VOID: lambda value: 0,
    _TYPE.SCV_ERROR: lambda value: (int(value.error.type), _error_code(value.error)),
    _TYPE.SCV_U32: lambda value: value.u32.uint32,
    _TYPE.SCV_I32: lambda value: value.i32.int32,
    _TYPE.SCV_U64: lambda value: value.u64.uint64,
    _TYPE.SCV_I64: lambda value: value.i64.int64,
    _TYPE.SCV_TIMEPOINT: lambda value: value.timepoint.time_point.uint64,
    _TYPE.SCV_DURATION: lambda value: value.duration.duration.uint64,
    _TYPE.SCV_U128: lambda value: (value.u128.hi.uint64, value.u128.lo.uint64),
    _TYPE.SCV_I128: lambda value: (value.i128.hi.int64, value.i128.lo.uint64),
    _TYPE.SCV_U256: lambda value: _wide(value.u256, value.u256.hi_hi.uint64),
    _TYPE.SCV_I256: lambda value: _wide(value.i256, value.i256.hi_hi.int64),
    _TYPE.SCV_BYTES: lambda value: value.bytes.sc_bytes,
    _TYPE.SCV_STRING: lambda value: value.str.sc_string,
    _TYPE.SCV_SYMBOL: lambda value: value.sym.sc_symbol,
    _TYPE.SCV_VEC: _vec,
    _TYPE.SCV_MAP: _map,
    _TYPE.SCV_ADDRESS: _address,
}


def _error_code(error: Any) -> int:
    return int(error.contract_code.uint32 if error.contract_code is not None else error.code)
