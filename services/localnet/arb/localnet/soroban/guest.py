"""A contract's running instance: its linear memory, its calls, and its traps as the network's errors."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable

from wasmtime import Func, Memory, Store, Trap, TrapCode, WasmtimeError

from arb.localnet.soroban.bridge import LinearMemory, call_raw, export_of
from arb.localnet.soroban.budget import Budget, exceeded
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import overflow
from arb.localnet.soroban.modules import Compiled
from arb.localnet.soroban.vals import decode, encode
from arb.localnet.soroban.values import HostValue

__all__ = ["Guest"]

_U32_MAX = (1 << 32) - 1
_COPY_CPU = 42
_COPIED_BYTES_A_CPU = 8
"""Model instructions of a copy (the network's MemCpy): a constant, and one for so many bytes."""
_VAL_CPU = 40
_SLICE = struct.Struct("<II")

_TRAPS = {
    TrapCode.UNREACHABLE: ErrorCode.INVALID_ACTION,
    TrapCode.MEMORY_OUT_OF_BOUNDS: ErrorCode.INDEX_BOUNDS,
    TrapCode.TABLE_OUT_OF_BOUNDS: ErrorCode.INDEX_BOUNDS,
    TrapCode.INDIRECT_CALL_TO_NULL: ErrorCode.MISSING_VALUE,
    TrapCode.INTEGER_DIVISION_BY_ZERO: ErrorCode.ARITH_DOMAIN,
    TrapCode.INTEGER_OVERFLOW: ErrorCode.ARITH_DOMAIN,
    TrapCode.BAD_CONVERSION_TO_INTEGER: ErrorCode.ARITH_DOMAIN,
    TrapCode.BAD_SIGNATURE: ErrorCode.UNEXPECTED_TYPE,
}
_SPENT = {TrapCode.OUT_OF_FUEL: "instructions", TrapCode.STACK_OVERFLOW: "stack"}


def _trapped(trap: Trap) -> HostError:
    code = trap.trap_code
    if code in _SPENT:
        return exceeded(_SPENT[code])
    if code is not None and code in _TRAPS:
        return HostError(ErrorType.WASM_VM, _TRAPS[code], f"VM call trapped: {code.name}")
    return HostError(ErrorType.WASM_VM, ErrorCode.INTERNAL_ERROR, f"VM call trapped: {trap.message}")


class Guest:
    """One instance of a contract, alive for one frame. `objects` is the frame's table of host objects."""

    def __init__(self, store: Store, code: Compiled, objects: list[HostValue], budget: Budget) -> None:
        self._store = store
        self._budget = budget
        self._code = code
        self._objects = objects
        try:
            self._instance = code.linked.instantiate(store)
        except Trap as trap:
            raise _trapped(trap) from None
        except WasmtimeError as error:
            # Past the checks of upload, only the store's limits can refuse an instance.
            raise exceeded(f"memory or tables ({str(error)[:100]})") from None
        memory = export_of(store, self._instance, "memory") if code.has_memory else None
        self._memory = LinearMemory(store, memory) if isinstance(memory, Memory) else None

    def call(self, function: str, args: Iterable[HostValue], *, absent_is_void: bool = False) -> HostValue | None:
        """Call an export. None when it is absent and that is allowed (a contract without constructor)."""
        words = [encode(arg, self._objects) for arg in args]
        target = self._target(function, len(words), absent_is_void)
        if target is None:
            return None
        try:
            return decode(call_raw(self._store, target._func, words), self._objects)
        except Trap as trap:
            raise _trapped(trap) from None
        except WasmtimeError as error:
            raise HostError(ErrorType.WASM_VM, ErrorCode.INTERNAL_ERROR, str(error)[:300]) from None

    def _target(self, function: str, args: int, absent_is_void: bool) -> Func | None:
        if function not in self._code.functions:
            if function in self._code.others:
                raise HostError(ErrorType.WASM_VM, ErrorCode.UNEXPECTED_TYPE, f"export {function} is not a function")
            if absent_is_void:
                return None
            raise HostError(
                ErrorType.WASM_VM,
                ErrorCode.MISSING_VALUE,
                f"trying to invoke non-existent contract function {function}",
            )
        arity = self._code.functions[function]
        if arity is None:
            raise HostError(
                ErrorType.WASM_VM, ErrorCode.UNEXPECTED_TYPE, f"export {function} does not take and give Vals"
            )
        if arity != args:
            raise HostError(
                ErrorType.WASM_VM, ErrorCode.UNEXPECTED_SIZE, f"{function} takes {arity} arguments, {args} were given"
            )
        found = export_of(self._store, self._instance, function)
        return found if isinstance(found, Func) else None

    @property
    def memory_bytes(self) -> int:
        return self._memory.size() if self._memory else 0

    def _address(self, position: int, length: int) -> int:
        """Where in this process the guest's range lies, once it is known to lie inside its memory."""
        if self._memory is None:
            raise HostError(ErrorType.WASM_VM, ErrorCode.MISSING_VALUE, "no linear memory named `memory`")
        if position + length > self._memory.size():
            raise HostError(
                ErrorType.WASM_VM,
                ErrorCode.INDEX_BOUNDS,
                f"out-of-bounds access to linear memory: {length} bytes at {position}",
            )
        self._budget.charge(_COPY_CPU + length // _COPIED_BYTES_A_CPU)
        return self._memory.address() + position

    def read(self, position: int, length: int) -> bytes:
        return ctypes.string_at(self._address(position, length), length)

    def write(self, position: int, data: bytes) -> None:
        ctypes.memmove(self._address(position, len(data)), data, len(data))

    def _sized(self, position: int, count: int) -> int:
        """Bytes of `count` eight-byte items, whose end must be a u32."""
        if position + 8 * count > _U32_MAX:
            raise overflow("the end of a range of linear memory")
        return 8 * count

    def read_vals(self, position: int, count: int) -> tuple[HostValue, ...]:
        data = self.read(position, self._sized(position, count))
        self._budget.charge(_VAL_CPU * count)
        return tuple([decode(word, self._objects) for word in struct.unpack(f"<{count}Q", data)])

    def write_vals(self, position: int, values: Iterable[HostValue]) -> None:
        words = [encode(value, self._objects) for value in values]
        self._budget.charge(_VAL_CPU * len(words))
        self._sized(position, len(words))
        self.write(position, struct.pack(f"<{len(words)}Q", *words))

    def read_slices(self, position: int, count: int) -> list[bytes]:
        """The byte strings of `count` slices, each a (pointer, length) pair in linear memory."""
        pairs = _SLICE.iter_unpack(self.read(position, 8 * count))
        return [self.read(pointer, length) for pointer, length in pairs]
