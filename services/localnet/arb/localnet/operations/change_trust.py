"""Trustlines for credit assets and for pool shares, which bring their pool into being (core's ChangeTrustOpFrame)."""

from stellar_sdk import xdr

from arb.localnet.ledger.assets import BadAssetError, PoolShare, TrustAsset, asset_of, pool_id_of
from arb.localnet.ledger.balances import add_subentries, may_maintain_liabilities
from arb.localnet.ledger.entries import (
    AUTH_CLAWBACK_ENABLED,
    AUTH_REQUIRED,
    AUTHORIZED,
    TRUSTLINE_CLAWBACK_ENABLED,
    Account,
    PoolEntry,
    TrustLine,
)
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.operations.handler import Handler, OpContext, OperationError
from arb.localnet.operations.pool_membership import leave_pool, trustlines_used
from arb.markets.asset import Asset

_Code = xdr.ChangeTrustResultCode
_POOL_FEE_BPS = 30
_POOL_SHARE_SUBENTRIES = 2


def _result(code: xdr.ChangeTrustResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(xdr.OperationType.CHANGE_TRUST, change_trust_result=xdr.ChangeTrustResult(code))


def _pool_assets(line: xdr.ChangeTrustAsset) -> tuple[Asset, Asset] | None:
    """The assets of the pool whose shares are to be trusted, None for a credit asset. Raises BadAssetError."""
    if line.liquidity_pool is None:
        return None
    params = line.liquidity_pool.constant_product
    assert params is not None
    a, b = asset_of(params.asset_a), asset_of(params.asset_b)
    if params.fee.int32 != _POOL_FEE_BPS or not a.sort_key() < b.sort_key():
        raise BadAssetError(f"a pool has ascending assets and a fee of 30 bps, not {a}, {b} and {params.fee.int32}")
    return a, b


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.change_trust_op
    assert op is not None
    try:
        pool = _pool_assets(op.line)
        asset = None if pool is not None else asset_of(op.line)
    except BadAssetError:
        return _result(_Code.CHANGE_TRUST_MALFORMED)
    if op.limit.int64 < 0 or (asset is not None and (asset.is_native or asset.issuer == source)):
        return _result(_Code.CHANGE_TRUST_MALFORMED)
    return None


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.change_trust_op
    assert op is not None
    pool = _pool_assets(op.line)
    trusted: TrustAsset = asset_of(op.line) if pool is None else PoolShare(pool_id_of(*pool))
    line = ctx.ltx.load_trustline(ctx.source, trusted)
    limit = op.limit.int64
    if line is None:
        return _result(_open(ctx, trusted, pool, limit))
    if limit < line.balance + line.buying_liabilities:
        return _result(_Code.CHANGE_TRUST_INVALID_LIMIT)
    if limit == 0:
        return _result(_close(ctx, line, pool))
    if isinstance(trusted, Asset) and _issuer(ctx.ltx, trusted) is None:
        return _result(_Code.CHANGE_TRUST_NO_ISSUER)
    line.limit = limit
    return _result(_Code.CHANGE_TRUST_SUCCESS)


def _issuer(ltx: LedgerTxn, asset: Asset) -> Account | None:
    assert asset.issuer is not None
    return ltx.account(asset.issuer)


def _open(
    ctx: OpContext, trusted: TrustAsset, pool: tuple[Asset, Asset] | None, limit: int
) -> xdr.ChangeTrustResultCode:
    if limit == 0:
        return _Code.CHANGE_TRUST_INVALID_LIMIT
    flags = 0
    if isinstance(trusted, Asset):
        issuer = _issuer(ctx.ltx, trusted)
        if issuer is None:
            return _Code.CHANGE_TRUST_NO_ISSUER
        flags = 0 if issuer.flags & AUTH_REQUIRED else AUTHORIZED
        flags |= TRUSTLINE_CLAWBACK_ENABLED if issuer.flags & AUTH_CLAWBACK_ENABLED else 0
    if pool is not None:
        refused = _join_pool(ctx, *pool)
        if refused is not None:
            return refused
    account = ctx.ltx.load_account(ctx.source)
    assert account is not None
    reserve = add_subentries(ctx.header, account, 1 if pool is None else _POOL_SHARE_SUBENTRIES)
    if reserve == "LOW_RESERVE":
        return _Code.CHANGE_TRUST_LOW_RESERVE
    if reserve is not None:
        raise OperationError(xdr.OperationResultCode.opTOO_MANY_SUBENTRIES)
    ctx.ltx.create(TrustLine(ctx.source, trusted, 0, limit, flags))
    return _Code.CHANGE_TRUST_SUCCESS


def _close(ctx: OpContext, line: TrustLine, pool: tuple[Asset, Asset] | None) -> xdr.ChangeTrustResultCode:
    if line.pool_use_count:
        return _Code.CHANGE_TRUST_CANNOT_DELETE
    if pool is not None:
        leave_pool(ctx.ltx, line)
        return _Code.CHANGE_TRUST_SUCCESS
    account = ctx.ltx.load_account(ctx.source)
    assert account is not None
    add_subentries(ctx.header, account, -1)
    ctx.ltx.erase(line.key())
    return _Code.CHANGE_TRUST_SUCCESS


def _join_pool(ctx: OpContext, a: Asset, b: Asset) -> xdr.ChangeTrustResultCode | None:
    """Tie the account's trustlines of both assets to the pool, and count it in; the first one creates the pool."""
    for asset in trustlines_used(ctx.source, a, b):
        line = ctx.ltx.load_trustline(ctx.source, asset)
        if line is None:
            return _Code.CHANGE_TRUST_TRUST_LINE_MISSING
        if not may_maintain_liabilities(line):
            return _Code.CHANGE_TRUST_NOT_AUTH_MAINTAIN_LIABILITIES
        line.pool_use_count += 1
    entry = ctx.ltx.load_pool(pool_id_of(a, b))
    if entry is None:
        ctx.ltx.create(PoolEntry(pool_id_of(a, b), a, b, trustline_count=1))
    else:
        entry.trustline_count += 1
    return None


HANDLERS = {xdr.OperationType.CHANGE_TRUST: Handler(_apply, _check_valid)}
