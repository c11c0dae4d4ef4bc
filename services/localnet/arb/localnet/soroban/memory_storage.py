"""Contract storage over plain dicts: for trying code out, and for tests of contracts without a ledger."""

from __future__ import annotations

from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.ports import Durability, Instance
from arb.localnet.soroban.values import HostValue

__all__ = ["MemoryStorage"]

_DataKey = tuple[bytes, HostValue, Durability]


class MemoryStorage:
    """Implements Storage without footprint or archival. Extensions are kept as the largest asked for."""

    def __init__(self) -> None:
        self.data: dict[_DataKey, HostValue] = {}
        self.instances: dict[bytes, Instance] = {}
        self.codes: dict[bytes, bytes] = {}
        self.extended: dict[object, int] = {}
        self._saved: list[tuple[dict[_DataKey, HostValue], dict[bytes, Instance], dict[bytes, bytes]]] = []

    def get(self, contract: bytes, key: HostValue, durability: Durability) -> HostValue | None:
        return self.data.get((contract, key, durability))

    def has(self, contract: bytes, key: HostValue, durability: Durability) -> bool:
        return (contract, key, durability) in self.data

    def put(self, contract: bytes, key: HostValue, value: HostValue, durability: Durability) -> None:
        self.data[contract, key, durability] = value

    def delete(self, contract: bytes, key: HostValue, durability: Durability) -> None:
        self.data.pop((contract, key, durability), None)

    def _extend(self, key: object, present: bool, extend_to: int) -> None:
        if not present:
            raise HostError(ErrorType.STORAGE, ErrorCode.MISSING_VALUE, f"no entry to extend: {key!r:.100}")
        self.extended[key] = max(extend_to, self.extended.get(key, 0))

    def extend(self, contract: bytes, key: HostValue, durability: Durability, threshold: int, extend_to: int) -> None:
        entry = (contract, key, durability)
        self._extend(entry, entry in self.data, extend_to)

    def instance(self, contract: bytes) -> Instance | None:
        return self.instances.get(contract)

    def put_instance(self, contract: bytes, instance: Instance) -> None:
        self.instances[contract] = instance

    def extend_instance(self, contract: bytes, threshold: int, extend_to: int) -> None:
        self._extend(contract, contract in self.instances, extend_to)

    def code(self, wasm_hash: bytes) -> bytes | None:
        return self.codes.get(wasm_hash)

    def put_code(self, wasm_hash: bytes, wasm: bytes) -> None:
        self.codes.setdefault(wasm_hash, wasm)

    def extend_code(self, wasm_hash: bytes, threshold: int, extend_to: int) -> None:
        self._extend(wasm_hash, wasm_hash in self.codes, extend_to)

    def begin(self) -> None:
        self._saved.append((dict(self.data), dict(self.instances), dict(self.codes)))

    def commit(self) -> None:
        self._saved.pop()

    def rollback(self) -> None:
        self.data, self.instances, self.codes = self._saved.pop()
