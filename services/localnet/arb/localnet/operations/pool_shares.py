"""Deposits into and withdrawals from classic liquidity pools (CAP-38, core's LiquidityPool*OpFrame)."""

from stellar_sdk import xdr

from arb.localnet.ledger import balances
from arb.localnet.ledger.assets import PoolShare
from arb.localnet.ledger.entries import PoolEntry
from arb.localnet.ledger.txn import LedgerTxnError
from arb.localnet.operations.handler import Handler, OpContext
from arb.localnet.operations.own_funds import free_balance
from arb.markets.asset import Asset
from arb.markets.pool import Deposit, DepositRefusal, deposit, withdraw

_DepositCode = xdr.LiquidityPoolDepositResultCode
_WithdrawCode = xdr.LiquidityPoolWithdrawResultCode
_Type = xdr.OperationType

_REFUSED = {
    DepositRefusal.UNDERFUNDED: _DepositCode.LIQUIDITY_POOL_DEPOSIT_UNDERFUNDED,
    DepositRefusal.BAD_PRICE: _DepositCode.LIQUIDITY_POOL_DEPOSIT_BAD_PRICE,
    DepositRefusal.LINE_FULL: _DepositCode.LIQUIDITY_POOL_DEPOSIT_LINE_FULL,
    DepositRefusal.POOL_FULL: _DepositCode.LIQUIDITY_POOL_DEPOSIT_POOL_FULL,
}


def _deposit_result(code: xdr.LiquidityPoolDepositResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(
        _Type.LIQUIDITY_POOL_DEPOSIT, liquidity_pool_deposit_result=xdr.LiquidityPoolDepositResult(code)
    )


def _withdraw_result(code: xdr.LiquidityPoolWithdrawResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(
        _Type.LIQUIDITY_POOL_WITHDRAW, liquidity_pool_withdraw_result=xdr.LiquidityPoolWithdrawResult(code)
    )


def _check_deposit(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.liquidity_pool_deposit_op
    assert op is not None
    low_n, low_d, high_n, high_d = prices = (
        op.min_price.n.int32,
        op.min_price.d.int32,
        op.max_price.n.int32,
        op.max_price.d.int32,
    )
    amounts_ok = op.max_amount_a.int64 > 0 and op.max_amount_b.int64 > 0
    if not amounts_ok or min(prices) <= 0 or low_n * high_d > low_d * high_n:
        return _deposit_result(_DepositCode.LIQUIDITY_POOL_DEPOSIT_MALFORMED)
    return None


def _apply_deposit(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.liquidity_pool_deposit_op
    assert op is not None
    share = PoolShare(op.liquidity_pool_id.pool_id.hash.hex())
    line = ctx.ltx.load_trustline(ctx.source, share)
    if line is None:
        return _deposit_result(_DepositCode.LIQUIDITY_POOL_DEPOSIT_NO_TRUST)
    pool = _load_pool(ctx, share)
    if not _authorized(ctx, pool.a) or not _authorized(ctx, pool.b):
        return _deposit_result(_DepositCode.LIQUIDITY_POOL_DEPOSIT_NOT_AUTHORIZED)
    outcome = deposit(
        pool.reserve_a,
        pool.reserve_b,
        pool.total_shares,
        op.max_amount_a.int64,
        op.max_amount_b.int64,
        (op.min_price.n.int32, op.min_price.d.int32),
        (op.max_price.n.int32, op.max_price.d.int32),
        free_balance(ctx, pool.a),
        free_balance(ctx, pool.b),
        balances.room_in(line),
    )
    if not isinstance(outcome, Deposit):
        return _deposit_result(_REFUSED[outcome])
    paid = balances.add_balance(ctx.ltx, ctx.source, pool.a, -outcome.amount_a)
    paid = paid and balances.add_balance(ctx.ltx, ctx.source, pool.b, -outcome.amount_b)
    if not paid or not balances.add_to(ctx.header, line, outcome.shares):
        raise LedgerTxnError(f"{ctx.source} cannot pay the deposit {outcome} into pool {pool.pool_id} it was quoted")
    pool.reserve_a += outcome.amount_a
    pool.reserve_b += outcome.amount_b
    pool.total_shares += outcome.shares
    return _deposit_result(_DepositCode.LIQUIDITY_POOL_DEPOSIT_SUCCESS)


def _check_withdraw(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.liquidity_pool_withdraw_op
    assert op is not None
    if op.amount.int64 <= 0 or op.min_amount_a.int64 < 0 or op.min_amount_b.int64 < 0:
        return _withdraw_result(_WithdrawCode.LIQUIDITY_POOL_WITHDRAW_MALFORMED)
    return None


def _apply_withdraw(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.liquidity_pool_withdraw_op
    assert op is not None
    share, shares = PoolShare(op.liquidity_pool_id.pool_id.hash.hex()), op.amount.int64
    line = ctx.ltx.load_trustline(ctx.source, share)
    if line is None:
        return _withdraw_result(_WithdrawCode.LIQUIDITY_POOL_WITHDRAW_NO_TRUST)
    if balances.available_in(ctx.header, line) < shares:
        return _withdraw_result(_WithdrawCode.LIQUIDITY_POOL_WITHDRAW_UNDERFUNDED)
    pool = _load_pool(ctx, share)
    amount_a, amount_b = withdraw(pool.reserve_a, pool.reserve_b, pool.total_shares, shares)
    # One asset after the other: a line without room for the first hides that the second is under its minimum.
    for asset, amount, minimum in (
        (pool.a, amount_a, op.min_amount_a.int64),
        (pool.b, amount_b, op.min_amount_b.int64),
    ):
        if amount < minimum:
            return _withdraw_result(_WithdrawCode.LIQUIDITY_POOL_WITHDRAW_UNDER_MINIMUM)
        if not balances.add_balance(ctx.ltx, ctx.source, asset, amount):
            return _withdraw_result(_WithdrawCode.LIQUIDITY_POOL_WITHDRAW_LINE_FULL)
    if not balances.add_to(ctx.header, line, -shares):
        raise LedgerTxnError(f"{ctx.source} cannot hand in {shares} of its {line.balance} shares of {pool.pool_id}")
    pool.reserve_a -= amount_a
    pool.reserve_b -= amount_b
    pool.total_shares -= shares
    return _withdraw_result(_WithdrawCode.LIQUIDITY_POOL_WITHDRAW_SUCCESS)


def _load_pool(ctx: OpContext, share: PoolShare) -> PoolEntry:
    pool = ctx.ltx.load_pool(share.pool_id)
    if pool is None:
        raise LedgerTxnError(f"{ctx.source} has a trustline for shares of pool {share.pool_id}, which does not exist")
    return pool


def _authorized(ctx: OpContext, asset: Asset) -> bool:
    if asset.issuer is None or asset.issuer == ctx.source:
        return True
    line = ctx.ltx.trustline(ctx.source, asset)
    return line is not None and balances.is_authorized(line)


HANDLERS = {
    _Type.LIQUIDITY_POOL_DEPOSIT: Handler(_apply_deposit, _check_deposit),
    _Type.LIQUIDITY_POOL_WITHDRAW: Handler(_apply_withdraw, _check_withdraw),
}
