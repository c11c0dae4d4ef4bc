"""How a host function is declared: export name, argument types, result type, and the raw call made from them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.vals import (
    TAG_FALSE,
    TAG_MUXED,
    TAG_TRUE,
    TAG_U32,
    TAG_VOID,
    decode,
    encode,
    encode_object,
    object_tag,
)
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

__all__ = ["HostFunction", "Table"]

Decoder = Callable[[int, list[HostValue]], Any]
Encoder = Callable[[Any, list[HostValue]], int]

_U64 = 1 << 64


def _mistyped(word: int, wanted: str) -> HostError:
    return HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"argument of tag {word & 0xFF} where {wanted} belongs")


def _object(kind: int) -> Decoder:
    """The payload of an argument that must be an object of this SCVal type."""
    tag = object_tag((kind, 0)) if kind != v.ADDRESS else object_tag((kind, (v.CONTRACT, b"")))

    def payload(word: int, objects: list[HostValue]) -> Any:
        if word & 0xFF != tag:
            raise _mistyped(word, f"an object of tag {tag}")
        return decode(word, objects)[1]

    return payload


def _either(kind: int, name: str) -> Decoder:
    """The payload of an argument that may be small or an object."""

    def payload(word: int, objects: list[HostValue]) -> Any:
        value = decode(word, objects)
        if value[0] != kind:
            raise _mistyped(word, name)
        return value[1]

    return payload


def _u32(word: int, _objects: list[HostValue]) -> int:
    if word & 0xFFFFFFFF != TAG_U32:
        raise _mistyped(word, "a u32")
    return word >> 32


def _raw_u64(word: int, _objects: list[HostValue]) -> int:
    return word


def _raw_i64(word: int, _objects: list[HostValue]) -> int:
    return word - _U64 if word >> 63 else word


def _storage(word: int, _objects: list[HostValue]) -> int:
    if word > 2:
        raise _mistyped(word, "a storage type (0 temporary, 1 persistent, 2 instance)")
    return word


def _muxed(word: int, objects: list[HostValue]) -> HostValue:
    value = decode(word, objects)
    if word & 0xFF != TAG_MUXED:
        raise _mistyped(word, "a muxed address")
    return value


def _address(word: int, objects: list[HostValue]) -> HostValue:
    return v.ADDRESS, _ADDRESS_PAYLOAD(word, objects)


_ADDRESS_PAYLOAD = _object(v.ADDRESS)

_ARGUMENTS: dict[str, Decoder] = {
    "Val": decode,
    "Address": _address,
    "Muxed": _muxed,
    "Bytes": _object(v.BYTES),
    "String": _object(v.STRING),
    "Vec": _object(v.VEC),
    "Map": _object(v.MAP),
    "SymbolObject": _object(v.SYMBOL),
    "U64Object": _object(v.U64),
    "I64Object": _object(v.I64),
    "U128Object": _object(v.U128),
    "I128Object": _object(v.I128),
    "U256Object": _object(v.U256),
    "I256Object": _object(v.I256),
    "TimepointObject": _object(v.TIMEPOINT),
    "DurationObject": _object(v.DURATION),
    "Symbol": _either(v.SYMBOL, "a symbol"),
    "U256": _either(v.U256, "a u256"),
    "I256": _either(v.I256, "an i256"),
    "Error": _either(v.ERROR, "an error"),
    "u32": _u32,
    "u64": _raw_u64,
    "i64": _raw_i64,
    "Storage": _storage,
}


def _typed(kind: int) -> Encoder:
    return lambda payload, objects: encode_object((kind, payload), objects)


def _fitted(kind: int) -> Encoder:
    return lambda payload, objects: encode((kind, payload), objects)


_RESULTS: dict[str, Encoder] = {
    "Val": encode,
    "Void": lambda _nothing, _objects: TAG_VOID,
    "Bool": lambda flag, _objects: TAG_TRUE if flag else TAG_FALSE,
    "u32": lambda number, _objects: number << 32 | TAG_U32,
    "raw": lambda number, _objects: number % _U64,
    "Address": encode_object,
    "Bytes": _typed(v.BYTES),
    "String": _typed(v.STRING),
    "SymbolObject": _typed(v.SYMBOL),
    "Vec": _typed(v.VEC),
    "Map": _typed(v.MAP),
    "U64Object": _typed(v.U64),
    "I64Object": _typed(v.I64),
    "U128Object": _typed(v.U128),
    "I128Object": _typed(v.I128),
    "U256Object": _typed(v.U256),
    "I256Object": _typed(v.I256),
    "TimepointObject": _typed(v.TIMEPOINT),
    "DurationObject": _typed(v.DURATION),
    "U64": _fitted(v.U64),
    "U256": _fitted(v.U256),
    "I256": _fitted(v.I256),
}
_SIZED = {"Bytes": 1, "String": 1, "Vec": 8, "Map": 16}
"""Results whose size is charged: bytes an element."""

_DISPATCH_CPU = 310
"""Model instructions of one host call (the network's DispatchHostFunction)."""
_OBJECT_BYTES = 64


@dataclass(frozen=True)
class HostFunction:
    """One import a contract may have: `module.export`, with its argument and result types by name."""

    module: str
    export: str
    arguments: tuple[str, ...]
    result: str
    body: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.body.__name__

    def raw(self, current: Callable[[], Host]) -> Callable[..., int]:
        """The call as the engine makes it: u64 words in, one u64 word out, of the host that runs now."""
        decoders = tuple([_ARGUMENTS[name] for name in self.arguments])
        encoder, body, size = _RESULTS[self.result], self.body, _SIZED.get(self.result, 0)

        def call(*words: int) -> int:
            host = current()
            host.budget.charge(_DISPATCH_CPU)
            objects = host.frame.objects
            result = body(host, *map(operator.call, decoders, words, repeat(objects)))
            if size:
                bytes_made = _OBJECT_BYTES + size * len(result)
                host.budget.charge(bytes_made, bytes_made)
            return encoder(result, objects)

        return call


class Table:
    """The functions of one import module."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._functions: list[HostFunction] = []

    def __iter__(self) -> Iterator[HostFunction]:
        return iter(self._functions)

    def export(self, name: str, *arguments: str, gives: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a host function under its export name."""

        def declare(body: Callable[..., Any]) -> Callable[..., Any]:
            self._functions.append(HostFunction(self._module, name, arguments, gives, body))
            return body

        return declare
