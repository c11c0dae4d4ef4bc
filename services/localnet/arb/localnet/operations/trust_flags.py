"""What an issuer allows its holders: allow trust and set trust line flags (core's TrustFlagsOpFrameBase)."""

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of
from arb.localnet.ledger.assets import BadAssetError, PoolShare, asset_of, asset_of_code
from arb.localnet.ledger.balances import add_subentries, is_authorized, may_maintain_liabilities, release_liabilities
from arb.localnet.ledger.entries import (
    AUTH_REVOCABLE,
    AUTHORIZED,
    AUTHORIZED_TO_MAINTAIN_LIABILITIES,
    TRUSTLINE_CLAWBACK_ENABLED,
    TrustLine,
)
from arb.localnet.operations.handler import Handler, OpContext, OperationError, low
from arb.localnet.operations.pool_membership import leave_pool
from arb.markets.asset import Asset

_Allow = xdr.AllowTrustResultCode
_Set = xdr.SetTrustLineFlagsResultCode
_AUTH = AUTHORIZED | AUTHORIZED_TO_MAINTAIN_LIABILITIES


def _allowed(code: xdr.AllowTrustResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(xdr.OperationType.ALLOW_TRUST, allow_trust_result=xdr.AllowTrustResult(code))


def _set(code: xdr.SetTrustLineFlagsResultCode) -> xdr.OperationResultTr:
    result = xdr.SetTrustLineFlagsResult(code)
    return xdr.OperationResultTr(xdr.OperationType.SET_TRUST_LINE_FLAGS, set_trust_line_flags_result=result)


def _check_allow(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.allow_trust_op
    assert op is not None
    try:
        asset_of_code(op.asset, source)
    except BadAssetError:
        return _allowed(_Allow.ALLOW_TRUST_MALFORMED)
    if op.authorize.uint32 > AUTHORIZED_TO_MAINTAIN_LIABILITIES or account_id_of(op.trustor) == source:
        return _allowed(_Allow.ALLOW_TRUST_MALFORMED)
    return None


def _apply_allow(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.allow_trust_op
    assert op is not None
    wanted, revocable = op.authorize.uint32, _may_revoke(ctx)
    if not revocable and wanted == 0:
        return _allowed(_Allow.ALLOW_TRUST_CANT_REVOKE)
    asset = asset_of_code(op.asset, ctx.source)
    line = ctx.ltx.load_trustline(account_id_of(op.trustor), asset)
    if line is None:
        return _allowed(_Allow.ALLOW_TRUST_NO_TRUST_LINE)
    if not revocable and is_authorized(line) and wanted & AUTHORIZED_TO_MAINTAIN_LIABILITIES:
        return _allowed(_Allow.ALLOW_TRUST_CANT_REVOKE)
    _set_flags(ctx, line, asset, line.flags & ~_AUTH | wanted)
    return _allowed(_Allow.ALLOW_TRUST_SUCCESS)


def _check_set(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.set_trust_line_flags_op
    assert op is not None
    try:
        asset = asset_of(op.asset)
    except BadAssetError:
        return _set(_Set.SET_TRUST_LINE_FLAGS_MALFORMED)
    to_set, to_clear = op.set_flags.uint32, op.clear_flags.uint32
    not_mine = asset.issuer != source or account_id_of(op.trustor) == source
    unknown = to_set & ~_AUTH or to_clear & ~(_AUTH | TRUSTLINE_CLAWBACK_ENABLED)
    if not_mine or to_set & to_clear or unknown or to_set == _AUTH:
        return _set(_Set.SET_TRUST_LINE_FLAGS_MALFORMED)
    return None


def _apply_set(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.set_trust_line_flags_op
    assert op is not None
    asset, to_set, to_clear = asset_of(op.asset), op.set_flags.uint32, op.clear_flags.uint32
    if not _may_revoke(ctx) and to_clear & _AUTH and not to_set & AUTHORIZED:
        return _set(_Set.SET_TRUST_LINE_FLAGS_CANT_REVOKE)
    line = ctx.ltx.load_trustline(account_id_of(op.trustor), asset)
    if line is None:
        return _set(_Set.SET_TRUST_LINE_FLAGS_NO_TRUST_LINE)
    flags = line.flags & ~to_clear | to_set
    if flags & _AUTH == _AUTH:
        return _set(_Set.SET_TRUST_LINE_FLAGS_INVALID_STATE)
    _set_flags(ctx, line, asset, flags)
    return _set(_Set.SET_TRUST_LINE_FLAGS_SUCCESS)


def _may_revoke(ctx: OpContext) -> bool:
    issuer = ctx.ltx.account(ctx.source)
    assert issuer is not None
    return bool(issuer.flags & AUTH_REVOCABLE)


def _set_flags(ctx: OpContext, line: TrustLine, asset: Asset, flags: int) -> None:
    """Set a trustline's flags; where it may not even keep its offers any more, they and its pool shares go first."""
    if may_maintain_liabilities(line) and not flags & _AUTH:
        _remove_offers(ctx, line.account_id, asset)
        _remove_pool_shares(ctx, line.account_id, asset)
    line.flags = flags


def _remove_offers(ctx: OpContext, account_id: str, asset: Asset) -> None:
    ltx = ctx.ltx
    for offer in ltx.offers_of(account_id):
        if asset in (offer.selling, offer.buying):
            release_liabilities(ltx, offer)
            account = ltx.load_account(account_id)
            assert account is not None
            add_subentries(ltx.header, account, -1)
            ltx.erase(offer.key())


def _remove_pool_shares(ctx: OpContext, account_id: str, asset: Asset) -> None:
    for line in ctx.ltx.trustlines_of(account_id):
        if not isinstance(line.asset, PoolShare):
            continue
        pool = ctx.ltx.pool(line.asset.pool_id)
        if pool is None or asset not in (pool.a, pool.b):
            continue
        if line.balance:
            # core turns the shares into claimable balances here, which this network does not model
            raise OperationError(xdr.OperationResultCode.opNOT_SUPPORTED)
        leave_pool(ctx.ltx, line)


HANDLERS = {
    xdr.OperationType.ALLOW_TRUST: Handler(_apply_allow, _check_allow, low),
    xdr.OperationType.SET_TRUST_LINE_FLAGS: Handler(_apply_set, _check_set, low),
}
