"""What the host needs from outside: ledger facts, storage, authorisation and the built-in asset contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

__all__ = [
    "Auth",
    "BuiltinContract",
    "ContractCall",
    "CreateContract",
    "Durability",
    "Instance",
    "Invocation",
    "LedgerInfo",
    "Storage",
]


class Durability(IntEnum):
    """ContractDataDurability of the ledger."""

    TEMPORARY = 0
    PERSISTENT = 1


@dataclass(frozen=True)
class Instance:
    """A contract instance: its wasm's hash (None: the Stellar Asset Contract) and its instance storage."""

    executable: bytes | None
    storage: Mapping[HostValue, HostValue] = field(default_factory=dict)


@dataclass(frozen=True)
class LedgerInfo:
    """The ledger a contract runs in. Timestamp in seconds; TTLs in ledgers; base reserve in stroops."""

    sequence: int
    timestamp: int
    protocol_version: int
    network_id: bytes
    base_reserve: int = 5_000_000
    min_temporary_ttl: int = 16
    min_persistent_ttl: int = 4_096
    max_ttl: int = 6_312_000


@dataclass(frozen=True)
class ContractCall:
    """A frame that runs a contract's function."""

    contract: bytes
    function: str
    args: tuple[HostValue, ...]


@dataclass(frozen=True)
class CreateContract:
    """A frame that creates a contract. `with_constructor`: in the V2 form, which carries the arguments."""

    deployer: HostValue
    salt: bytes
    wasm_hash: bytes
    constructor_args: tuple[HostValue, ...]
    with_constructor: bool


Invocation = ContractCall | CreateContract


class Storage(Protocol):
    """Ledger entries of contracts, behind the footprint. Contracts and hashes are 32 bytes.

    Raises HostError(STORAGE, EXCEEDED_LIMIT) outside the footprint. begin/commit/rollback nest, one pair a frame.
    """

    def get(self, contract: bytes, key: HostValue, durability: Durability) -> HostValue | None: ...
    def has(self, contract: bytes, key: HostValue, durability: Durability) -> bool: ...
    def put(self, contract: bytes, key: HostValue, value: HostValue, durability: Durability) -> None: ...
    def delete(self, contract: bytes, key: HostValue, durability: Durability) -> None: ...
    def extend(
        self, contract: bytes, key: HostValue, durability: Durability, threshold: int, extend_to: int
    ) -> None: ...
    def instance(self, contract: bytes) -> Instance | None: ...
    def put_instance(self, contract: bytes, instance: Instance) -> None: ...
    def extend_instance(self, contract: bytes, threshold: int, extend_to: int) -> None: ...
    def code(self, wasm_hash: bytes) -> bytes | None: ...
    def put_code(self, wasm_hash: bytes, wasm: bytes) -> None: ...
    def extend_code(self, wasm_hash: bytes, threshold: int, extend_to: int) -> None: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class Auth(Protocol):
    """Who allowed what. The host pushes every frame: the last one is the current call, the one before its invoker."""

    def push(self, invocation: Invocation) -> None: ...
    def pop(self) -> None: ...
    def require_auth(self, host: Host, address: HostValue, args: tuple[HostValue, ...] | None) -> None:
        """Raise HostError(AUTH, INVALID_ACTION) unless `address` allowed the last frame (args None: its own)."""

    def authorize_as_current_contract(self, entries: tuple[HostValue, ...]) -> None: ...
    def delegated_signers(self, host: Host) -> tuple[HostValue, ...]: ...
    def delegate(self, host: Host, address: HostValue) -> None: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class BuiltinContract(Protocol):
    """A contract that is part of the host: the Stellar Asset Contract. Runs inside a frame of its own."""

    def initialise(self, host: Host, contract: bytes, asset_xdr: bytes) -> None: ...
    def call(self, host: Host, contract: bytes, function: str, args: tuple[HostValue, ...]) -> HostValue: ...
