"""Val, whose type no interface tells, as JSON that does: {"u32": 5}, {"vec": [...]}, {"map": [[key, value], ...]}."""

import re
from typing import Any, Final

from stellar_sdk import xdr

from arb.contracts.spec.decode_scalars import SCALARS as DECODERS
from arb.contracts.spec.encode_scalars import SCALARS as ENCODERS
from arb.contracts.spec.errors import Mismatch
from arb.contracts.spec.order import sort_key
from arb.contracts.spec.types import Scalar
from arb.contracts.spec.values import HostError, pack_value, read_value

_T: Final = xdr.SCValType
INTEGER: Final = re.compile(r"-?[0-9]{1,78}")
"""Numbers as text: `int` alone would take 1_000 and the digits of other scripts."""
_NAMES: Final = {
    "bool": (Scalar.BOOL, _T.SCV_BOOL),
    "void": (Scalar.VOID, _T.SCV_VOID),
    "error": (Scalar.ERROR, _T.SCV_ERROR),
    "u32": (Scalar.U32, _T.SCV_U32),
    "i32": (Scalar.I32, _T.SCV_I32),
    "u64": (Scalar.U64, _T.SCV_U64),
    "i64": (Scalar.I64, _T.SCV_I64),
    "timepoint": (Scalar.TIMEPOINT, _T.SCV_TIMEPOINT),
    "duration": (Scalar.DURATION, _T.SCV_DURATION),
    "u128": (Scalar.U128, _T.SCV_U128),
    "i128": (Scalar.I128, _T.SCV_I128),
    "u256": (Scalar.U256, _T.SCV_U256),
    "i256": (Scalar.I256, _T.SCV_I256),
    "bytes": (Scalar.BYTES, _T.SCV_BYTES),
    "string": (Scalar.STRING, _T.SCV_STRING),
    "symbol": (Scalar.SYMBOL, _T.SCV_SYMBOL),
    "address": (Scalar.MUXED_ADDRESS, _T.SCV_ADDRESS),
}
_BY_TYPE: Final = {packed: (name, scalar) for name, (scalar, packed) in _NAMES.items()}
_INTEGERS: Final = frozenset(name for name in _NAMES if name[1:].isdigit() or name in ("timepoint", "duration"))
_NUMBERS: Final = frozenset(("u32", "i32"))


def val_of_json(given: Any) -> Any:
    """The SCVal, or what was given where it has not this form. {"xdr": BASE64} is any value."""
    try:
        return _val(given)
    except (Mismatch, ValueError, TypeError, AttributeError):
        return given


def _val(given: Any) -> xdr.SCVal:
    ((kind, content),) = given.items()
    if kind == "xdr":
        return read_value(content)
    if kind == "vec":
        return xdr.SCVal(_T.SCV_VEC, vec=xdr.SCVec([_val(each) for each in content]))
    if kind == "map":
        entries = [xdr.SCMapEntry(_val(key), _val(value)) for key, value in content]
        return xdr.SCVal(_T.SCV_MAP, map=xdr.SCMap(sorted(entries, key=lambda entry: sort_key(entry.key))))
    scalar = _NAMES[kind][0] if kind in _NAMES else Scalar.VOID
    if kind in _INTEGERS and isinstance(content, str) and INTEGER.fullmatch(content):
        content = int(content)
    elif kind == "bytes":
        content = bytes.fromhex(content)
    elif kind == "error":
        content = HostError(*content)
    elif kind not in _NAMES:
        raise ValueError(f"unknown type {kind!r}")
    return ENCODERS[scalar](content)


def json_of_val(value: xdr.SCVal) -> dict[str, Any]:
    """The value with its type; {"xdr": BASE64} for what only the ledger itself holds."""
    if value.vec is not None:
        return {"vec": [json_of_val(each) for each in value.vec.sc_vec]}
    if value.map is not None:
        return {"map": [[json_of_val(entry.key), json_of_val(entry.val)] for entry in value.map.sc_map]}
    known = _BY_TYPE.get(value.type)
    if known is None:
        return {"xdr": pack_value(value)}
    name, scalar = known
    content = DECODERS[scalar](value)
    if name in _INTEGERS and name not in _NUMBERS:
        return {name: str(content)}
    return {name: content.hex() if isinstance(content, bytes) else content}
