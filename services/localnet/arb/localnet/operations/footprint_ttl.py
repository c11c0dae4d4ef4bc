"""Life times of contract entries: prolonging those alive, restoring archived ones (CAP-46-12)."""

from stellar_sdk import xdr

from arb.localnet.ledger import keys
from arb.localnet.ledger.contract_entries import Ttl
from arb.localnet.operations.handler import Handler, OpContext, low
from arb.localnet.operations.soroban_checks import extend_result, footprint_refusal, restore_result
from arb.localnet.soroban.archive import archived_entry, live_until, restore
from arb.localnet.soroban.usage import bytes_restored, rent_owed, sizes_and_lives

_Extend = xdr.ExtendFootprintTTLResultCode
_Restore = xdr.RestoreFootprintResultCode


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    return None


def _extend(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op, call = body.extend_footprint_ttl_op, ctx.soroban
    assert op is not None
    assert call is not None
    refused = footprint_refusal(body, call.data, call.config)
    if refused is not None:
        return refused
    before = sizes_and_lives(ctx.ltx, call.data.read_only)
    wanted = ctx.header.ledger_seq + op.extend_to.uint32
    for key in call.data.read_only:
        until = live_until(ctx.ltx, key)
        if until is not None and ctx.header.ledger_seq <= until < wanted:
            ttl = ctx.ltx.load(keys.ttl_key(key))
            assert isinstance(ttl, Ttl)
            ttl.live_until = wanted
    call.rent_fee = call.refundable_fee = rent_owed(ctx.ltx, call.config, before)
    if call.refundable_fee > call.refundable:
        return extend_result(_Extend.EXTEND_FOOTPRINT_TTL_INSUFFICIENT_REFUNDABLE_FEE)
    return extend_result(_Extend.EXTEND_FOOTPRINT_TTL_SUCCESS)


def _restore(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    call = ctx.soroban
    assert call is not None
    refused = footprint_refusal(body, call.data, call.config)
    if refused is not None:
        return refused
    before = sizes_and_lives(ctx.ltx, call.data.read_write)
    archived = [key for key in call.data.read_write if archived_entry(ctx.ltx, key) is not None]
    if bytes_restored(ctx.ltx, archived) > min(call.data.disk_read_bytes, call.data.write_bytes):
        return restore_result(_Restore.RESTORE_FOOTPRINT_RESOURCE_LIMIT_EXCEEDED)
    for key in archived:
        restore(ctx.ltx, key, ctx.header.ledger_seq + call.config.min_persistent_ttl - 1)
    call.rent_fee = call.refundable_fee = rent_owed(ctx.ltx, call.config, before)
    if call.refundable_fee > call.refundable:
        return restore_result(_Restore.RESTORE_FOOTPRINT_INSUFFICIENT_REFUNDABLE_FEE)
    return restore_result(_Restore.RESTORE_FOOTPRINT_SUCCESS)


HANDLERS = {
    xdr.OperationType.EXTEND_FOOTPRINT_TTL: Handler(_extend, _check_valid, low),
    xdr.OperationType.RESTORE_FOOTPRINT: Handler(_restore, _check_valid, low),
}
