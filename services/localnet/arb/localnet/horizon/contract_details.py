"""What contract operations show in Horizon: the kind of host function, the parameters of a call, a life time."""

import base64
from typing import Any

from stellar_sdk import xdr

from arb.localnet.horizon.hal import Json
from arb.localnet.ledger.account_ids import account_id_of
from arb.localnet.soroban.codec import from_scaddress
from arb.localnet.soroban.values import strkey

_FUNCTIONS = {
    xdr.HostFunctionType.HOST_FUNCTION_TYPE_INVOKE_CONTRACT: "HostFunctionTypeHostFunctionTypeInvokeContract",
    xdr.HostFunctionType.HOST_FUNCTION_TYPE_CREATE_CONTRACT: "HostFunctionTypeHostFunctionTypeCreateContract",
    xdr.HostFunctionType.HOST_FUNCTION_TYPE_UPLOAD_CONTRACT_WASM: "HostFunctionTypeHostFunctionTypeUploadContractWasm",
    xdr.HostFunctionType.HOST_FUNCTION_TYPE_CREATE_CONTRACT_V2: "HostFunctionTypeHostFunctionTypeCreateContractV2",
}
_SHORT_NAMES = {"SCV_SYMBOL": "Sym", "SCV_STRING": "Str"}


def invoke_host_function(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    """The fields of InvokeHostFunction; a call's parameters are its contract, function and arguments."""
    assert body.invoke_host_function_op is not None
    function = body.invoke_host_function_op.host_function
    shown: Json = {"function": _FUNCTIONS[function.type]}
    call = function.invoke_contract
    if call is not None:
        contract = xdr.SCVal(xdr.SCValType.SCV_ADDRESS, address=call.contract_address)
        name = xdr.SCVal(xdr.SCValType.SCV_SYMBOL, sym=call.function_name)
        shown["parameters"] = [_parameter(value) for value in (contract, name, *call.args)]
    created = function.create_contract or function.create_contract_v2
    if created is not None and created.contract_id_preimage.from_address is not None:
        origin = created.contract_id_preimage.from_address
        shown["from"] = "address"
        shown["address"] = strkey(from_scaddress(origin.address))
        shown["salt"] = str(int.from_bytes(origin.salt.uint256, "big"))
    elif created is not None and created.contract_id_preimage.from_asset is not None:
        asset = created.contract_id_preimage.from_asset
        shown["from"] = "asset"
        credit = asset.alpha_num4 or asset.alpha_num12
        shown["asset"] = "native" if credit is None else _credit(credit)
    return shown


def extend_footprint_ttl(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    """The fields of ExtendFootprintTTL."""
    assert body.extend_footprint_ttl_op is not None
    return {"extend_to": body.extend_footprint_ttl_op.extend_to.uint32}


def _parameter(value: xdr.SCVal) -> Json:
    name = value.type.name
    short = _SHORT_NAMES.get(name) or name.removeprefix("SCV_").capitalize()
    return {"value": base64.b64encode(value.to_xdr_bytes()).decode(), "type": short}


def _credit(credit: xdr.AlphaNum4 | xdr.AlphaNum12) -> str:
    code = credit.asset_code.asset_code4 if isinstance(credit, xdr.AlphaNum4) else credit.asset_code.asset_code12
    return f"{code.rstrip(bytes(1)).decode()}:{account_id_of(credit.issuer)}"
