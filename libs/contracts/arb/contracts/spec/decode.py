"""Contract values to Python values, by declared type: one closure per type, made once.

What Python values are for which type: see `Interface`. A value of another type raises Mismatch.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from stellar_sdk import xdr

from arb.contracts.spec.declarations import Declarations
from arb.contracts.spec.decode_scalars import SCALARS
from arb.contracts.spec.errors import ErrorCase, Mismatch, ReturnedError, UnusableFunctionError
from arb.contracts.spec.memo import OncePerType
from arb.contracts.spec.types import (
    BytesN,
    Enum,
    EnumCase,
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

Decoder = Callable[[xdr.SCVal], Any]

_VOID: Final = xdr.SCValType.SCV_VOID


class Decoders:
    """The decoders of one contract's types."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations
        self._memo = OncePerType[Decoder](self._make)

    def of(self, type_: Type) -> Decoder:
        """The decoder of a type. UnusableFunctionError for a type that is unknown or not declared."""
        return self._memo.of(type_)

    def _make(self, type_: Type) -> Decoder:
        match type_:
            case Scalar():
                return SCALARS[type_]
            case BytesN(length):
                return _bytes_n(length)
            case Option(value):
                return _option(self.of(value))
            case Result(ok, error):
                return _result(self.of(ok), self._error_cases(error))
            case Vec(element):
                return _vec(self.of(element), str(type_))
            case Map(key, value):
                as_dict = self._declarations.hashable(key)
                return _map(self.of(key), self.of(value), str(type_), as_dict=as_dict)
            case Tuple(elements):
                return _tuple([self.of(element) for element in elements], str(type_))
            case Udt(name):
                return self._user_type(self._declarations.user_type(name))
            case UnknownType():
                raise UnusableFunctionError(f"{type_} came to the network after this program was written")

    def _user_type(self, declared: UserType) -> Decoder:
        match declared:
            case Struct(name, fields):
                decoders = [self.of(field.type) for field in fields]
                if declared.is_tuple:
                    return _tuple(decoders, name)
                return _struct(name, {field.name: made for field, made in zip(fields, decoders, strict=True)})
            case Union(name, cases):
                return _union(name, {case.name: [self.of(part) for part in case.types] for case in cases})
            case Enum(name, cases):
                return _int_enum(name, cases)
            case ErrorEnum(name, cases):
                return _error_enum(name, cases)

    def _error_cases(self, type_: Type) -> tuple[EnumCase, ...]:
        if not isinstance(type_, Udt):
            return ()
        declared = self._declarations.user_type(type_.name)
        return declared.cases if isinstance(declared, ErrorEnum | Enum) else ()


def _bytes_n(length: int) -> Decoder:
    def decode(value: xdr.SCVal) -> bytes:
        part = value.bytes
        if part is None or len(part.sc_bytes) != length:
            raise Mismatch(f"BytesN<{length}>", value)
        return part.sc_bytes

    return decode


def _option(inner: Decoder) -> Decoder:
    return lambda value: None if value.type is _VOID else inner(value)


def _result(ok: Decoder, cases: tuple[EnumCase, ...]) -> Decoder:
    known = {case.value: ErrorCase(case.name, case.value, case.doc) for case in cases}

    def decode(value: xdr.SCVal) -> Any:
        error = value.error
        if error is None or error.contract_code is None:
            return ok(value)
        code = error.contract_code.uint32
        raise ReturnedError(known.get(code, ErrorCase("undeclared", code, "")))

    return decode


def _items(value: xdr.SCVal, expected: str) -> Sequence[xdr.SCVal]:
    if value.vec is None:
        raise Mismatch(expected, value)
    return value.vec.sc_vec


def _vec(element: Decoder, expected: str) -> Decoder:
    def decode(value: xdr.SCVal) -> list[Any]:
        items = _items(value, expected)
        done: list[Any] = []
        try:
            for item in items:
                done.append(element(item))  # noqa: PERF401  (the failing item's index is needed)
        except Mismatch as wrong:
            wrong.inside(f"[{len(done)}]")
            raise
        return done

    return decode


def _tuple(decoders: list[Decoder], expected: str) -> Decoder:
    def decode(value: xdr.SCVal) -> tuple[Any, ...]:
        items = _items(value, expected)
        if len(items) != len(decoders):
            raise Mismatch(f"{expected}, {len(decoders)} values", value)
        return _each(decoders, items, 0)

    return decode


def _each(decoders: list[Decoder], items: Sequence[xdr.SCVal], first: int) -> tuple[Any, ...]:
    done: list[Any] = []
    try:
        for decode, item in zip(decoders, items, strict=True):
            done.append(decode(item))
    except Mismatch as wrong:
        wrong.inside(f"[{first + len(done)}]")
        raise
    return tuple(done)


def _map(key: Decoder, value: Decoder, expected: str, *, as_dict: bool) -> Decoder:
    def decode(given: xdr.SCVal) -> dict[Any, Any] | list[tuple[Any, Any]]:
        if given.map is None:
            raise Mismatch(expected, given)
        pairs: list[tuple[Any, Any]] = []
        try:
            for entry in given.map.sc_map:
                pairs.append((key(entry.key), value(entry.val)))  # noqa: PERF401  (the failing entry's place is needed)
        except Mismatch as wrong:
            wrong.inside(f"[{len(pairs)}]")
            raise
        if not as_dict:
            return pairs
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Mismatch(f"{expected}, every key once", given)
        return found

    return decode


def _struct(name: str, decoders: dict[str, Decoder]) -> Decoder:
    plan = [(field, field.encode(), decoders[field]) for field in sorted(decoders)]
    expected = f"{name} {{{', '.join(decoders)}}}"

    def decode(value: xdr.SCVal) -> dict[str, Any]:
        if value.map is None or len(value.map.sc_map) != len(plan):
            raise Mismatch(expected, value)
        found: dict[str, Any] = {}
        field = ""
        try:
            for (field, symbol, part), entry in zip(plan, value.map.sc_map, strict=True):
                if entry.key.sym is None or entry.key.sym.sc_symbol != symbol:
                    raise Mismatch(f"{expected}, its keys symbols", entry.key)
                found[field] = part(entry.val)
        except Mismatch as wrong:
            wrong.inside(f".{field}")
            raise
        return found

    return decode


def _union(name: str, cases: dict[str, list[Decoder]]) -> Decoder:
    plan = {case.encode(): (case, decoders) for case, decoders in cases.items()}
    expected = f"{name}, one of {', '.join(cases)}"

    def decode(value: xdr.SCVal) -> tuple[Any, ...]:
        items = _items(value, expected)
        symbol = items[0].sym if items else None
        known = plan.get(symbol.sc_symbol) if symbol is not None else None
        if known is None or len(items) != 1 + len(known[1]):
            raise Mismatch(expected, value)
        case, decoders = known
        return (case, *_each(decoders, items[1:], 1))

    return decode


def _int_enum(name: str, cases: tuple[EnumCase, ...]) -> Decoder:
    names = {case.value: case.name for case in cases}

    def decode(value: xdr.SCVal) -> str:
        code = None if value.u32 is None else names.get(value.u32.uint32)
        if code is None:
            raise Mismatch(f"{name}, one of {', '.join(names.values())}", value)
        return code

    return decode


def _error_enum(name: str, cases: tuple[EnumCase, ...]) -> Decoder:
    names = {case.value: case.name for case in cases}

    def decode(value: xdr.SCVal) -> str:
        error = value.error
        code = None if error is None or error.contract_code is None else names.get(error.contract_code.uint32)
        if code is None:
            raise Mismatch(f"{name}, one of {', '.join(names.values())}", value)
        return code

    return decode
