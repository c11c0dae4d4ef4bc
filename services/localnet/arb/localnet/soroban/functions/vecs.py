"""Host functions of module v: vecs, immutable."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import checked_range, index_out_of_bounds
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.values import VOID, HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("v")

Items = tuple[HostValue, ...]


def _within(items: Items, index: int) -> int:
    if index >= len(items):
        raise index_out_of_bounds(index, len(items))
    return index


@TABLE.export("_", gives="Vec")
def vec_new(_host: Host) -> Items:
    return ()


@TABLE.export("0", "Vec", "u32", "Val", gives="Vec")
def vec_put(_host: Host, items: Items, index: int, item: HostValue) -> Items:
    _within(items, index)
    return (*items[:index], item, *items[index + 1 :])


@TABLE.export("1", "Vec", "u32", gives="Val")
def vec_get(_host: Host, items: Items, index: int) -> HostValue:
    return items[_within(items, index)]


@TABLE.export("2", "Vec", "u32", gives="Vec")
def vec_del(_host: Host, items: Items, index: int) -> Items:
    _within(items, index)
    return items[:index] + items[index + 1 :]


@TABLE.export("3", "Vec", gives="u32")
def vec_len(_host: Host, items: Items) -> int:
    return len(items)


@TABLE.export("4", "Vec", "Val", gives="Vec")
def vec_push_front(_host: Host, items: Items, item: HostValue) -> Items:
    return (item, *items)


@TABLE.export("5", "Vec", gives="Vec")
def vec_pop_front(_host: Host, items: Items) -> Items:
    _within(items, 0)
    return items[1:]


@TABLE.export("6", "Vec", "Val", gives="Vec")
def vec_push_back(_host: Host, items: Items, item: HostValue) -> Items:
    return (*items, item)


@TABLE.export("7", "Vec", gives="Vec")
def vec_pop_back(_host: Host, items: Items) -> Items:
    _within(items, 0)
    return items[:-1]


@TABLE.export("8", "Vec", gives="Val")
def vec_front(_host: Host, items: Items) -> HostValue:
    return items[_within(items, 0)]


@TABLE.export("9", "Vec", gives="Val")
def vec_back(_host: Host, items: Items) -> HostValue:
    _within(items, 0)
    return items[-1]


@TABLE.export("a", "Vec", "u32", "Val", gives="Vec")
def vec_insert(_host: Host, items: Items, index: int, item: HostValue) -> Items:
    if index > len(items):
        raise index_out_of_bounds(index, len(items))
    return (*items[:index], item, *items[index:])


@TABLE.export("b", "Vec", "Vec", gives="Vec")
def vec_append(_host: Host, items: Items, more: Items) -> Items:
    return items + more


@TABLE.export("c", "Vec", "u32", "u32", gives="Vec")
def vec_slice(_host: Host, items: Items, start: int, end: int) -> Items:
    return items[checked_range(start, end, len(items))]


def _position(host: Host, items: Items, wanted: HostValue, order: Iterable[int]) -> HostValue:
    host.touch(wanted, (v.VEC, items))
    return next(((v.U32, index) for index in order if items[index] == wanted), VOID)


@TABLE.export("d", "Vec", "Val", gives="Val")
def vec_first_index_of(host: Host, items: Items, wanted: HostValue) -> HostValue:
    return _position(host, items, wanted, range(len(items)))


@TABLE.export("e", "Vec", "Val", gives="Val")
def vec_last_index_of(host: Host, items: Items, wanted: HostValue) -> HostValue:
    return _position(host, items, wanted, reversed(range(len(items))))


@TABLE.export("g", "u32", "u32", gives="Vec")
def vec_new_from_linear_memory(host: Host, position: int, length: int) -> Items:
    return host.memory.read_vals(position, length)


@TABLE.export("h", "Vec", "u32", "u32", gives="Void")
def vec_unpack_to_linear_memory(host: Host, items: Items, position: int, length: int) -> None:
    if len(items) != length:
        raise HostError(
            ErrorType.OBJECT, ErrorCode.UNEXPECTED_SIZE, f"a vec of {len(items)} items where {length} are expected"
        )
    host.memory.write_vals(position, items)


@TABLE.export("f", "Vec", "Val", gives="raw")
def vec_binary_search(host: Host, items: Items, wanted: HostValue) -> int:
    """Where the value is or belongs, with bit 32 set when it is there (binary_search of the SDK)."""
    host.touch(wanted)
    position = bisect_left(items, wanted)
    found = position < len(items) and items[position] == wanted
    return int(found) << 32 | position
