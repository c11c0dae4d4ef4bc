"""Host functions of module b: bytes, strings, symbols, and values as XDR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import pack, unpack
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import checked_range, index_out_of_bounds, overflow
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("b")

_U32_MAX = (1 << 32) - 1


def _byte(number: int) -> bytes:
    if number > 255:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"{number} is no byte")
    return bytes((number,))


def _at(data: bytes, index: int) -> int:
    if index >= len(data):
        raise index_out_of_bounds(index, len(data))
    return index


@TABLE.export("_", "Val", gives="Bytes")
def serialize_to_bytes(host: Host, value: HostValue) -> bytes:
    host.touch(value)
    return pack(value)


@TABLE.export("0", "Bytes", gives="Val")
def deserialize_from_bytes(host: Host, data: bytes) -> HostValue:
    host.touch((v.BYTES, data))
    return unpack(data)


def _copy_out(host: Host, data: bytes, start: int, position: int, length: int) -> None:
    if start + length > _U32_MAX:
        raise overflow("the end of the copied range")
    if start + length > len(data):
        raise index_out_of_bounds(start + length, len(data))
    host.memory.write(position, data[start : start + length])


@TABLE.export("1", "Bytes", "u32", "u32", "u32", gives="Void")
def bytes_copy_to_linear_memory(host: Host, data: bytes, start: int, position: int, length: int) -> None:
    _copy_out(host, data, start, position, length)


@TABLE.export("2", "Bytes", "u32", "u32", "u32", gives="Bytes")
def bytes_copy_from_linear_memory(host: Host, data: bytes, start: int, position: int, length: int) -> bytes:
    if start + length > _U32_MAX:
        raise overflow("the end of the written range")
    incoming = host.memory.read(position, length)
    host.budget.charge(0, start + length)
    return data[:start].ljust(start, b"\0") + incoming + data[start + length :]


@TABLE.export("3", "u32", "u32", gives="Bytes")
def bytes_new_from_linear_memory(host: Host, position: int, length: int) -> bytes:
    return host.memory.read(position, length)


@TABLE.export("4", gives="Bytes")
def bytes_new(_host: Host) -> bytes:
    return b""


@TABLE.export("5", "Bytes", "u32", "u32", gives="Bytes")
def bytes_put(_host: Host, data: bytes, index: int, number: int) -> bytes:
    _at(data, index)
    return data[:index] + _byte(number) + data[index + 1 :]


@TABLE.export("6", "Bytes", "u32", gives="u32")
def bytes_get(_host: Host, data: bytes, index: int) -> int:
    return data[_at(data, index)]


@TABLE.export("7", "Bytes", "u32", gives="Bytes")
def bytes_del(_host: Host, data: bytes, index: int) -> bytes:
    _at(data, index)
    return data[:index] + data[index + 1 :]


@TABLE.export("8", "Bytes", gives="u32")
def bytes_len(_host: Host, data: bytes) -> int:
    return len(data)


@TABLE.export("9", "Bytes", "u32", gives="Bytes")
def bytes_push(_host: Host, data: bytes, number: int) -> bytes:
    return data + _byte(number)


@TABLE.export("a", "Bytes", gives="Bytes")
def bytes_pop(_host: Host, data: bytes) -> bytes:
    _at(data, 0)
    return data[:-1]


@TABLE.export("b", "Bytes", gives="u32")
def bytes_front(_host: Host, data: bytes) -> int:
    return data[_at(data, 0)]


@TABLE.export("c", "Bytes", gives="u32")
def bytes_back(_host: Host, data: bytes) -> int:
    _at(data, 0)
    return data[-1]


@TABLE.export("d", "Bytes", "u32", "u32", gives="Bytes")
def bytes_insert(_host: Host, data: bytes, index: int, number: int) -> bytes:
    if index > len(data):
        raise index_out_of_bounds(index, len(data))
    return data[:index] + _byte(number) + data[index:]


@TABLE.export("e", "Bytes", "Bytes", gives="Bytes")
def bytes_append(_host: Host, data: bytes, more: bytes) -> bytes:
    return data + more


@TABLE.export("f", "Bytes", "u32", "u32", gives="Bytes")
def bytes_slice(_host: Host, data: bytes, start: int, end: int) -> bytes:
    return data[checked_range(start, end, len(data))]


@TABLE.export("g", "String", "u32", "u32", "u32", gives="Void")
def string_copy_to_linear_memory(host: Host, data: bytes, start: int, position: int, length: int) -> None:
    _copy_out(host, data, start, position, length)


@TABLE.export("h", "SymbolObject", "u32", "u32", "u32", gives="Void")
def symbol_copy_to_linear_memory(host: Host, text: str, start: int, position: int, length: int) -> None:
    _copy_out(host, text.encode(), start, position, length)


@TABLE.export("i", "u32", "u32", gives="String")
def string_new_from_linear_memory(host: Host, position: int, length: int) -> bytes:
    return host.memory.read(position, length)


@TABLE.export("j", "u32", "u32", gives="SymbolObject")
def symbol_new_from_linear_memory(host: Host, position: int, length: int) -> str:
    text: str = v.symbol(host.memory.read(position, length).decode("latin-1"))[1]
    return text


@TABLE.export("k", "String", gives="u32")
def string_len(_host: Host, data: bytes) -> int:
    return len(data)


@TABLE.export("l", "SymbolObject", gives="u32")
def symbol_len(_host: Host, text: str) -> int:
    return len(text)


@TABLE.export("m", "Symbol", "u32", "u32", gives="u32")
def symbol_index_in_linear_memory(host: Host, text: str, position: int, length: int) -> int:
    names = host.memory.read_slices(position, length)
    wanted = text.encode()
    if wanted not in names:
        raise HostError(ErrorType.VALUE, ErrorCode.MISSING_VALUE, f"symbol {text} not found in linear memory slices")
    return names.index(wanted)


@TABLE.export("n", "String", gives="Bytes")
def string_to_bytes(_host: Host, data: bytes) -> bytes:
    return data


@TABLE.export("o", "Bytes", gives="String")
def bytes_to_string(_host: Host, data: bytes) -> bytes:
    return data
