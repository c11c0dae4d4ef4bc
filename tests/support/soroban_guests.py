"""Small contracts in wasm text, and a host over plain dicts to run them in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from wasmtime import wat2wasm

from arb.localnet.soroban import values as v
from arb.localnet.soroban.budget import Budget
from arb.localnet.soroban.errors import ErrorType, HostError
from arb.localnet.soroban.functions.registry import FUNCTIONS
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.memory_storage import MemoryStorage
from arb.localnet.soroban.modules import Modules
from arb.localnet.soroban.ports import Instance, Invocation, LedgerInfo
from arb.localnet.soroban.vals import encode
from arb.localnet.soroban.values import HostValue

MODULES = Modules()
LEDGER = LedgerInfo(sequence=77, timestamp=1_700_000_000, protocol_version=27, network_id=bytes(range(32)))


class StackAuth:
    """Allows everyone, and remembers the stack and what was asked."""

    def __init__(self) -> None:
        self.stack: list[Invocation] = []
        self.asked: list[tuple[HostValue, tuple[HostValue, ...] | None, Invocation]] = []
        self.delegated: list[tuple[HostValue, ...]] = []
        self._saved: list[int] = []

    def push(self, invocation: Invocation) -> None:
        self.stack.append(invocation)

    def pop(self) -> None:
        self.stack.pop()

    def require_auth(self, host: Host, address: HostValue, args: tuple[HostValue, ...] | None) -> None:
        self.asked.append((address, args, self.stack[-1]))

    def authorize_as_current_contract(self, entries: tuple[HostValue, ...]) -> None:
        self.delegated.append(entries)

    def delegated_signers(self, host: Host) -> tuple[HostValue, ...]:
        return ()

    def delegate(self, host: Host, address: HostValue) -> None:
        self.asked.append((address, None, self.stack[-1]))

    def begin(self) -> None:
        self._saved.append(len(self.asked))

    def commit(self) -> None:
        self._saved.pop()

    def rollback(self) -> None:
        del self.asked[self._saved.pop() :]


def stamped(wasm: bytes | bytearray, protocol: int = 22, pre_release: int = 0) -> bytes:
    """The module with the interface version that a contract compiler writes."""
    name = b"contractenvmetav0"
    section = bytes([len(name)]) + name + bytes(4) + protocol.to_bytes(4, "big") + pre_release.to_bytes(4, "big")
    return bytes(wasm) + bytes([0, len(section)]) + section


def compiled(body: str, *imports: str, memory: str = '(memory (export "memory") 1)') -> bytes:
    """A contract: wasm text with its imports by `module.export`, callable as $module_export."""
    lines = []
    for name in imports:
        module, export = name.split(".")
        arity = len(FUNCTIONS[module, export].arguments)
        params = "(param " + "i64 " * arity + ")" if arity else ""
        lines.append(f'(import "{module}" "{export}" (func ${module}_{export} {params} (result i64)))')
    return stamped(wat2wasm(f"(module {' '.join(lines)} {memory} {body})"))


def word(value: HostValue) -> str:
    """The Val of a small value as a wasm constant."""
    return f"(i64.const {encode(value, [])})"


def text(position: int, content: str) -> str:
    """A data segment."""
    return f'(data (i32.const {position}) "{content}")'


class Bench:
    """A world of contracts over dicts. Every invocation is a host of its own, as on the network."""

    def __init__(self, budget: tuple[int, int] | None = None) -> None:
        self.storage = MemoryStorage()
        self.auth = StackAuth()
        self.budget = budget
        self.last: Host | None = None

    def host(self) -> Host:
        budget = Budget(*self.budget) if self.budget else None
        self.last = Host(ledger=LEDGER, storage=self.storage, auth=self.auth, modules=MODULES, budget=budget)
        return self.last

    def install(self, wasm: bytes, number: int = 1) -> bytes:
        """Upload and create without ceremony; the contract's id."""
        contract = bytes([number]) * 32
        self.storage.put_instance(contract, Instance(self.host().upload(wasm)))
        return contract

    def call(self, contract: bytes, function: str, *args: HostValue) -> HostValue:
        return self.host().invoke(contract, function, args)


def direct(import_name: str, args: Sequence[HostValue] = ()) -> HostValue:
    """The result of one host function on these values, through a guest that passes its arguments on."""
    return passing_on(Bench(), import_name)(*args)


class passing_on:  # noqa: N801 - reads as a verb where it is used
    """Call a host function of Vals through real wasm."""

    def __init__(self, bench: Bench, import_name: str) -> None:
        arity = len(FUNCTIONS[tuple(import_name.split("."))].arguments)  # type: ignore[index]
        params = "(param " + "i64 " * arity + ")" if arity else ""
        gets = " ".join(f"(local.get {index})" for index in range(arity))
        target = "$" + import_name.replace(".", "_")
        self._bench = bench
        self._contract = bench.install(
            compiled(f'(func (export "run") {params} (result i64) (call {target} {gets}))', import_name)
        )

    def __call__(self, *args: HostValue) -> HostValue:
        return self._bench.call(self._contract, "run", *args)


def contract_value(number: int) -> HostValue:
    return v.contract(bytes([number]) * 32)


def refused_with(error_type: ErrorType, code: int) -> pytest.RaisesExc[HostError]:
    """Expect the host to stop the contract with just this error."""
    return pytest.raises(HostError, check=lambda error: (error.type, error.code) == (error_type, code))
