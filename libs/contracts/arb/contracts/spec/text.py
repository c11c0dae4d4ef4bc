"""Values of calls as text and JSON, by declared type: what a person types and reads.

JSON forms: integers are numbers or decimal texts (answers write those of 64 bits and more as text, which no JSON reader
rounds); Bytes and BytesN are hexadecimal; Tuple, tuple structs and unions with values are arrays, unions beginning with
their case; Map is an object, or an array of [key, value] when its keys are no plain texts or numbers; Error is
[kind, code]; Val says its type, as in {"u32": 5}, {"vec": [...]} or {"map": [[key, value], ...]}.

Nothing is checked here: what has not the form of its type is passed on as it is, and encoding refuses it by name.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from arb.contracts.spec.errors import WrongArgumentError, shown
from arb.contracts.spec.interface import Interface
from arb.contracts.spec.text_val import INTEGER, json_of_val, val_of_json
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
    Vec,
)
from arb.contracts.spec.values import HostError

_NARROW: Final = frozenset((Scalar.U32, Scalar.I32))
_WIDE: Final = frozenset(
    (
        Scalar.U64,
        Scalar.I64,
        Scalar.TIMEPOINT,
        Scalar.DURATION,
        Scalar.U128,
        Scalar.I128,
        Scalar.U256,
        Scalar.I256,
    )
)
_TEXTS: Final = frozenset((Scalar.STRING, Scalar.SYMBOL, Scalar.ADDRESS, Scalar.MUXED_ADDRESS))


def arguments_of_text(interface: Interface, function: str, given: Mapping[str, str]) -> dict[str, object]:
    """Arguments by name, each as JSON or, for what is not compound, as plain text, to values for encode_arguments.

    A text argument in double quotes is JSON too. WrongArgumentError for what has to be JSON and is not; errors of
    `Interface` for a function that is missing or unusable.
    """
    types = {field.name: field.type for field in interface.function(function).inputs}
    return {
        name: _of_text(interface, function, name, types[name], text) if name in types else text
        for name, text in given.items()
    }


def json_of_result(interface: Interface, function: str, value: Any) -> Any:
    """What a function answered, ready for json.dumps."""
    output = interface.function(function).output
    return None if output is None else json_of_value(interface, output, value)


def _of_text(interface: Interface, function: str, name: str, type_: Type, text: str) -> Any:
    match type_:
        case Option(value):
            return None if text == "null" else _of_text(interface, function, name, value, text)
        case Result(ok, _):
            return _of_text(interface, function, name, ok, text)
        case Scalar() if type_ in _TEXTS and not text.startswith('"'):
            return text
        case Scalar.BYTES | BytesN() if not text.startswith('"'):
            return _bytes(text)
        case Udt(named) if not isinstance(interface.user_type(named), Struct) and text[:1] not in ('"', "[", "{"):
            return value_of_json(interface, type_, text)
    try:
        return value_of_json(interface, type_, json.loads(text))
    except (ValueError, RecursionError):
        raise WrongArgumentError(function, name, "", f"{type_}, as JSON", shown(text)) from None


def value_of_json(interface: Interface, type_: Type, given: Any) -> Any:
    """A JSON value as the Python value of a type."""
    match type_:
        case Scalar():
            return _scalar(type_, given)
        case BytesN():
            return _bytes(given)
        case Option(value):
            return None if given is None else value_of_json(interface, value, given)
        case Result(ok, _):
            return value_of_json(interface, ok, given)
        case Vec(element) if isinstance(given, list):
            return [value_of_json(interface, element, each) for each in given]
        case Tuple(elements) if isinstance(given, list):
            return _parts(interface, elements, given)
        case Map(key, value):
            return _map(interface, key, value, given)
        case Udt(name):
            return _user_value(interface, name, given)
    return given


def _scalar(type_: Scalar, given: Any) -> Any:
    if type_ in _NARROW or type_ in _WIDE:
        return int(given) if isinstance(given, str) and INTEGER.fullmatch(given) else given
    if type_ is Scalar.BYTES:
        return _bytes(given)
    if type_ is Scalar.VAL:
        return val_of_json(given)
    if type_ is Scalar.ERROR and isinstance(given, list) and len(given) == 2:
        return HostError(*given)
    return given


def _bytes(given: Any) -> Any:
    try:
        return bytes.fromhex(given) if isinstance(given, str) else given
    except ValueError:
        return given


def _parts(interface: Interface, types: tuple[Type, ...], given: list[Any]) -> Any:
    if len(given) != len(types):
        return tuple(given)
    return tuple(value_of_json(interface, part, each) for part, each in zip(types, given, strict=True))


def _map(interface: Interface, key: Type, value: Type, given: Any) -> Any:
    pairs = list(given.items()) if isinstance(given, dict) else given
    if not isinstance(pairs, list) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        return given
    made = [(value_of_json(interface, key, name), value_of_json(interface, value, each)) for name, each in pairs]
    return dict(made) if interface.hashable(key) and _unique(made) else made


def _unique(pairs: list[tuple[Any, Any]]) -> bool:
    try:
        return len(dict(pairs)) == len(pairs)
    except TypeError:  # a key that is not of its type
        return False


def _user_value(interface: Interface, name: str, given: Any) -> Any:
    match interface.user_type(name):
        case Struct(_, fields) as struct if struct.is_tuple and isinstance(given, list):
            return _parts(interface, tuple(field.type for field in fields), given)
        case Struct(_, fields) if isinstance(given, dict):
            types = {field.name: field.type for field in fields}
            return {
                field: value_of_json(interface, types[field], each) if field in types else each
                for field, each in given.items()
            }
        case Union(_, cases) if isinstance(given, list) and given:
            types_of = {case.name: case.types for case in cases}
            known = types_of.get(given[0], ()) if isinstance(given[0], str) else ()
            return (given[0], *_parts(interface, known, given[1:]))
        case Enum() | ErrorEnum():
            return int(given) if isinstance(given, str) and INTEGER.fullmatch(given) else given
    return given


def json_of_value(interface: Interface, type_: Type, value: Any) -> Any:
    """A Python value of a type as JSON."""
    inner: Callable[[Type, Any], Any] = lambda part, each: json_of_value(interface, part, each)  # noqa: E731
    match type_:
        case Scalar.VAL:
            return json_of_val(value)
        case Scalar() if type_ in _WIDE:
            return str(value)
        case Scalar.BYTES | BytesN():
            return value.hex()
        case Scalar.ERROR:
            return list(value)
        case Option(part):
            return None if value is None else inner(part, value)
        case Result(ok, _):
            return inner(ok, value)
        case Vec(element):
            return [inner(element, each) for each in value]
        case Tuple(elements):
            return [inner(part, each) for part, each in zip(elements, value, strict=True)]
        case Map(key, part):
            pairs = value.items() if isinstance(value, dict) else value
            made = [[inner(key, name), inner(part, each)] for name, each in pairs]
            return {str(name): each for name, each in made} if _plain(key) else made
        case Udt(name):
            return _user_json(interface, name, value)
    return value


def _plain(key: Type) -> bool:
    return isinstance(key, BytesN) or key in _TEXTS | _WIDE | _NARROW | {Scalar.BYTES}


def _user_json(interface: Interface, name: str, value: Any) -> Any:
    match interface.user_type(name):
        case Struct(_, fields) as struct if struct.is_tuple:
            whole = zip(fields, value, strict=True)
            return [json_of_value(interface, field.type, each) for field, each in whole]
        case Struct(_, fields):
            return {field.name: json_of_value(interface, field.type, value[field.name]) for field in fields}
        case Union(_, cases):
            types = next(case.types for case in cases if case.name == value[0])
            pairs = zip(types, value[1:], strict=True)
            return [value[0], *(json_of_value(interface, part, each) for part, each in pairs)]
    return value
