"""Host functions of module l: contract data in its three durabilities, time to live, deploying and updating."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from stellar_sdk import xdr

from arb.localnet.soroban import lifecycle
from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import fixed_bytes
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.identity import asset_contract_id, contract_id
from arb.localnet.soroban.ports import Durability
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("l")

_INSTANCE = 2
_STORAGE_CPU = 5_000
"""Model instructions of one storage access, of the order the network charges."""


def _charge(host: Host, *values: HostValue) -> None:
    host.budget.charge(_STORAGE_CPU)
    host.touch(*values)


def _missing(where: str, key: HostValue) -> HostError:
    return HostError(ErrorType.STORAGE, ErrorCode.MISSING_VALUE, f"key {key!r:.100} is missing from {where} storage")


@TABLE.export("_", "Val", "Val", "Storage", gives="Void")
def put_contract_data(host: Host, key: HostValue, value: HostValue, storage: int) -> None:
    _charge(host, key, value)
    if storage == _INSTANCE:
        host.instance_storage()[key] = value
    else:
        host.storage.put(host.current_contract, key, value, Durability(storage))


@TABLE.export("0", "Val", "Storage", gives="Bool")
def has_contract_data(host: Host, key: HostValue, storage: int) -> bool:
    _charge(host, key)
    if storage == _INSTANCE:
        return key in host.instance_storage()
    return host.storage.has(host.current_contract, key, Durability(storage))


@TABLE.export("1", "Val", "Storage", gives="Val")
def get_contract_data(host: Host, key: HostValue, storage: int) -> HostValue:
    _charge(host, key)
    if storage == _INSTANCE:
        value = host.instance_storage().get(key)
    else:
        value = host.storage.get(host.current_contract, key, Durability(storage))
    if value is None:
        raise _missing(("temporary", "persistent", "instance")[storage], key)
    host.touch(value)
    return value


@TABLE.export("2", "Val", "Storage", gives="Void")
def del_contract_data(host: Host, key: HostValue, storage: int) -> None:
    _charge(host, key)
    if storage == _INSTANCE:
        host.instance_storage().pop(key, None)
    else:
        host.storage.delete(host.current_contract, key, Durability(storage))


def _check_extension(threshold: int, extend_to: int) -> None:
    if threshold > extend_to:
        raise HostError(
            ErrorType.STORAGE, ErrorCode.INVALID_INPUT, f"TTL threshold {threshold} is above extend_to {extend_to}"
        )


@TABLE.export("7", "Val", "Storage", "u32", "u32", gives="Void")
def extend_contract_data_ttl(host: Host, key: HostValue, storage: int, threshold: int, extend_to: int) -> None:
    _charge(host, key)
    if storage == _INSTANCE:
        raise HostError(
            ErrorType.STORAGE,
            ErrorCode.INVALID_ACTION,
            "instance storage lives with its instance: extend that (extend_current_contract_instance_and_code_ttl)",
        )
    _check_extension(threshold, extend_to)
    host.storage.extend(host.current_contract, key, Durability(storage), threshold, extend_to)


def _extend(
    host: Host, contract: bytes, threshold: int, extend_to: int, *, instance: bool = True, code: bool = True
) -> None:
    _charge(host)
    _check_extension(threshold, extend_to)
    executable = host.load_instance(contract).executable
    if instance:
        host.storage.extend_instance(contract, threshold, extend_to)
    if code and executable is not None:
        host.storage.extend_code(executable, threshold, extend_to)


@TABLE.export("8", "u32", "u32", gives="Void")
def extend_current_contract_instance_and_code_ttl(host: Host, threshold: int, extend_to: int) -> None:
    _extend(host, host.current_contract, threshold, extend_to)


@TABLE.export("9", "Address", "u32", "u32", gives="Void")
def extend_contract_instance_and_code_ttl(host: Host, contract: HostValue, threshold: int, extend_to: int) -> None:
    _extend(host, host.contract_of(contract), threshold, extend_to)


@TABLE.export("c", "Address", "u32", "u32", gives="Void")
def extend_contract_instance_ttl(host: Host, contract: HostValue, threshold: int, extend_to: int) -> None:
    _extend(host, host.contract_of(contract), threshold, extend_to, code=False)


@TABLE.export("d", "Address", "u32", "u32", gives="Void")
def extend_contract_code_ttl(host: Host, contract: HostValue, threshold: int, extend_to: int) -> None:
    _extend(host, host.contract_of(contract), threshold, extend_to, instance=False)


def _deploy(host: Host, deployer: HostValue, wasm_hash: bytes, salt: bytes, args: tuple[HostValue, ...]) -> HostValue:
    fixed_bytes(salt, 32, "salt")
    return lifecycle.deploy(host, deployer, salt, fixed_bytes(wasm_hash, 32, "wasm_hash"), args, with_constructor=True)


@TABLE.export("3", "Address", "Bytes", "Bytes", gives="Address")
def create_contract(host: Host, deployer: HostValue, wasm_hash: bytes, salt: bytes) -> HostValue:
    return _deploy(host, deployer, wasm_hash, salt, ())


@TABLE.export("e", "Address", "Bytes", "Bytes", "Vec", gives="Address")
def create_contract_with_constructor(
    host: Host, deployer: HostValue, wasm_hash: bytes, salt: bytes, args: tuple[HostValue, ...]
) -> HostValue:
    host.touch((v.VEC, args))
    return _deploy(host, deployer, wasm_hash, salt, args)


@TABLE.export("6", "Bytes", gives="Void")
def update_current_contract_wasm(host: Host, wasm_hash: bytes) -> None:
    _charge(host)
    lifecycle.update_executable(host, fixed_bytes(wasm_hash, 32, "wasm_hash"))


@TABLE.export("a", "Address", "Bytes", gives="Address")
def get_contract_id(host: Host, deployer: HostValue, salt: bytes) -> HostValue:
    return v.contract(contract_id(host.ledger.network_id, deployer, fixed_bytes(salt, 32, "salt")))


def _checked_asset(asset_xdr: bytes) -> bytes:
    try:
        canonical = xdr.Asset.from_xdr_bytes(asset_xdr).to_xdr_bytes()
    except (EOFError, ValueError, struct.error) as error:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"malformed asset XDR: {error}") from None
    if canonical != asset_xdr:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, "malformed asset XDR: bytes left over")
    return asset_xdr


@TABLE.export("4", "Bytes", gives="Address")
def create_asset_contract(host: Host, asset_xdr: bytes) -> HostValue:
    return lifecycle.create_asset_contract(host, _checked_asset(asset_xdr))


@TABLE.export("b", "Bytes", gives="Address")
def get_asset_contract_id(host: Host, asset_xdr: bytes) -> HostValue:
    return v.contract(asset_contract_id(host.ledger.network_id, _checked_asset(asset_xdr)))


@TABLE.export("5", "Bytes", gives="Bytes")
def upload_wasm(host: Host, wasm: bytes) -> bytes:
    return lifecycle.upload(host, wasm)
