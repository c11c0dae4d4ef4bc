"""Code and contracts coming into being: upload, create with constructor, the asset contract, changing one's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.events import EventType
from arb.localnet.soroban.identity import asset_contract_id, contract_id
from arb.localnet.soroban.ports import CreateContract, Instance
from arb.localnet.soroban.values import VOID, HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

__all__ = ["create_asset_contract", "deploy", "update_executable", "upload"]

CONSTRUCTOR = "__constructor"
_CONSTRUCTOR_SINCE = 22
"""Protocol of the first contracts with constructors; older ones have none, whatever they export."""
_UPLOAD_CPU_A_BYTE = 40
_CREATE_CPU = 50_000


def upload(host: Host, wasm: bytes) -> bytes:
    """Check and store code; its hash. Raises HostError(WASM_VM, ...) for code the network would not take."""
    host.budget.charge(_UPLOAD_CPU_A_BYTE * len(wasm), len(wasm))
    code = host.modules.check(wasm, host.ledger.protocol_version)
    host.try_instance(code)
    host.storage.put_code(code.hash, wasm)
    return code.hash


def deploy(
    host: Host, deployer: HostValue, salt: bytes, wasm_hash: bytes, args: tuple[HostValue, ...], with_constructor: bool
) -> HostValue:
    """Create a contract, which `deployer` must allow, and run its constructor. Its address."""
    host.budget.charge(_CREATE_CPU)
    host.auth.push(CreateContract(deployer, salt, wasm_hash, args, with_constructor))
    try:
        host.auth.require_auth(host, deployer, ())
        contract = contract_id(host.ledger.network_id, deployer, salt)
        _create(host, contract, wasm_hash)
        _construct(host, contract, wasm_hash, args)
    finally:
        host.auth.pop()
    return v.contract(contract)


def create_asset_contract(host: Host, asset_xdr: bytes) -> HostValue:
    """Create the Stellar Asset Contract of an asset, which anyone may. Its address."""
    host.budget.charge(_CREATE_CPU)
    if host.asset_contract is None:
        raise HostError(ErrorType.CONTEXT, ErrorCode.INTERNAL_ERROR, "this host has no asset contract built in")
    contract = asset_contract_id(host.ledger.network_id, asset_xdr)
    _create(host, contract, None)
    builtin = host.asset_contract
    argument = v.bytes_(asset_xdr)

    def initialise() -> HostValue:
        builtin.initialise(host, contract, asset_xdr)
        return VOID

    host.run_builtin(contract, "init_asset", (argument,), initialise)
    return v.contract(contract)


def _create(host: Host, contract: bytes, wasm_hash: bytes | None) -> None:
    if host.storage.instance(contract) is not None:
        raise HostError(
            ErrorType.STORAGE, ErrorCode.EXISTING_VALUE, f"contract {v.strkey(v.contract(contract))} already exists"
        )
    if wasm_hash is not None:
        _check_code_exists(host, wasm_hash)
    host.storage.put_instance(contract, Instance(wasm_hash))


def _check_code_exists(host: Host, wasm_hash: bytes) -> None:
    if host.storage.code(wasm_hash) is None:
        raise HostError(ErrorType.STORAGE, ErrorCode.MISSING_VALUE, f"Wasm {wasm_hash.hex()} does not exist: upload it")


def _construct(host: Host, contract: bytes, wasm_hash: bytes, args: tuple[HostValue, ...]) -> None:
    if host.code_of(wasm_hash).protocol < _CONSTRUCTOR_SINCE:
        if args:
            raise HostError(
                ErrorType.CONTEXT,
                ErrorCode.INVALID_ACTION,
                f"constructor arguments for a contract built before protocol {_CONSTRUCTOR_SINCE}, which has none",
            )
        return
    try:
        result = host.call(contract, CONSTRUCTOR, args, reserved=True, absent_is_void=not args)
    except HostError as error:
        if not error.recoverable:
            raise
        # A constructor's own error must not reach the contract that deploys.
        raise HostError(
            ErrorType.CONTEXT, ErrorCode.INVALID_ACTION, f"constructor invocation has failed with error: {error}"
        ) from None
    if result != VOID:
        raise HostError(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE, "constructor returned non-void value")


def _executable(wasm_hash: bytes | None) -> HostValue:
    if wasm_hash is None:
        return v.vec((v.symbol("StellarAsset"),))
    return v.vec((v.symbol("Wasm"), v.bytes_(wasm_hash)))


def update_executable(host: Host, wasm_hash: bytes) -> None:
    """Give the current contract other code, from its next call on."""
    _check_code_exists(host, wasm_hash)
    contract = host.current_contract
    old = host.load_instance(contract)
    topics = (v.symbol("executable_update"), _executable(old.executable), _executable(wasm_hash))
    host.journal.publish(EventType.SYSTEM, contract, topics, v.vec(()))
    host.storage.put_instance(contract, Instance(wasm_hash, old.storage))
