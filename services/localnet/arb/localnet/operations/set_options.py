"""What an account says of itself: flags, thresholds, signers, home domain (core's SetOptionsOpFrame)."""

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of, pack_account_id
from arb.localnet.ledger.balances import add_subentries
from arb.localnet.ledger.entries import (
    AUTH_CLAWBACK_ENABLED,
    AUTH_IMMUTABLE,
    AUTH_REQUIRED,
    AUTH_REVOCABLE,
    Account,
    Signer,
)
from arb.localnet.ledger.header import Header
from arb.localnet.operations.handler import Handler, OpContext, OperationError, Threshold

_Code = xdr.SetOptionsResultCode
_ALL_FLAGS = AUTH_REQUIRED | AUTH_REVOCABLE | AUTH_IMMUTABLE | AUTH_CLAWBACK_ENABLED
_MAX_WEIGHT = 255
_MAX_SIGNERS = 20
_PRINTABLE = frozenset(range(0x20, 0x7F))


def _result(code: xdr.SetOptionsResultCode) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(xdr.OperationType.SET_OPTIONS, set_options_result=xdr.SetOptionsResult(code))


def _flags(value: xdr.Uint32 | None) -> int:
    return 0 if value is None else value.uint32


def _threshold(body: xdr.OperationBody) -> Threshold:
    op = body.set_options_op
    assert op is not None
    who_signs = (op.master_weight, op.low_threshold, op.med_threshold, op.high_threshold, op.signer)
    return Threshold.MEDIUM if all(field is None for field in who_signs) else Threshold.HIGH


def _check_valid(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
    op = body.set_options_op
    assert op is not None
    to_set, to_clear = _flags(op.set_flags), _flags(op.clear_flags)
    if (to_set | to_clear) & ~_ALL_FLAGS:
        return _result(_Code.SET_OPTIONS_UNKNOWN_FLAG)
    if to_set & to_clear:
        return _result(_Code.SET_OPTIONS_BAD_FLAGS)
    weights = (op.master_weight, op.low_threshold, op.med_threshold, op.high_threshold)
    if any(weight is not None and weight.uint32 > _MAX_WEIGHT for weight in weights):
        return _result(_Code.SET_OPTIONS_THRESHOLD_OUT_OF_RANGE)
    if op.signer is not None and _is_bad_signer(op.signer, source):
        return _result(_Code.SET_OPTIONS_BAD_SIGNER)
    if op.home_domain is not None and not _PRINTABLE.issuperset(op.home_domain.string32):
        return _result(_Code.SET_OPTIONS_INVALID_HOME_DOMAIN)
    return None


def _is_bad_signer(signer: xdr.Signer, source: str) -> bool:
    key = signer.key.to_xdr_bytes()
    payload = signer.key.ed25519_signed_payload
    empty = payload is not None and not payload.payload
    own = pack_account_id(source)  # an AccountID and the SignerKey of its own key are the same bytes
    return key == own or signer.weight.uint32 > _MAX_WEIGHT or empty


def _apply(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    op = body.set_options_op
    assert op is not None
    account = ctx.ltx.load_account(ctx.source)
    assert account is not None
    if op.inflation_dest is not None:
        account.inflation_dest = account_id_of(op.inflation_dest)
        if ctx.ltx.account(account.inflation_dest) is None:
            return _result(_Code.SET_OPTIONS_INVALID_INFLATION)
    to_set, to_clear = _flags(op.set_flags), _flags(op.clear_flags)
    if (to_set or to_clear) and account.flags & AUTH_IMMUTABLE:
        return _result(_Code.SET_OPTIONS_CANT_CHANGE)
    account.flags = account.flags & ~to_clear | to_set
    if account.flags & AUTH_CLAWBACK_ENABLED and not account.flags & AUTH_REVOCABLE:
        return _result(_Code.SET_OPTIONS_AUTH_REVOCABLE_REQUIRED)
    if op.home_domain is not None:
        account.home_domain = op.home_domain.string32
    weights = (op.master_weight, op.low_threshold, op.med_threshold, op.high_threshold)
    account.thresholds = bytes(
        old if new is None else new.uint32 for old, new in zip(account.thresholds, weights, strict=True)
    )
    refused = None if op.signer is None else _set_signer(ctx.header, account, op.signer)
    return _result(_Code.SET_OPTIONS_SUCCESS if refused is None else refused)


def _set_signer(header: Header, account: Account, wanted: xdr.Signer) -> xdr.SetOptionsResultCode | None:
    """Add, change or (weight 0) remove a signer; signers stay sorted by key."""
    signer = Signer(wanted.key.to_xdr_bytes(), wanted.weight.uint32)
    others = tuple(old for old in account.signers if old.key != signer.key)
    is_new = len(others) == len(account.signers)
    if signer.weight == 0:
        if not is_new:
            account.signers = others
            account.num_sub_entries -= 1
        return None
    if is_new:
        if len(others) == _MAX_SIGNERS:
            return _Code.SET_OPTIONS_TOO_MANY_SIGNERS
        refused = add_subentries(header, account, 1)
        if refused == "LOW_RESERVE":
            return _Code.SET_OPTIONS_LOW_RESERVE
        if refused is not None:
            raise OperationError(xdr.OperationResultCode.opTOO_MANY_SUBENTRIES)
    account.signers = tuple(sorted((*others, signer), key=lambda each: each.key))
    return None


HANDLERS = {xdr.OperationType.SET_OPTIONS: Handler(_apply, _check_valid, _threshold)}
