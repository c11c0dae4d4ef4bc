"""Compiled contract code: what upload checks, compiled once per wasm hash and linked to the host functions once."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasmtime import Config, Engine, FuncType, InstancePre, Linker, MemoryType, Module, ValType, WasmtimeError

from arb.localnet.soroban.bridge import define_raw
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.registry import FUNCTIONS
from arb.localnet.soroban.identity import wasm_hash
from arb.localnet.soroban.wasm_binary import START_SECTION, check_interface_version, malformed, sections
from arb.localnet.soroban.wasm_features import check_features

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

__all__ = ["Compiled", "Modules"]

_MAX_ARGS = 32
_KEPT = 500
"""Compiled modules in memory; the oldest go first, to be compiled again should they be called."""
_GUEST_STACK = 2 << 20
"""Bytes of native stack for a whole chain of contract calls, the interpreter's part between them included. The main
thread has 8 MiB; a guest that recurses past this traps."""
_RECURSION = 10_000
"""Python frames: a hundred nested contract calls take several each, on top of the caller's own."""


@dataclass(frozen=True)
class Compiled:
    """A contract's code, ready to instantiate. `functions` maps an export to its count of i64 parameters, or to None
    when its type is not one that contract functions have; `others` are exports that are no functions."""

    hash: bytes
    protocol: int
    linked: InstancePre
    functions: dict[str, int | None]
    others: frozenset[str]
    has_memory: bool


class Modules:
    """One engine, one linker, and the code compiled so far. Share it among all hosts of a node.

    `lock` is held while a host runs: the host functions serve the one host that runs now.
    """

    def __init__(self) -> None:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION))
        self.lock = threading.RLock()
        self.running: Host | None = None
        self.engine = Engine(_config())
        self._compiled: dict[tuple[bytes, int], Compiled] = {}
        self._linker = Linker(self.engine)
        for function in FUNCTIONS.values():
            arity = len(function.arguments)
            define_raw(self._linker, function.module, function.export, arity, function.raw(self._current))

    def _current(self) -> Host:
        if self.running is None:
            raise HostError(ErrorType.CONTEXT, ErrorCode.INTERNAL_ERROR, "no host is running")
        return self.running

    def check(self, wasm: bytes, protocol: int) -> Compiled:
        """All that upload checks. Raises HostError(WASM_VM, ...), naming the import or the flaw."""
        return self.compiled(wasm_hash(wasm), wasm, protocol)

    def compiled(self, code_hash: bytes, wasm: bytes, protocol: int) -> Compiled:
        """The compiled form of code known by its hash, compiling it the first time."""
        key = (code_hash, protocol)
        known = self._compiled.get(key)
        if known is None:
            known = self._compile(code_hash, wasm, protocol)
            if len(self._compiled) >= _KEPT:
                del self._compiled[next(iter(self._compiled))]
            self._compiled[key] = known
        return known

    def _compile(self, code_hash: bytes, wasm: bytes, protocol: int) -> Compiled:
        if any(kind == START_SECTION for kind, _ in sections(wasm)):
            raise malformed("it has a start function")
        try:
            module = Module(self.engine, wasm)
        except WasmtimeError as error:
            raise malformed(str(error).replace("\n", " ")[:300]) from None
        check_features(wasm)
        functions, others = _exports(module)
        built_for = check_interface_version(wasm, protocol)
        _check_imports(module)
        try:
            linked = self._linker.instantiate_pre(module)
        except WasmtimeError as error:
            raise malformed(str(error).replace("\n", " ")[:300]) from None
        has_memory = any(e.name == "memory" and isinstance(e.type, MemoryType) for e in module.exports)
        return Compiled(code_hash, built_for, linked, functions, others, has_memory)


def _config() -> Config:
    """The wasm that the network accepts (get_wasmi_config): core, mutable globals, sign extension, bulk memory.

    What has no switch here is refused by check_features.
    """
    config = Config()
    config.consume_fuel = True
    config.max_wasm_stack = _GUEST_STACK
    config.wasm_multi_value = False
    config.wasm_relaxed_simd = False
    config.wasm_simd = False
    config.wasm_threads = False
    config.wasm_tail_call = False
    config.wasm_multi_memory = False
    config.wasm_memory64 = False
    config.wasm_wide_arithmetic = False
    config.wasm_custom_page_sizes = False
    # A contract's memory is some pages that live for one call. The engine's own way, gigabytes of address space for it
    # with the code's image mapped in, takes longer to make and free than checked bounds and a copy: a sixth of a call.
    config.memory_reservation = 2 << 20
    config.memory_reservation_for_growth = 1 << 20
    config.memory_guard_size = 64 << 10
    config.memory_init_cow = False
    return config


def _exports(module: Module) -> tuple[dict[str, int | None], frozenset[str]]:
    functions: dict[str, int | None] = {}
    others = set()
    for export in module.exports:
        kind = export.type
        if not isinstance(kind, FuncType):
            others.add(export.name)
            continue
        if len(kind.params) > _MAX_ARGS:
            raise HostError(
                ErrorType.WASM_VM,
                ErrorCode.INVALID_INPUT,
                f"export {export.name} takes {len(kind.params)} arguments; {_MAX_ARGS} are allowed",
            )
        fits = kind.results == [ValType.i64()] and all(p == ValType.i64() for p in kind.params)
        functions[export.name] = len(kind.params) if fits else None
    return functions, frozenset(others)


def _check_imports(module: Module) -> None:
    for entry in module.imports:
        name = f"{entry.module}.{entry.name}"
        known = FUNCTIONS.get((entry.module, entry.name or ""))
        if known is None:
            raise HostError(
                ErrorType.WASM_VM, ErrorCode.INVALID_ACTION, f"import {name} is not a host function of this network"
            )
        kind = entry.type
        if not isinstance(kind, FuncType) or (kind.params, kind.results) != (
            [ValType.i64()] * len(known.arguments),
            [ValType.i64()],
        ):
            raise HostError(
                ErrorType.WASM_VM,
                ErrorCode.INVALID_ACTION,
                f"import {name} ({known.name}) is declared with another type than the host's",
            )
