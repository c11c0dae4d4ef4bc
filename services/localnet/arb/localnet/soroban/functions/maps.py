"""Host functions of module m: maps, immutable and sorted by key."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import index_out_of_bounds
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("m")

Entries = tuple[tuple[HostValue, HostValue], ...]

_key = itemgetter(0)


def _find(host: Host, entries: Entries, key: HostValue) -> tuple[int, bool]:
    """Where the key is or belongs, and whether it is there."""
    host.touch(key)
    position = bisect_left(entries, key, key=_key)
    return position, position < len(entries) and entries[position][0] == key


def _missing(key: HostValue) -> HostError:
    return HostError(ErrorType.OBJECT, ErrorCode.MISSING_VALUE, f"map key {key!r:.80} not found")


@TABLE.export("_", gives="Map")
def map_new(_host: Host) -> Entries:
    return ()


@TABLE.export("0", "Map", "Val", "Val", gives="Map")
def map_put(host: Host, entries: Entries, key: HostValue, value: HostValue) -> Entries:
    position, found = _find(host, entries, key)
    return (*entries[:position], (key, value), *entries[position + found :])


@TABLE.export("1", "Map", "Val", gives="Val")
def map_get(host: Host, entries: Entries, key: HostValue) -> HostValue:
    position, found = _find(host, entries, key)
    if not found:
        raise _missing(key)
    return entries[position][1]


@TABLE.export("2", "Map", "Val", gives="Map")
def map_del(host: Host, entries: Entries, key: HostValue) -> Entries:
    position, found = _find(host, entries, key)
    if not found:
        raise _missing(key)
    return entries[:position] + entries[position + 1 :]


@TABLE.export("3", "Map", gives="u32")
def map_len(_host: Host, entries: Entries) -> int:
    return len(entries)


@TABLE.export("4", "Map", "Val", gives="Bool")
def map_has(host: Host, entries: Entries, key: HostValue) -> bool:
    return _find(host, entries, key)[1]


@TABLE.export("5", "Map", "u32", gives="Val")
def map_key_by_pos(_host: Host, entries: Entries, position: int) -> HostValue:
    if position >= len(entries):
        raise index_out_of_bounds(position, len(entries))
    return entries[position][0]


@TABLE.export("6", "Map", "u32", gives="Val")
def map_val_by_pos(_host: Host, entries: Entries, position: int) -> HostValue:
    if position >= len(entries):
        raise index_out_of_bounds(position, len(entries))
    return entries[position][1]


@TABLE.export("7", "Map", gives="Vec")
def map_keys(_host: Host, entries: Entries) -> tuple[HostValue, ...]:
    return tuple([key for key, _ in entries])


@TABLE.export("8", "Map", gives="Vec")
def map_values(_host: Host, entries: Entries) -> tuple[HostValue, ...]:
    return tuple([value for _, value in entries])


@TABLE.export("9", "u32", "u32", "u32", gives="Map")
def map_new_from_linear_memory(host: Host, keys_pos: int, vals_pos: int, length: int) -> Entries:
    memory = host.memory
    keys = [v.symbol(text.decode("latin-1")) for text in memory.read_slices(keys_pos, length)]
    values = memory.read_vals(vals_pos, length)
    for left, right in pairwise(keys):
        if not left < right:
            raise HostError(
                ErrorType.OBJECT, ErrorCode.INVALID_INPUT, f"map keys {left[1]} and {right[1]} are not ascending"
            )
    return tuple(zip(keys, values, strict=True))


@TABLE.export("a", "Map", "u32", "u32", "u32", gives="Void")
def map_unpack_to_linear_memory(host: Host, entries: Entries, keys_pos: int, vals_pos: int, length: int) -> None:
    if len(entries) != length:
        raise HostError(
            ErrorType.OBJECT, ErrorCode.UNEXPECTED_SIZE, f"a map of {len(entries)} entries where {length} are expected"
        )
    memory = host.memory
    names = memory.read_slices(keys_pos, length)
    for name, (key, _) in zip(names, entries, strict=True):
        if key[0] != v.SYMBOL:
            raise HostError(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE, "a map key is no symbol")
        if key[1].encode() != name:
            raise HostError(
                ErrorType.OBJECT, ErrorCode.INVALID_INPUT, f"map has key {key[1]} where {name[:32]!r} is expected"
            )
    memory.write_vals(vals_pos, [value for _, value in entries])
