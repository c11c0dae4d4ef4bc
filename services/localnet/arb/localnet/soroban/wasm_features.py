"""Refuses what the network's engine does not run (get_wasmi_config): floating point and proposals after the core.

The engine here has no switch for floats and cannot do without reference types, so that the code is looked through once,
when it is compiled. What is looked through has passed the engine's own validation: it is well formed.
"""

from __future__ import annotations

import re

from arb.localnet.soroban.wasm_binary import leb128, malformed, sections

__all__ = ["check_features"]

_TYPES, _TABLES, _GLOBALS, _ELEMENTS, _CODE, _DATA = 1, 4, 6, 9, 10, 11
_INTEGERS = b"\x7f\x7e"
"""i32 and i64: every value a contract has."""
_END, _BR_TABLE = 0x0B, 0x0E
_LEB = rb"[\x80-\xff]*+[\x00-\x7f]"
_ALLOWED = re.compile(
    rb"(?:"
    # unreachable, nop, else, end, return, drop, select; comparing, computing, converting and extending integers
    rb"[\x00\x01\x05\x0b\x0f\x1a\x1b\x45-\x5a\x67-\x8a\xa7\xac\xad\xc0-\xc4]"
    # branches, calls, locals, globals, memory.size, memory.grow, constants
    rb"|[\x0c\x0d\x10\x20-\x24\x3f-\x42]" + _LEB + rb"|[\x02-\x04][\x40\x7e\x7f]"  # block, loop, if
    rb"|\x11" + _LEB + rb"\x00"  # call_indirect through the only table
    rb"|[\x28\x29\x2c-\x37\x3a-\x3e]"
    + _LEB
    + _LEB  # loads and stores of ints
    +
    # bulk memory: memory.init, memory.copy, table.init, table.copy; data.drop, memory.fill, elem.drop
    rb"|\xfc[\x08\x0a\x0c\x0e]"
    + _LEB
    + _LEB
    + rb"|\xfc[\x09\x0b\x0d]"
    + _LEB
    + rb")*+",
    re.DOTALL,
)
_CONSTANT = re.compile(rb"[\x23\x41\x42]" + _LEB + rb"\x0b")
"""An initial value or offset: one constant or one global."""


def check_features(wasm: bytes) -> None:
    """Raises HostError(WASM_VM, INVALID_ACTION) for valid wasm that uses what the network has switched off."""
    checks = {
        _TYPES: _check_types,
        _TABLES: _check_tables,
        _GLOBALS: _check_globals,
        _ELEMENTS: _check_first_offset,
        _CODE: _check_code,
        _DATA: _check_first_offset,
    }
    for kind, content in sections(wasm):
        if kind in checks:
            checks[kind](content)


def _require_integers(types: bytes, where: str) -> None:
    other = types.strip(_INTEGERS)
    if other:
        raise malformed(f"{where} is of type 0x{other[0]:02x}: contracts have i32 and i64 only, no floating point")


def _check_types(content: bytes) -> None:
    count, pos = leb128(content, 0)
    for _ in range(count):
        pos += 1  # a function type
        for where in ("a parameter", "a result"):
            size, pos = leb128(content, pos)
            _require_integers(content[pos : pos + size], where)
            pos += size


def _check_tables(content: bytes) -> None:
    count, pos = leb128(content, 0)
    if count > 1 or content[pos : pos + 1] not in (b"", b"\x70"):
        raise malformed("it has other tables than one of functions")


def _check_globals(content: bytes) -> None:
    count, pos = leb128(content, 0)
    for _ in range(count):
        _require_integers(content[pos : pos + 1], "a global")
        pos = _constant(content, pos + 2)


def _check_first_offset(content: bytes) -> None:
    """Compilers write either kind of offset throughout; the first active segment shows which."""
    count, pos = leb128(content, 0)
    if count and content[pos] == 0:
        _constant(content, pos + 1)


def _constant(content: bytes, pos: int) -> int:
    found = _CONSTANT.match(content, pos)
    if found is None:
        raise malformed("an initial value is computed, which takes the extended-const proposal")
    return found.end()


def _check_code(content: bytes) -> None:
    count, pos = leb128(content, 0)
    for _ in range(count):
        size, pos = leb128(content, pos)
        _check_body(content[pos : pos + size])
        pos += size


def _check_body(body: bytes) -> None:
    groups, pos = leb128(body, 0)
    for _ in range(groups):
        _, pos = leb128(body, pos)
        _require_integers(body[pos : pos + 1], "a local")
        pos += 1
    while True:
        found = _ALLOWED.match(body, pos)
        assert found is not None
        pos = found.end()
        if pos == len(body):
            return
        if body[pos] != _BR_TABLE:
            raise malformed(f"instruction 0x{body[pos : pos + 2].hex()}: floating point and later proposals are off")
        # The only instruction as long as it says itself: a vector of labels and the default one.
        labels, pos = leb128(body, pos + 1)
        for _ in range(labels + 1):
            _, pos = leb128(body, pos)
