"""Creation of an account with a starting balance (core's CreateAccountOpFrame)."""

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of
from arb.localnet.ledger.balances import add_to, available_in
from arb.localnet.ledger.entries import Account
from arb.localnet.operations.handler import Handler, OpContext

_Code = xdr.CreateAccountResultCode


def _result(code: xdr.CreateAccountResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(xdr.OperationType.CREATE_ACCOUNT, create_account_result=xdr.CreateAccountResult(code))


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.create_account_op
    assert op is not None
    if op.starting_balance.int64 < 0 or account_id_of(op.destination) == source:
        return _result(_Code.CREATE_ACCOUNT_MALFORMED)
    return None


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.create_account_op
    assert op is not None
    destination, amount = account_id_of(op.destination), op.starting_balance.int64
    if ctx.ltx.account(destination) is not None:
        return _result(_Code.CREATE_ACCOUNT_ALREADY_EXIST)
    if amount < 2 * ctx.header.base_reserve:
        return _result(_Code.CREATE_ACCOUNT_LOW_RESERVE)
    source = ctx.ltx.load_account(ctx.source)
    assert source is not None
    if available_in(ctx.header, source) < amount or not add_to(ctx.header, source, -amount):
        return _result(_Code.CREATE_ACCOUNT_UNDERFUNDED)
    ctx.ltx.create(Account(destination, amount, seq_num=ctx.header.ledger_seq << 32))
    return _result(_Code.CREATE_ACCOUNT_SUCCESS)


HANDLERS = {xdr.OperationType.CREATE_ACCOUNT: Handler(_apply, _check_valid)}
