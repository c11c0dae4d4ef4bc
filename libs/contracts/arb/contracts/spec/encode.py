"""Python values to contract values, by declared type: one closure per type, made once.

What Python values are for which type: see `Interface`. A value that does not fit raises Mismatch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from stellar_sdk import xdr

from arb.contracts.spec.declarations import Declarations
from arb.contracts.spec.encode_scalars import SCALARS, exactly, index_error
from arb.contracts.spec.errors import ErrorCase, Mismatch, UnusableFunctionError
from arb.contracts.spec.memo import OncePerType
from arb.contracts.spec.order import sort_key
from arb.contracts.spec.types import (
    BytesN,
    Enum,
    ErrorEnum,
    Map,
    Option,
    Result,
    Scalar,
    Struct,
    Tuple,
    Type,
    Udt,
    Union,
    UnknownType,
    UserType,
    Vec,
)
from arb.contracts.spec.values import VOID, HostError, is_symbol, symbol
from arb.markets.errors import ContractAddressError
from arb.markets.soroban.tokens import contract_key

Encoder = Callable[[Any], xdr.SCVal]

_VEC: Final = xdr.SCValType.SCV_VEC
_MAP: Final = xdr.SCValType.SCV_MAP


class Encoders:
    """The encoders of one contract's types."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations
        self._memo = OncePerType[Encoder](self._make)

    def of(self, type_: Type) -> Encoder:
        """The encoder of a type. UnusableFunctionError for a type that is unknown or not declared."""
        return self._memo.of(type_)

    def _make(self, type_: Type) -> Encoder:
        match type_:
            case Scalar():
                return SCALARS[type_]
            case BytesN(length):
                return _bytes_n(length)
            case Option(value):
                return _option(self.of(value))
            case Result(ok, error):
                return _result(self.of(ok), self.of(error), as_host_error=error is Scalar.ERROR)
            case Vec(element):
                return _vec(self.of(element), str(type_))
            case Map(key, value):
                return _map(self.of(key), self.of(value), str(type_))
            case Tuple(elements):
                return _tuple([self.of(element) for element in elements], str(type_))
            case Udt(name):
                return self._user_type(self._declarations.user_type(name))
            case UnknownType():
                raise UnusableFunctionError(f"{type_} came to the network after this program was written")

    def _user_type(self, declared: UserType) -> Encoder:
        match declared:
            case Struct(name, fields):
                encoders = [self.of(field.type) for field in fields]
                if declared.is_tuple:
                    return _tuple(encoders, name)
                return _struct(name, {field.name: made for field, made in zip(fields, encoders, strict=True)})
            case Union(name, cases):
                return _union(name, {case.name: [self.of(part) for part in case.types] for case in cases})
            case Enum(name, cases):
                return _int_enum(name, {case.name: case.value for case in cases}, _u32)
            case ErrorEnum(name, cases):
                return _int_enum(name, {case.name: case.value for case in cases}, _contract_error)


def _u32(code: int) -> xdr.SCVal:
    return xdr.SCVal(xdr.SCValType.SCV_U32, u32=xdr.Uint32(code))


def _contract_error(code: int) -> xdr.SCVal:
    error = xdr.SCError(xdr.SCErrorType.SCE_CONTRACT, contract_code=xdr.Uint32(code))
    return xdr.SCVal(xdr.SCValType.SCV_ERROR, error=error)


def _bytes_n(length: int) -> Encoder:
    expected = f"BytesN<{length}> ({length} bytes; as text, hexadecimal)" + (
        " or a contract id (C...)" if length == 32 else ""
    )

    def encode(value: Any) -> xdr.SCVal:
        # Contracts that were written before Address was usual take contract ids as their 32 bytes.
        if length == 32 and isinstance(value, str):
            try:
                value = contract_key(value)
            except ContractAddressError:
                raise Mismatch(expected, value) from None
        if not isinstance(value, bytes | bytearray) or len(value) != length:
            raise Mismatch(expected, value)
        return xdr.SCVal(xdr.SCValType.SCV_BYTES, bytes=xdr.SCBytes(bytes(value)))

    return encode


def _option(inner: Encoder) -> Encoder:
    return lambda value: VOID if value is None else inner(value)


def _result(ok: Encoder, error: Encoder, *, as_host_error: bool) -> Encoder:
    def encode(value: Any) -> xdr.SCVal:
        if not isinstance(value, ErrorCase):
            return ok(value)
        return error(HostError("contract", value.code) if as_host_error else value.code)

    return encode


def _elements(value: Any, expected: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise Mismatch(expected, value)
    return value


def _vec(element: Encoder, expected: str) -> Encoder:
    def encode(value: Any) -> xdr.SCVal:
        items = _elements(value, expected)
        done: list[xdr.SCVal] = []
        try:
            for item in items:
                done.append(element(item))  # noqa: PERF401  (the failing item's index is needed)
        except Mismatch as wrong:
            raise index_error(wrong, len(done)) from None
        return xdr.SCVal(_VEC, vec=xdr.SCVec(done))

    return encode


def _tuple(encoders: list[Encoder], expected: str) -> Encoder:
    def encode(value: Any) -> xdr.SCVal:
        items = exactly(len(encoders), _elements(value, expected), expected)
        return xdr.SCVal(_VEC, vec=xdr.SCVec(_each(encoders, items)))

    return encode


def _each(encoders: list[Encoder], items: Sequence[Any], first: int = 0) -> list[xdr.SCVal]:
    done: list[xdr.SCVal] = []
    try:
        for encode, item in zip(encoders, items, strict=True):
            done.append(encode(item))
    except Mismatch as wrong:
        raise index_error(wrong, first + len(done)) from None
    return done


def _map(key: Encoder, value: Encoder, expected: str) -> Encoder:
    def encode(given: Any) -> xdr.SCVal:
        if isinstance(given, Mapping):
            pairs: Any = given.items()
        else:
            pairs = [exactly(2, _elements(pair, expected), expected) for pair in _elements(given, expected)]
        entries: dict[Any, xdr.SCMapEntry] = {}
        for name, content in pairs:
            try:
                packed_key = key(name)
                order = sort_key(packed_key)
                entry = xdr.SCMapEntry(packed_key, value(content))
            except Mismatch as wrong:
                raise index_error(wrong, name) from None
            except ValueError as wrong:
                raise Mismatch(f"{expected}, with keys the network can sort ({wrong})", name) from None
            if order in entries:
                raise Mismatch(f"{expected}, every key once", name)
            entries[order] = entry
        return xdr.SCVal(_MAP, map=xdr.SCMap([entries[order] for order in sorted(entries)]))

    return encode


def _struct(name: str, encoders: dict[str, Encoder]) -> Encoder:
    _require_symbols(name, encoders)
    plan = [(field, symbol(field), encoders[field]) for field in sorted(encoders)]
    expected = f"{name} {{{', '.join(encoders)}}}"

    def encode(value: Any) -> xdr.SCVal:
        if not isinstance(value, Mapping) or len(value) != len(plan):
            raise Mismatch(expected, value)
        entries: list[xdr.SCMapEntry] = []
        field = ""
        try:
            for field, key, part in plan:
                entries.append(xdr.SCMapEntry(key, part(value[field])))
        except Mismatch as wrong:
            wrong.inside(f".{field}")
            raise
        except KeyError:
            raise Mismatch(f"{expected} with {field!r}", value) from None
        return xdr.SCVal(_MAP, map=xdr.SCMap(entries))

    return encode


def _union(name: str, cases: dict[str, list[Encoder]]) -> Encoder:
    _require_symbols(name, cases)
    plan = {case: (symbol(case), encoders) for case, encoders in cases.items()}
    expected = f"{name}, a tuple (case, *values) with a case of {', '.join(cases)}"

    def encode(value: Any) -> xdr.SCVal:
        case, *items = (value,) if isinstance(value, str) else _elements(value, expected) or (None,)
        known = plan.get(case) if isinstance(case, str) else None
        if known is None:
            raise Mismatch(expected, value)
        key, encoders = known
        if len(items) != len(encoders):
            raise Mismatch(f"{name}::{case} with {len(encoders)} values", value)
        return xdr.SCVal(_VEC, vec=xdr.SCVec([key, *_each(encoders, items, 1)]))

    return encode


def _int_enum(name: str, codes: dict[str, int], make: Callable[[int], xdr.SCVal]) -> Encoder:
    expected = f"{name}, one of {', '.join(codes)}"
    numbers = frozenset(codes.values())

    def encode(value: Any) -> xdr.SCVal:
        code = codes.get(value) if isinstance(value, str) else value
        if not isinstance(code, int) or isinstance(code, bool) or code not in numbers:
            raise Mismatch(expected, value)
        return make(code)

    return encode


def _require_symbols(name: str, names: Mapping[str, object]) -> None:
    wrong = next((each for each in names if not is_symbol(each)), None)
    if wrong is not None:
        raise UnusableFunctionError(f"the type {name} has a part named {wrong!r}, which is no symbol")
