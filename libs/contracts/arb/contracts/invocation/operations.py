"""The five operations that touch contracts, as values: what is asked of the network before its cost is known."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stellar_sdk import Address, StrKey, xdr

from arb.contracts.transactions import network_id

_NO_FEE: Final = xdr.Int64(0)
_FromAddress = xdr.ContractIDPreimageType.CONTRACT_ID_PREIMAGE_FROM_ADDRESS
_Wasm = xdr.ContractExecutableType.CONTRACT_EXECUTABLE_WASM


@dataclass(frozen=True, slots=True)
class InvokeContract:
    """Call `function` of `contract` (C...) with encoded arguments."""

    contract: str
    function: str
    arguments: tuple[xdr.SCVal, ...] = ()

    def invocation(self) -> xdr.InvokeContractArgs:
        """The call itself, as operations and authorisations carry it."""
        return xdr.InvokeContractArgs(
            Address(self.contract).to_xdr_sc_address(), xdr.SCSymbol(self.function.encode()), list(self.arguments)
        )

    def body(self) -> xdr.OperationBody:
        """The operation, without authorisation entries."""
        kind = xdr.HostFunctionType.HOST_FUNCTION_TYPE_INVOKE_CONTRACT
        return _host_function(xdr.HostFunction(kind, invoke_contract=self.invocation()))


@dataclass(frozen=True, slots=True)
class UploadWasm:
    """Store contract code; the network returns its SHA-256, which contracts are created from."""

    wasm: bytes

    def body(self) -> xdr.OperationBody:
        """The operation, without authorisation entries."""
        return _host_function(
            xdr.HostFunction(xdr.HostFunctionType.HOST_FUNCTION_TYPE_UPLOAD_CONTRACT_WASM, wasm=self.wasm)
        )


@dataclass(frozen=True, slots=True)
class CreateContract:
    """Make a contract of uploaded code and run its constructor. `deployer` (G... or C...) has to authorise it."""

    deployer: str
    wasm_hash: bytes
    salt: bytes
    arguments: tuple[xdr.SCVal, ...] = ()

    def body(self) -> xdr.OperationBody:
        """The operation, without authorisation entries."""
        executable = xdr.ContractExecutable(_Wasm, wasm_hash=xdr.Hash(self.wasm_hash))
        created = xdr.CreateContractArgsV2(_origin(self.deployer, self.salt), executable, list(self.arguments))
        return _host_function(
            xdr.HostFunction(xdr.HostFunctionType.HOST_FUNCTION_TYPE_CREATE_CONTRACT_V2, create_contract_v2=created)
        )


@dataclass(frozen=True, slots=True)
class ExtendTtl:
    """Let entries (LedgerKey) live at least `ledgers` more, counted from the ledger it is applied in."""

    keys: tuple[xdr.LedgerKey, ...]
    ledgers: int

    def body(self) -> xdr.OperationBody:
        extend = xdr.ExtendFootprintTTLOp(xdr.ExtensionPoint(0), xdr.Uint32(self.ledgers))
        return xdr.OperationBody(xdr.OperationType.EXTEND_FOOTPRINT_TTL, extend_footprint_ttl_op=extend)


@dataclass(frozen=True, slots=True)
class RestoreFootprint:
    """Bring archived entries (LedgerKey) back to life."""

    keys: tuple[xdr.LedgerKey, ...]

    def body(self) -> xdr.OperationBody:
        restore = xdr.RestoreFootprintOp(xdr.ExtensionPoint(0))
        return xdr.OperationBody(xdr.OperationType.RESTORE_FOOTPRINT, restore_footprint_op=restore)


ContractOperation = InvokeContract | UploadWasm | CreateContract | ExtendTtl | RestoreFootprint


def declared_before_simulation(operation: ContractOperation) -> xdr.SorobanTransactionData | None:
    """What the operation itself says about its footprint: simulation finds a call's, but has to be told these."""
    if isinstance(operation, ExtendTtl):
        return _data(operation.keys, ())
    if isinstance(operation, RestoreFootprint):
        return _data((), operation.keys)
    return None


def created_contract_id(deployer: str, salt: bytes, passphrase: str) -> str:
    """The id (C...) of what CreateContract makes: it follows from network, deployer and salt alone (CAP-46)."""
    preimage = xdr.HashIDPreimage(
        xdr.EnvelopeType.ENVELOPE_TYPE_CONTRACT_ID,
        contract_id=xdr.HashIDPreimageContractID(xdr.Hash(network_id(passphrase)), _origin(deployer, salt)),
    )
    return StrKey.encode_contract(hashlib.sha256(preimage.to_xdr_bytes()).digest())


def _origin(deployer: str, salt: bytes) -> xdr.ContractIDPreimage:
    origin = xdr.ContractIDPreimageFromAddress(Address(deployer).to_xdr_sc_address(), xdr.Uint256(salt))
    return xdr.ContractIDPreimage(_FromAddress, from_address=origin)


def _host_function(function: xdr.HostFunction) -> xdr.OperationBody:
    invoke = xdr.InvokeHostFunctionOp(function, [])
    return xdr.OperationBody(xdr.OperationType.INVOKE_HOST_FUNCTION, invoke_host_function_op=invoke)


def _data(read_only: Sequence[xdr.LedgerKey], read_write: Sequence[xdr.LedgerKey]) -> xdr.SorobanTransactionData:
    nothing = xdr.Uint32(0)
    footprint = xdr.LedgerFootprint(list(read_only), list(read_write))
    resources = xdr.SorobanResources(footprint, nothing, nothing, nothing)
    return xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), resources, _NO_FEE)
