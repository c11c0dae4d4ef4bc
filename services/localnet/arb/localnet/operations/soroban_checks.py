"""What makes a contract operation malformed that only its transaction's footprint or the network's settings tell."""

from stellar_sdk import xdr

from arb.localnet.ledger.contract_entries import is_contract_key, is_temporary
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.transactions.soroban_data import SorobanData

_Invoke = xdr.InvokeHostFunctionResultCode
_Extend = xdr.ExtendFootprintTTLResultCode
_Restore = xdr.RestoreFootprintResultCode
_Type = xdr.OperationType


def invoke_result(code: xdr.InvokeHostFunctionResultCode, success: bytes | None = None) -> xdr.OperationResultTr:
    """The result of InvokeHostFunction; `success` is the hash of return value and events."""
    inner = xdr.InvokeHostFunctionResult(code, None if success is None else xdr.Hash(success))
    return xdr.OperationResultTr(_Type.INVOKE_HOST_FUNCTION, invoke_host_function_result=inner)


def extend_result(code: xdr.ExtendFootprintTTLResultCode) -> xdr.OperationResultTr:
    """The result of ExtendFootprintTTL."""
    inner = xdr.ExtendFootprintTTLResult(code)
    return xdr.OperationResultTr(_Type.EXTEND_FOOTPRINT_TTL, extend_footprint_ttl_result=inner)


def restore_result(code: xdr.RestoreFootprintResultCode) -> xdr.OperationResultTr:
    """The result of RestoreFootprint."""
    inner = xdr.RestoreFootprintResult(code)
    return xdr.OperationResultTr(_Type.RESTORE_FOOTPRINT, restore_footprint_result=inner)


def footprint_refusal(
    body: xdr.OperationBody, data: SorobanData, config: SorobanConfig
) -> xdr.OperationResultTr | None:
    """The operation's MALFORMED where its footprint does not fit what it does, or what it asks for is too much."""
    if body.type is _Type.EXTEND_FOOTPRINT_TTL:
        assert body.extend_footprint_ttl_op is not None
        too_long = body.extend_footprint_ttl_op.extend_to.uint32 > config.max_entry_ttl - 1
        if too_long or data.read_write or not all(is_contract_key(key) for key in data.read_only):
            return extend_result(_Extend.EXTEND_FOOTPRINT_TTL_MALFORMED)
    if body.type is _Type.RESTORE_FOOTPRINT:
        restorable = all(is_contract_key(key) and not is_temporary(key) for key in data.read_write)
        if data.read_only or not restorable:
            return restore_result(_Restore.RESTORE_FOOTPRINT_MALFORMED)
    if body.invoke_host_function_op is not None:
        wasm = body.invoke_host_function_op.host_function.wasm
        if wasm is not None and len(wasm) > config.max_contract_size:
            return invoke_result(_Invoke.INVOKE_HOST_FUNCTION_MALFORMED)
    return None
