"""The engine's C interface for what must be fast: host functions and calls by raw 64-bit values.

wasmtime's Python classes convert every argument through tagged unions (about 25 us a host call); host functions here
take and return plain u64, so the raw entry points of the same library fit, at about a tenth of that. They are called
with the interpreter lock held: a contract runs for milliseconds at most, its budget sees to that.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from wasmtime import FuncType, Instance, Linker, Memory, Store, ValType, WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime._extern import wrap_extern

__all__ = ["HostCallback", "LinearMemory", "call_raw", "define_raw", "export_of"]

HostCallback = Callable[..., int]
"""Takes the u64 arguments, gives the u64 result; whatever it raises traps the guest and is raised again by call_raw."""

_library = ctypes.PyDLL(ffi.dll._name)
_WORDS = ctypes.POINTER(ctypes.c_uint64)
# A raw wasm value is a 16-byte union: its 64-bit arm is every second word.
_STRIDE = 2
_CALLBACK = ctypes.PYFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, _WORDS, ctypes.c_size_t)

_define = _library["wasmtime_linker_define_func_unchecked"]
_define.restype = ctypes.c_void_p
_define.argtypes = [
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.c_void_p,
    _CALLBACK,
    ctypes.c_void_p,
    ctypes.c_void_p,
]
_call = _library["wasmtime_func_call_unchecked"]
_call.restype = ctypes.c_void_p
_call.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
_export_get = _library["wasmtime_instance_export_get"]
_export_get.restype = ctypes.c_bool
_export_get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
_memory_size = _library["wasmtime_memory_data_size"]
_memory_size.restype = ctypes.c_size_t
_memory_size.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_memory_address = _library["wasmtime_memory_data"]
_memory_address.restype = ctypes.c_size_t
_memory_address.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_trap_new = _library["wasmtime_trap_new"]
_trap_new.restype = ctypes.c_size_t
_trap_new.argtypes = [ctypes.c_char_p, ctypes.c_size_t]

_TRAP_TEXT = b"host function failed"
_kept: list[object] = []
"""Callbacks belong to the engine for as long as the process lives: they are defined once."""
_raised: list[BaseException] = []


class LinearMemory:
    """A guest's memory, for as long as its store is open. Both answers change when the guest grows it."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._memory = memory
        self._handle = ctypes.addressof(memory._memory)
        self._context = ctypes.cast(store._context(), ctypes.c_void_p)

    def size(self) -> int:
        """In bytes."""
        return int(_memory_size(self._context, self._handle))

    def address(self) -> int:
        """Where it begins in this process."""
        return int(_memory_address(self._context, self._handle))


def define_raw(linker: Linker, module: str, name: str, arity: int, function: HostCallback) -> None:
    """Define an import of `arity` u64 arguments and one u64 result."""

    # Up to the last argument's word, not past it: an empty range with a step holds one item in ctypes.
    end = max(0, (arity - 1) * _STRIDE + 1)

    def enter(_env: int, _caller: int, words: ctypes.Array[ctypes.c_uint64], _count: int) -> int:
        try:
            words[0] = function(*words[0:end:_STRIDE]) if end else function()
        except BaseException as error:  # noqa: BLE001 - crosses the engine as a trap and is raised again by call_raw
            _raised.append(error)
            return int(_trap_new(_TRAP_TEXT, len(_TRAP_TEXT)))
        return 0

    callback = _CALLBACK(enter)
    kind = FuncType([ValType.i64()] * arity, [ValType.i64()])
    error = _define(
        linker.ptr(), module.encode(), len(module), name.encode(), len(name), kind.ptr(), callback, None, None
    )
    if error:
        raise WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t)))
    _kept.append(callback)


def export_of(store: Store, instance: Instance, name: str) -> object | None:
    """One export by its name; None if there is none. `Instance.exports` would wrap them all, for every call anew."""
    item, encoded = ffi.wasmtime_extern_t(), name.encode()
    place = ctypes.byref(instance._instance)
    found = _export_get(store._context(), place, encoded, len(encoded), ctypes.byref(item))
    return wrap_extern(item) if found else None


def call_raw(store: Store, function: ffi.wasmtime_func_t, args: list[int]) -> int:
    """Call a guest function of u64 arguments and one u64 result.

    Raises what a host function raised below, else wasmtime.Trap or WasmtimeError.
    """
    words = (ctypes.c_uint64 * (_STRIDE * max(1, len(args))))()
    for index, arg in enumerate(args):
        words[index * _STRIDE] = arg
    trap = ctypes.POINTER(ffi.wasm_trap_t)()
    error = _call(store._context(), ctypes.byref(function), words, max(1, len(args)), ctypes.byref(trap))
    if error or trap:
        failure = _failure(error, trap)
        if _raised:
            raised = _raised.pop()
            _raised.clear()
            raise raised
        raise failure
    return int(words[0])


def _failure(error: int | None, trap: ctypes._Pointer[ffi.wasm_trap_t]) -> Exception:
    from wasmtime import Trap

    if error:
        # Owned by the exception from here on.
        return WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t)))
    return Trap._from_ptr(trap)
