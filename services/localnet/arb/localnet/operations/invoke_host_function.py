"""Contract calls, uploads and deployments (core's InvokeHostFunctionOpFrame)."""

from stellar_sdk import xdr

from arb.localnet.ledger import keys
from arb.localnet.ledger.assets import BadAssetError, asset_of
from arb.localnet.operations.handler import Handler, OpContext
from arb.localnet.operations.soroban_checks import invoke_result
from arb.localnet.soroban.archive import archived_entry
from arb.localnet.soroban.auth import EnforcingAuth
from arb.localnet.soroban.auth_entries import auth_entry_of
from arb.localnet.soroban.budget import Budget
from arb.localnet.soroban.codec import pack
from arb.localnet.soroban.errors import HostError
from arb.localnet.soroban.events import error_event
from arb.localnet.soroban.execution import Run, ledger_info, run
from arb.localnet.soroban.fees import events_fee
from arb.localnet.soroban.footprint import Footprint
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.usage import Before, bytes_on_disk, bytes_written, rent_owed, sizes_and_lives
from arb.localnet.soroban.values import account
from arb.localnet.transactions.soroban_data import SorobanRun

_Code = xdr.InvokeHostFunctionResultCode


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    assert body.invoke_host_function_op is not None
    function = body.invoke_host_function_op.host_function
    created = function.create_contract or function.create_contract_v2
    if created is not None and created.contract_id_preimage.from_asset is not None:
        try:
            asset_of(created.contract_id_preimage.from_asset)
        except BadAssetError:
            return invoke_result(_Code.INVOKE_HOST_FUNCTION_MALFORMED)
    return None


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op, call = body.invoke_host_function_op, ctx.soroban
    assert op is not None
    assert call is not None
    data, config = call.data, call.config
    wanted = data.archived or []
    archived = [key for key in wanted if archived_entry(ctx.ltx, key) is not None]
    if bytes_on_disk(ctx.ltx, data.keys, archived) > data.disk_read_bytes:
        return invoke_result(_Code.INVOKE_HOST_FUNCTION_RESOURCE_LIMIT_EXCEEDED)
    if any(key not in archived and archived_entry(ctx.ltx, key) is not None for key in data.keys):
        return invoke_result(_Code.INVOKE_HOST_FUNCTION_ENTRY_ARCHIVED)
    before = sizes_and_lives(ctx.ltx, data.keys)
    storage = LedgerStorage(ctx.ltx, Footprint(data.read_only, data.read_write, archived), config)
    for key in archived:
        storage.restore(key)
    budget = Budget(cpu_instructions=data.instructions)
    source = account(ctx.source)
    try:
        auth = EnforcingAuth([auth_entry_of(entry, ctx.network_id) for entry in op.auth], source, storage)
    except HostError as error:
        call.diagnostics = [error_event(error).pack_diagnostic()]
        return invoke_result(_Code.INVOKE_HOST_FUNCTION_TRAPPED)
    info = ledger_info(ctx.header, ctx.network_id)
    ran = run(op.host_function, ledger=info, storage=storage, auth=auth, budget=budget, source=source)
    refused = _refusal(ctx, call, ran, before)
    if refused is not None:
        # Nobody reads the diagnostics of a call that succeeds, and they are dear to pack.
        call.diagnostics = ran.packed_diagnostics()
        return invoke_result(refused)
    assert ran.value is not None
    call.return_value = pack(ran.value)
    call.events = [event.pack() for event in ran.events]
    return invoke_result(_Code.INVOKE_HOST_FUNCTION_SUCCESS, ran.success_hash())


def _refusal(ctx: OpContext, call: SorobanRun, ran: Run, before: Before) -> xdr.InvokeHostFunctionResultCode | None:
    """Why a call that has run fails, if it does; else what it owes is on `call`."""
    if ran.error is not None:
        if ran.error.internal:
            raise ran.error  # as core: what the host cannot account for is no failure of the contract
        # As core, by what was used and not by the error: the native stack is a budget too, but no declared one.
        over = _Code.INVOKE_HOST_FUNCTION_RESOURCE_LIMIT_EXCEEDED
        return over if ran.overrun else _Code.INVOKE_HOST_FUNCTION_TRAPPED
    if _too_large(ctx, call, ran):
        return _Code.INVOKE_HOST_FUNCTION_RESOURCE_LIMIT_EXCEEDED
    call.rent_fee = rent_owed(ctx.ltx, call.config, before)
    call.refundable_fee = call.rent_fee + events_fee(call.config, ran.output_size())
    if call.refundable_fee > call.refundable:
        return _Code.INVOKE_HOST_FUNCTION_INSUFFICIENT_REFUNDABLE_FEE
    return None


def _too_large(ctx: OpContext, call: SorobanRun, ran: Run) -> bool:
    config, written = call.config, call.data.read_write
    entries = [entry for key in written if key[3] == keys.CONTRACT_DATA and (entry := ctx.ltx.get(key)) is not None]
    return (
        bytes_written(ctx.ltx, written) > call.data.write_bytes
        or ran.output_size() > config.tx_max_events_size_bytes
        or any(len(entry.packed()) > config.max_data_entry_size for entry in entries)
    )


HANDLERS = {xdr.OperationType.INVOKE_HOST_FUNCTION: Handler(_apply, _check_valid)}
