"""Raising an account's sequence number (core's BumpSequenceOpFrame)."""

from stellar_sdk import xdr

from arb.localnet.operations.handler import Handler, OpContext, low

_Code = xdr.BumpSequenceResultCode


def _result(code: xdr.BumpSequenceResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(xdr.OperationType.BUMP_SEQUENCE, bump_seq_result=xdr.BumpSequenceResult(code))


def _bump_to(body: xdr.OperationBody) -> int:
    assert body.bump_sequence_op is not None
    return body.bump_sequence_op.bump_to.sequence_number.int64


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    return _result(_Code.BUMP_SEQUENCE_BAD_SEQ) if _bump_to(body) < 0 else None


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    account = ctx.ltx.load_account(ctx.source)
    assert account is not None
    account.seq_num = max(account.seq_num, _bump_to(body))
    account.seq_ledger, account.seq_time = ctx.header.ledger_seq, ctx.header.close_time  # even when nothing is raised
    return _result(_Code.BUMP_SEQUENCE_SUCCESS)


HANDLERS = {xdr.OperationType.BUMP_SEQUENCE: Handler(_apply, _check_valid, low)}
