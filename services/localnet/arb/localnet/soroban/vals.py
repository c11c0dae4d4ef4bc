"""Val: the 64-bit form in which a guest holds a host value, small or as a handle into its frame's object table."""

from __future__ import annotations

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.values import FALSE, TRUE, VOID, HostValue

__all__ = ["decode", "encode", "encode_object", "object_tag"]

TAG_FALSE, TAG_TRUE, TAG_VOID, TAG_ERROR, TAG_U32, TAG_I32 = range(6)
TAG_SYMBOL_SMALL = 14
TAG_MUXED = 78
FIRST_OBJECT_TAG = 64

_BODY_BITS = 56
_BODY = (1 << _BODY_BITS) - 1
_SIGN_BIT = 1 << (_BODY_BITS - 1)
_UNSIGNED_SMALL = {v.U64: 6, v.TIMEPOINT: 8, v.DURATION: 9, v.U128: 10, v.U256: 12}
_SIGNED_SMALL = {v.I64: 7, v.I128: 11, v.I256: 13}
_SMALL_TYPE = {tag: kind for kind, tag in (_UNSIGNED_SMALL | _SIGNED_SMALL).items()}
_BY_NUMBER = _UNSIGNED_SMALL | _SIGNED_SMALL | {v.U32: TAG_U32, v.I32: TAG_I32}
_OBJECT_TAG = {
    v.U64: 64,
    v.I64: 65,
    v.TIMEPOINT: 66,
    v.DURATION: 67,
    v.U128: 68,
    v.I128: 69,
    v.U256: 70,
    v.I256: 71,
    v.BYTES: 72,
    v.STRING: 73,
    v.SYMBOL: 74,
    v.VEC: 75,
    v.MAP: 76,
    v.ADDRESS: 77,
}
_ALPHABET = "_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SIX_BITS = {character: code for code, character in enumerate(_ALPHABET, start=1)}
_SMALL_SYMBOL = 9
_symbols: dict[int, HostValue] = {}
"""Small symbols met so far; bounded, because contracts name few."""
_SYMBOLS_KEPT = 10_000


def object_tag(value: HostValue) -> int:
    """The object tag of a value. Raises KeyError for types that are never objects."""
    if value[0] == v.ADDRESS and value[1][0] == v.MUXED:
        return TAG_MUXED
    return _OBJECT_TAG[value[0]]


def encode_object(value: HostValue, objects: list[HostValue]) -> int:
    """The object form of a value, added to the frame's table."""
    handle = len(objects) << 1
    objects.append(value)
    return handle << 32 | object_tag(value)


def encode(value: HostValue, objects: list[HostValue]) -> int:
    """The Val of a value: the small form whenever it fits."""
    kind = value[0]
    if kind in _BY_NUMBER:
        return _encode_integer(kind, value[1], objects)
    payload = value[1]
    if kind == v.VOID_TYPE:
        return TAG_VOID
    if kind == v.BOOL:
        return TAG_TRUE if payload else TAG_FALSE
    if kind == v.SYMBOL and len(payload) <= _SMALL_SYMBOL:
        return _encode_symbol(payload)
    if kind == v.ERROR:
        return int(payload[1] << 32 | payload[0] << 8 | TAG_ERROR)
    return encode_object(value, objects)


def _encode_integer(kind: int, number: int, objects: list[HostValue]) -> int:
    if kind == v.U32:
        return number << 32 | TAG_U32
    if kind == v.I32:
        return (number & 0xFFFFFFFF) << 32 | TAG_I32
    fits = -_SIGN_BIT <= number < _SIGN_BIT if kind in _SIGNED_SMALL else number >> _BODY_BITS == 0
    return (number & _BODY) << 8 | _BY_NUMBER[kind] if fits else encode_object((kind, number), objects)


def _encode_symbol(text: str) -> int:
    body = 0
    for character in text:
        body = body << 6 | _SIX_BITS[character]
    return body << 8 | TAG_SYMBOL_SMALL


def _decode_symbol(body: int) -> HostValue:
    known = _symbols.get(body)
    if known is not None:
        return known
    characters = []
    rest = body
    while rest:
        code = rest & 63
        if not code:
            raise _bad("a small symbol with a gap")
        characters.append(_ALPHABET[code - 1])
        rest >>= 6
    if len(characters) > _SMALL_SYMBOL:
        raise _bad("a small symbol of more than nine characters")
    value = (v.SYMBOL, "".join(reversed(characters)))
    if len(_symbols) < _SYMBOLS_KEPT:
        _symbols[body] = value
    return value


def decode(val: int, objects: list[HostValue]) -> HostValue:
    """The value of a guest's Val. Raises HostError(VALUE, INVALID_INPUT) for a bad tag or a handle not in the table."""
    tag = val & 0xFF
    if tag >= FIRST_OBJECT_TAG:
        return _decode_object(val, tag, objects)
    if tag == TAG_U32:
        if val >> 8 & 0xFFFFFF:
            raise _bad("a u32 with more than 32 bits")
        return v.U32, val >> 32
    if tag == TAG_SYMBOL_SMALL:
        return _decode_symbol(val >> 8)
    kind = _SMALL_TYPE.get(tag)
    if kind is not None:
        body = val >> 8
        return kind, body - (1 << _BODY_BITS) if kind in _SIGNED_SMALL and body & _SIGN_BIT else body
    return _decode_plain(val, tag)


def _decode_object(val: int, tag: int, objects: list[HostValue]) -> HostValue:
    handle = val >> 32
    if handle & 1:
        raise _bad("an absolute object handle from a guest")
    index = handle >> 1
    if index >= len(objects):
        raise _bad(f"unknown object handle {handle}")
    value = objects[index]
    if object_tag(value) != tag:
        raise _bad(f"object handle {handle} with tag {tag}, which is not its object's")
    return value


def _decode_plain(val: int, tag: int) -> HostValue:
    if tag == TAG_ERROR:
        return v.ERROR, (val >> 8 & 0xFFFFFF, val >> 32)
    if tag == TAG_I32:
        if val >> 8 & 0xFFFFFF:
            raise _bad("an i32 with more than 32 bits")
        number = val >> 32
        return v.I32, number - (1 << 32) if number >> 31 else number
    if tag > TAG_VOID:
        raise _bad(f"unknown tag {tag}")
    if val >> 8:
        raise _bad(f"tag {tag} with a body")
    return (FALSE, TRUE, VOID)[tag]


def _bad(what: str) -> HostError:
    return HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"bad Val: {what}")
