"""Hypothesis strategies: any type a contract can declare, with the declarations it needs, and values of it."""

import hashlib
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from stellar_sdk import Address, StrKey, xdr

from arb.contracts.spec.types import (
    BytesN,
    Entry,
    Enum,
    EnumCase,
    ErrorEnum,
    Field,
    Map,
    Option,
    Result,
    Scalar,
    Struct,
    Tuple,
    Type,
    Udt,
    Union,
    UnionCase,
    Vec,
)
from arb.contracts.spec.values import HostError

NAMES = st.from_regex(r"[a-z][a-zA-Z0-9_]{0,8}", fullmatch=True)


@dataclass(frozen=True)
class Typed:
    """A type, the declarations it refers to, and a strategy for its values."""

    type: Type
    entries: tuple[Entry, ...]
    values: st.SearchStrategy[Any]
    hashable: bool = True
    nullable: bool = False
    """Whether None is a value: an Option of it would not tell two of its values apart, on the network neither."""


def _ints(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.integers(low, high) | st.sampled_from((low, high, 0, 1))


KEYS = st.binary(min_size=32, max_size=32)
ACCOUNTS = KEYS.map(StrKey.encode_ed25519_public_key)
CONTRACTS = KEYS.map(StrKey.encode_contract)
MUXED = st.binary(min_size=40, max_size=40).map(StrKey.encode_med25519_public_key)
SYMBOLS = st.from_regex(r"[a-zA-Z0-9_]{0,32}", fullmatch=True)
ANY_BYTES_AS_TEXT = st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
HOST_ERRORS = st.builds(HostError, st.just("contract"), _ints(32, signed=False)) | st.builds(
    HostError, st.sampled_from(("wasm_vm", "storage", "auth", "budget")), st.integers(0, 9)
)
VALS = (
    st.integers(0, 9).map(lambda n: xdr.SCVal(xdr.SCValType.SCV_U32, u32=xdr.Uint32(n)))
    | st.binary(max_size=5).map(lambda raw: xdr.SCVal(xdr.SCValType.SCV_BYTES, bytes=xdr.SCBytes(raw)))
    | ACCOUNTS.map(lambda a: xdr.SCVal(xdr.SCValType.SCV_ADDRESS, address=Address(a).to_xdr_sc_address()))
)

SCALARS = {
    Scalar.BOOL: st.booleans(),
    Scalar.VOID: st.none(),
    Scalar.ERROR: HOST_ERRORS,
    Scalar.U32: _ints(32, signed=False),
    Scalar.I32: _ints(32, signed=True),
    Scalar.U64: _ints(64, signed=False),
    Scalar.I64: _ints(64, signed=True),
    Scalar.TIMEPOINT: _ints(64, signed=False),
    Scalar.DURATION: _ints(64, signed=False),
    Scalar.U128: _ints(128, signed=False),
    Scalar.I128: _ints(128, signed=True),
    Scalar.U256: _ints(256, signed=False),
    Scalar.I256: _ints(256, signed=True),
    Scalar.BYTES: st.binary(max_size=40),
    Scalar.STRING: st.text(max_size=20) | ANY_BYTES_AS_TEXT,
    Scalar.SYMBOL: SYMBOLS,
    Scalar.ADDRESS: ACCOUNTS | CONTRACTS,
    Scalar.MUXED_ADDRESS: ACCOUNTS | CONTRACTS | MUXED,
    Scalar.VAL: VALS,
}


@st.composite
def leaves(draw: st.DrawFn) -> Typed:
    """Types without parts, enums among them."""
    kind = draw(st.sampled_from([*SCALARS, "bytes", "enum", "error"]))
    if isinstance(kind, Scalar):
        values: st.SearchStrategy[Any] = SCALARS[kind]
        if kind is Scalar.STRING:  # lone surrogates are no text; those that stand for bytes are
            values = values.filter(_encodable)
        return Typed(kind, (), values, hashable=kind is not Scalar.VAL, nullable=kind in (Scalar.VOID, Scalar.VAL))
    if kind == "bytes":
        length = draw(st.sampled_from((1, 4, 32)))
        return Typed(BytesN(length), (), st.binary(min_size=length, max_size=length))
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    codes = draw(st.lists(_ints(32, signed=False), min_size=len(names), max_size=len(names), unique=True))
    cases = tuple(EnumCase(name, code) for name, code in zip(names, codes, strict=True))
    made: type[Enum | ErrorEnum] = Enum if kind == "enum" else ErrorEnum
    declared = made(_name_of(kind, cases), cases)
    return Typed(Udt(declared.name), (declared,), st.sampled_from(names))


def _encodable(text: str) -> bool:
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == text
    except UnicodeEncodeError:
        return False


def _name_of(*content: object) -> str:
    """A name that differs when what it stands for does."""
    return f"T{hashlib.sha256(repr(content).encode()).hexdigest()[:16]}"


def _entries(parts: list[Typed]) -> tuple[Entry, ...]:
    return tuple({entry: None for part in parts for entry in part.entries})


def _pair_values(parts: list[Typed]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*(part.values for part in parts))


@st.composite
def compounds(draw: st.DrawFn, inner: st.SearchStrategy[Typed]) -> Typed:
    """Types made of others."""
    kind = draw(st.sampled_from(("option", "result", "vec", "map", "tuple", "struct", "tuple struct", "union")))
    if kind == "option":
        part = draw(inner.filter(lambda typed: not typed.nullable))
        return Typed(Option(part.type), part.entries, st.none() | part.values, part.hashable, nullable=True)
    if kind == "result":
        part = draw(inner.filter(lambda typed: typed.type is not Scalar.ERROR and not _is_error(typed)))
        return Typed(Result(part.type, Scalar.ERROR), part.entries, part.values, hashable=False, nullable=part.nullable)
    if kind == "vec":
        part = draw(inner)
        return Typed(Vec(part.type), part.entries, st.lists(part.values, max_size=3), hashable=False)
    if kind == "map":
        return _map(draw, inner)
    parts = draw(st.lists(inner, min_size=1, max_size=3))
    entries = _entries(parts)
    hashable = all(part.hashable for part in parts)
    if kind == "tuple":
        return Typed(Tuple(tuple(part.type for part in parts)), entries, _pair_values(parts), hashable)
    if kind == "tuple struct":
        fields = tuple(Field(str(at), part.type) for at, part in enumerate(parts))
        name = _name_of(kind, fields)
        return Typed(Udt(name), (Struct(name, fields), *entries), _pair_values(parts), hashable)
    names = draw(st.lists(NAMES, min_size=len(parts), max_size=len(parts), unique=True))
    if kind == "struct":
        fields = tuple(Field(each, part.type) for each, part in zip(names, parts, strict=True))
        name = _name_of(kind, fields)
        values = st.fixed_dictionaries({each: part.values for each, part in zip(names, parts, strict=True)})
        return Typed(Udt(name), (Struct(name, fields), *entries), values, hashable=False)
    cases = (UnionCase("Empty", ()), *(UnionCase(n, (p.type,)) for n, p in zip(names, parts, strict=True)))
    name = _name_of(kind, cases)
    choices = [st.tuples(st.just(each), part.values) for each, part in zip(names, parts, strict=True)]
    values_of_union = st.one_of(st.just(("Empty",)), *choices)
    return Typed(Udt(name), (Union(name, cases), *entries), values_of_union, hashable)


def _is_error(typed: Typed) -> bool:
    return any(isinstance(entry, ErrorEnum) for entry in typed.entries) or isinstance(typed.type, Result)


def _map(draw: st.DrawFn, inner: st.SearchStrategy[Typed]) -> Typed:
    key, value = draw(inner), draw(inner)
    entries = _entries([key, value])
    if key.hashable:
        return Typed(Map(key.type, value.type), entries, st.dictionaries(key.values, value.values, max_size=3), False)
    pair = st.tuples(key.values, value.values)
    return Typed(Map(key.type, value.type), entries, st.lists(pair, max_size=1), hashable=False)


TYPES = st.recursive(leaves(), compounds, max_leaves=8)
"""Any type; recursion by name is left to a test of its own."""


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[Typed, Any]:
    """A type and a value of it."""
    typed = draw(TYPES)
    return typed, draw(typed.values)
