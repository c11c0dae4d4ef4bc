"""Operations that upload, create and call contracts, as XDR without authorisation: simulation finds that out."""

from stellar_sdk import xdr

from arb.localnet.ledger.assets import xdr_asset
from arb.localnet.soroban.codec import to_scaddress, to_scval
from arb.localnet.soroban.values import HostValue, account, contract, u64
from arb.localnet.traffic.actors import Actor
from arb.localnet.traffic.operations import muxed
from arb.markets.asset import Asset

SALT = bytes(32)
"""An actor deploys one contract: its address follows from the actor alone."""
FOREVER = u64(2**64 - 1)
"""A deadline that no time of day reaches, so that the time of day changes nothing."""
_Kind = xdr.HostFunctionType


def _operation(source: Actor, function: xdr.HostFunction) -> xdr.Operation:
    op = xdr.InvokeHostFunctionOp(function, [])
    body = xdr.OperationBody(xdr.OperationType.INVOKE_HOST_FUNCTION, invoke_host_function_op=op)
    return xdr.Operation(muxed(source.account_id), body)


def upload(source: Actor, wasm: bytes) -> xdr.Operation:
    """Put code on the ledger."""
    return _operation(source, xdr.HostFunction(_Kind.HOST_FUNCTION_TYPE_UPLOAD_CONTRACT_WASM, wasm=wasm))


def create(source: Actor, wasm_hash: bytes, *arguments: HostValue) -> xdr.Operation:
    """Create the actor's contract of uploaded code; the arguments are its constructor's."""
    address = to_scaddress(account(source.account_id))
    origin = xdr.ContractIDPreimageFromAddress(address, xdr.Uint256(SALT))
    preimage = xdr.ContractIDPreimage(xdr.ContractIDPreimageType.CONTRACT_ID_PREIMAGE_FROM_ADDRESS, from_address=origin)
    executable = xdr.ContractExecutable(
        xdr.ContractExecutableType.CONTRACT_EXECUTABLE_WASM, wasm_hash=xdr.Hash(wasm_hash)
    )
    created = xdr.CreateContractArgsV2(preimage, executable, [to_scval(argument) for argument in arguments])
    return _operation(source, xdr.HostFunction(_Kind.HOST_FUNCTION_TYPE_CREATE_CONTRACT_V2, create_contract_v2=created))


def create_asset_contract(source: Actor, asset: Asset) -> xdr.Operation:
    """Create the contract of a classic asset."""
    preimage = xdr.ContractIDPreimage(
        xdr.ContractIDPreimageType.CONTRACT_ID_PREIMAGE_FROM_ASSET, from_asset=xdr_asset(asset)
    )
    executable = xdr.ContractExecutable(xdr.ContractExecutableType.CONTRACT_EXECUTABLE_STELLAR_ASSET)
    created = xdr.CreateContractArgs(preimage, executable)
    return _operation(source, xdr.HostFunction(_Kind.HOST_FUNCTION_TYPE_CREATE_CONTRACT, create_contract=created))


def invoke(source: Actor, contract_id: str, function: str, *arguments: HostValue) -> xdr.Operation:
    """Call a function of a contract (C...)."""
    call = xdr.InvokeContractArgs(
        to_scaddress(contract(contract_id)),
        xdr.SCSymbol(function.encode()),
        [to_scval(argument) for argument in arguments],
    )
    return _operation(source, xdr.HostFunction(_Kind.HOST_FUNCTION_TYPE_INVOKE_CONTRACT, invoke_contract=call))
