"""Closing an account into another one (core's MergeOpFrame)."""

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of_muxed
from arb.localnet.ledger.balances import add_to
from arb.localnet.ledger.entries import AUTH_IMMUTABLE, Account
from arb.localnet.operations.handler import Handler, OpContext, high

_Code = xdr.AccountMergeResultCode


def _result(code: xdr.AccountMergeResultCode, balance: int | None = None) -> xdr.OperationResultTr:
    merged = None if balance is None else xdr.Int64(balance)
    result = xdr.AccountMergeResult(code, source_account_balance=merged)
    return xdr.OperationResultTr(xdr.OperationType.ACCOUNT_MERGE, account_merge_result=result)


def _destination(body: xdr.OperationBody) -> str:
    assert body.destination is not None
    return account_id_of_muxed(body.destination)


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    return _result(_Code.ACCOUNT_MERGE_MALFORMED) if _destination(body) == source else None


def _refusal(ctx: OpContext, source: Account) -> xdr.AccountMergeResultCode | None:
    if source.flags & AUTH_IMMUTABLE:
        return _Code.ACCOUNT_MERGE_IMMUTABLE_SET
    if source.num_sub_entries != len(source.signers):
        return _Code.ACCOUNT_MERGE_HAS_SUB_ENTRIES
    if source.seq_num >= ctx.header.ledger_seq << 32:  # created anew it would start lower and could replay
        return _Code.ACCOUNT_MERGE_SEQNUM_TOO_FAR
    return _Code.ACCOUNT_MERGE_IS_SPONSOR if source.num_sponsoring else None


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    destination = ctx.ltx.load_account(_destination(body))
    if destination is None:
        return _result(_Code.ACCOUNT_MERGE_NO_ACCOUNT)
    source = ctx.ltx.load_account(ctx.source)
    assert source is not None
    refused = _refusal(ctx, source)
    if refused is not None:
        return _result(refused)
    if not add_to(ctx.header, destination, source.balance):
        return _result(_Code.ACCOUNT_MERGE_DEST_FULL)
    ctx.ltx.erase(source.key())
    return _result(_Code.ACCOUNT_MERGE_SUCCESS, source.balance)


HANDLERS = {xdr.OperationType.ACCOUNT_MERGE: Handler(_apply, _check_valid, high)}
