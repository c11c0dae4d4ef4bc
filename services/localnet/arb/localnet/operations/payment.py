"""Payments of one asset (core's PaymentOpFrame: strict receive without a path, destination credited first)."""

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of_muxed
from arb.localnet.ledger.assets import BadAssetError, asset_of
from arb.localnet.operations.handler import Handler, OpContext
from arb.localnet.operations.transfer import Refusal, credit, debit

_Code = xdr.PaymentResultCode

_AT_DESTINATION = {
    Refusal.NO_ACCOUNT: _Code.PAYMENT_NO_DESTINATION,
    Refusal.NO_TRUST: _Code.PAYMENT_NO_TRUST,
    Refusal.NOT_AUTHORIZED: _Code.PAYMENT_NOT_AUTHORIZED,
    Refusal.LINE_FULL: _Code.PAYMENT_LINE_FULL,
}
_AT_SOURCE = {
    Refusal.NO_TRUST: _Code.PAYMENT_SRC_NO_TRUST,
    Refusal.NOT_AUTHORIZED: _Code.PAYMENT_SRC_NOT_AUTHORIZED,
    Refusal.UNDERFUNDED: _Code.PAYMENT_UNDERFUNDED,
}


def _result(code: xdr.PaymentResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(xdr.OperationType.PAYMENT, payment_result=xdr.PaymentResult(code))


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.payment_op
    assert op is not None
    try:
        asset_of(op.asset)
    except BadAssetError:
        return _result(_Code.PAYMENT_MALFORMED)
    return _result(_Code.PAYMENT_MALFORMED) if op.amount.int64 <= 0 else None


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.payment_op
    assert op is not None
    destination, asset, amount = account_id_of_muxed(op.destination), asset_of(op.asset), op.amount.int64
    if asset.is_native and destination == ctx.source:
        return _result(_Code.PAYMENT_SUCCESS)
    if destination != asset.issuer and ctx.ltx.account(destination) is None:
        return _result(_Code.PAYMENT_NO_DESTINATION)
    refusal = credit(ctx.ltx, destination, asset, amount)
    if refusal is not None:
        return _result(_AT_DESTINATION[refusal])
    refusal = debit(ctx.ltx, ctx.source, asset, amount)
    return _result(_Code.PAYMENT_SUCCESS if refusal is None else _AT_SOURCE[refusal])


HANDLERS = {xdr.OperationType.PAYMENT: Handler(_apply, _check_valid)}
