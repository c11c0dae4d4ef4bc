"""The interface's XDR as declarations. What is unknown spoils what uses it, not the rest of the interface.

The entries follow each other without lengths, so behind one that cannot be read the next is looked for: the first
multiple of four bytes from which everything up to the end reads as known entries.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from arb.contracts.errors import Malformed
from arb.contracts.spec.types import (
    BytesN,
    Entry,
    Enum,
    EnumCase,
    ErrorEnum,
    Event,
    EventParameter,
    Field,
    Function,
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
    UnknownType,
    Unreadable,
    Vec,
)
from arb.contracts.xdr_cursor import Cursor

T = TypeVar("T")

_FUNCTION, _STRUCT, _UNION, _ENUM, _ERROR_ENUM, _EVENT = range(6)
_FIRST_WITH_PARAMETERS: Final = 1000
_DEEPEST: Final = 64
_LONGEST_DOC: Final = 1024
_LONGEST_NAME: Final = 80
_WORK: Final = 2**21
"""Bytes that may be read in search of the next readable entry: plenty for any honest interface, soon at an end."""

_SCALARS: Final = {scalar.value: scalar for scalar in Scalar}


class Parsed(NamedTuple):
    """Declarations in their order, and what of the section could not be read, for people."""

    entries: tuple[Entry, ...]
    notes: tuple[str, ...]


class _Named(Malformed):
    """A declaration was cut short behind its name."""

    def __init__(self, name: str, is_function: bool, why: str) -> None:
        super().__init__(why)
        self.entry = Unreadable(name, is_function, why)


def parse_spec(section: bytes) -> Parsed:
    """Reads the content of contractspecv0. Never fails: bytes that are no declarations become notes."""
    entries: list[Entry] = []
    notes: list[str] = []
    cursor = Cursor(section)
    try:
        while cursor.at < len(section):
            start = cursor.at
            entries.append(_entry(cursor))
    except Malformed as wrong:
        if isinstance(wrong, _Named):
            entries.append(wrong.entry)
        resumed, rest = _resume(section, start + 4)
        notes.append(f"bytes {start} to {resumed} of the interface cannot be read: {wrong}")
        entries.extend(rest)
    return Parsed(tuple(entries), tuple(notes))


def _resume(section: bytes, first: int) -> tuple[int, list[Entry]]:
    """Where reading can go on until the end, and what is read from there."""
    work = _WORK
    for start in range(first, len(section), 4):
        cursor, found = Cursor(section, start), list[Entry]()
        try:
            while cursor.at < len(section):
                found.append(_entry(cursor))
        except Malformed:
            work -= cursor.at - start
            if work < 0:
                break
        else:
            return start, found
    return len(section), []


def _entry(cursor: Cursor) -> Entry:
    kind = cursor.u32()
    read = _ENTRIES.get(kind)
    if read is None:
        raise Malformed(f"unknown kind of declaration {kind}")
    return read(cursor)


def _function(cursor: Cursor) -> Entry:
    doc, name = _doc(cursor), _name(cursor)
    try:
        inputs = _many(cursor, _field)
        outputs = _many(cursor, _type)
        if len(outputs) > 1:
            raise Malformed(f"{len(outputs)} results instead of one")
    except Malformed as wrong:
        raise _Named(name, True, str(wrong)) from None
    return Function(name, inputs, outputs[0] if outputs else None, doc)


def _struct(cursor: Cursor) -> Entry:
    return _declared(cursor, _field, Struct)


def _union(cursor: Cursor) -> Entry:
    return _declared(cursor, _union_case, Union)


def _enum(cursor: Cursor) -> Entry:
    return _declared(cursor, _enum_case, Enum)


def _error_enum(cursor: Cursor) -> Entry:
    return _declared(cursor, _enum_case, ErrorEnum)


def _declared(cursor: Cursor, part: Callable[[Cursor], T], make: Callable[[str, tuple[T, ...], str], Entry]) -> Entry:
    doc, _library, name = _doc(cursor), _text(cursor, _LONGEST_NAME), _name(cursor)
    try:
        return make(name, _many(cursor, part), doc)
    except Malformed as wrong:
        raise _Named(name, False, str(wrong)) from None


def _event(cursor: Cursor) -> Entry:
    doc, _library, name = _doc(cursor), _text(cursor, _LONGEST_NAME), _name(cursor)
    topics, parameters = _many(cursor, _name), _many(cursor, _event_parameter)
    cursor.u32()  # how the data is laid out: single value, vec or map
    return Event(name, topics, parameters, doc)


def _event_parameter(cursor: Cursor) -> EventParameter:
    doc, name, type_ = _doc(cursor), _name(cursor), _type(cursor)
    return EventParameter(name, type_, cursor.u32() == 1, doc)


def _field(cursor: Cursor) -> Field:
    doc, name = _doc(cursor), _name(cursor)
    return Field(name, _type(cursor), doc)


def _union_case(cursor: Cursor) -> UnionCase:
    kind = cursor.u32()
    if kind > 1:
        raise Malformed(f"unknown kind of union case {kind}")
    doc, name = _doc(cursor), _name(cursor)
    return UnionCase(name, _many(cursor, _type) if kind else (), doc)


def _enum_case(cursor: Cursor) -> EnumCase:
    doc, name = _doc(cursor), _name(cursor)
    return EnumCase(name, cursor.u32(), doc)


def _type(cursor: Cursor, depth: int = _DEEPEST) -> Type:
    if depth == 0:
        raise Malformed(f"a type nested more than {_DEEPEST} deep")
    number = cursor.u32()
    scalar = _SCALARS.get(number)
    if scalar is not None:
        return scalar
    if number < _FIRST_WITH_PARAMETERS:
        return UnknownType(number)
    inner = depth - 1
    match number:
        case 1000:
            return Option(_type(cursor, inner))
        case 1001:
            return Result(_type(cursor, inner), _type(cursor, inner))
        case 1002:
            return Vec(_type(cursor, inner))
        case 1004:
            return Map(_type(cursor, inner), _type(cursor, inner))
        case 1005:
            elements = _many(cursor, lambda at: _type(at, inner))
            return Tuple(elements) if elements else Scalar.VOID  # the empty tuple is void, on the network too
        case 1006:
            return BytesN(cursor.u32())
        case 2000:
            return Udt(_name(cursor))
    raise Malformed(f"unknown type {number}")


def _many(cursor: Cursor, part: Callable[[Cursor], T]) -> tuple[T, ...]:
    """So many parts; every one takes at least four bytes, so a lie about their number meets the end."""
    return tuple(part(cursor) for _ in range(cursor.u32()))


def _doc(cursor: Cursor) -> str:
    return _text(cursor, _LONGEST_DOC)


def _name(cursor: Cursor) -> str:
    name = _text(cursor, _LONGEST_NAME)
    if not (name.isascii() and name.replace("_", "a").isalnum()):
        raise Malformed(f"{name!r} is not a name")
    return name


def _text(cursor: Cursor, longest: int) -> str:
    length = cursor.u32()
    if length > longest:
        raise Malformed(f"a text of {length} bytes where at most {longest} fit")
    raw = cursor.fixed(length + (-length % 4))
    return raw[:length].decode("utf-8", "replace")


_ENTRIES: Final[dict[int, Callable[[Cursor], Entry]]] = {
    _FUNCTION: _function,
    _STRUCT: _struct,
    _UNION: _union,
    _ENUM: _enum,
    _ERROR_ENUM: _error_enum,
    _EVENT: _event,
}
