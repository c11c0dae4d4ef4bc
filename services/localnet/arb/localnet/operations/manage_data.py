"""Data entries an account keeps under names of its own (core's ManageDataOpFrame)."""

from stellar_sdk import xdr

from arb.localnet.ledger import keys
from arb.localnet.ledger.balances import add_subentries
from arb.localnet.ledger.entries import DataEntry
from arb.localnet.operations.handler import Handler, OpContext, OperationError

_Code = xdr.ManageDataResultCode
_PRINTABLE = frozenset(range(0x20, 0x7F))


def _result(code: xdr.ManageDataResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(xdr.OperationType.MANAGE_DATA, manage_data_result=xdr.ManageDataResult(code))


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.manage_data_op
    assert op is not None
    name = op.data_name.string64
    return None if name and _PRINTABLE.issuperset(name) else _result(_Code.MANAGE_DATA_INVALID_NAME)


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.manage_data_op
    assert op is not None
    name = op.data_name.string64
    key = keys.data_key(ctx.source, name)
    data = ctx.ltx.load(key)
    if op.data_value is not None and isinstance(data, DataEntry):
        data.value = op.data_value.data_value
        return _result(_Code.MANAGE_DATA_SUCCESS)
    account = ctx.ltx.load_account(ctx.source)
    assert account is not None
    if op.data_value is None:
        if data is None:
            return _result(_Code.MANAGE_DATA_NAME_NOT_FOUND)
        add_subentries(ctx.header, account, -1)
        ctx.ltx.erase(key)
        return _result(_Code.MANAGE_DATA_SUCCESS)
    refused = add_subentries(ctx.header, account, 1)
    if refused == "LOW_RESERVE":
        return _result(_Code.MANAGE_DATA_LOW_RESERVE)
    if refused is not None:
        raise OperationError(xdr.OperationResultCode.opTOO_MANY_SUBENTRIES)
    ctx.ltx.create(DataEntry(ctx.source, name, op.data_value.data_value))
    return _result(_Code.MANAGE_DATA_SUCCESS)


HANDLERS = {xdr.OperationType.MANAGE_DATA: Handler(_apply, _check_valid)}
