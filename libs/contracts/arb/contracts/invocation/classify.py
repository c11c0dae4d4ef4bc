"""From the network's answers to what the caller does next. Pure; nothing here lets a second transaction out early.

A transaction that was ever handed to a node may live until it is proven dead. Two proofs are accepted: it is in a
ledger as failed (its sequence number is used), or a ledger with closeTime > maxTime has closed and the hash is in no
ledger since it was built, by a node whose history begins before that. ERROR from one node is none: another may hold a
copy.
"""

from dataclasses import dataclass
from typing import Final

from stellar_sdk import xdr

from arb.contracts.errors import Malformed, NetworkError, RateLimited
from arb.contracts.invocation.auth import expirations
from arb.contracts.invocation.host_fault import (
    HostFault,
    diagnostic_events,
    fault_of_events,
    published,
    return_value,
)
from arb.contracts.invocation.outcomes import (
    AfterLookup,
    AfterSend,
    GiveUp,
    GiveUpReason,
    Poll,
    Rebuild,
    RebuildReason,
    ResendSameBytes,
    Succeeded,
)
from arb.contracts.results import decode_result
from arb.contracts.rpc_answers import SendAnswer, TransactionAnswer

_Error = xdr.SCErrorType
_Code = xdr.SCErrorCode
_LEDGER_SECONDS: Final = 5.0

_REFUSED_CODES: Final = {
    "tx_insufficient_balance": GiveUpReason.INSUFFICIENT_BALANCE,
    "tx_no_source_account": GiveUpReason.MISSING,
    "op_no_source_account": GiveUpReason.MISSING,
    "tx_bad_auth": GiveUpReason.BAD_SIGNATURES,
    "tx_bad_auth_extra": GiveUpReason.BAD_SIGNATURES,
    "op_bad_auth": GiveUpReason.BAD_SIGNATURES,
    "tx_malformed": GiveUpReason.MALFORMED,
    "tx_missing_operation": GiveUpReason.MALFORMED,
    "tx_not_supported": GiveUpReason.MALFORMED,
    "tx_frozen_key_accessed": GiveUpReason.AUTH_REFUSED,
    "op_malformed": GiveUpReason.MALFORMED,
}
_REBUILT_CODES: Final = {
    "tx_bad_seq": RebuildReason.BAD_SEQUENCE,
    "tx_bad_minseq_age_or_gap": RebuildReason.BAD_SEQUENCE,
    "tx_insufficient_fee": RebuildReason.FEE_TOO_LOW,
    "tx_soroban_invalid": RebuildReason.RESOURCE_LIMIT,
    "tx_too_late": RebuildReason.NEVER_INCLUDED,
    "tx_too_early": RebuildReason.NEVER_INCLUDED,
    "tx_internal_error": RebuildReason.NEVER_INCLUDED,
    "op_resource_limit_exceeded": RebuildReason.RESOURCE_LIMIT,
    "op_insufficient_refundable_fee": RebuildReason.REFUNDABLE_FEE,
    "op_entry_archived": RebuildReason.ENTRY_ARCHIVED,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a transaction that may have left: keep it beside the bytes.

    `built_at` is the newest ledger when it was built: it can be in none before. `max_time` is its upper time bound in
    unix seconds, never 0. `refusal` is what the last ERROR said, in the network's names.
    """

    tx_hash: str
    built_at: int
    max_time: int
    refusal: tuple[str, ...] = ()


def after_send(answer: SendAnswer | NetworkError) -> AfterSend:
    """What an answer to sendTransaction, or none, asks for."""
    if isinstance(answer, NetworkError):  # a 4xx may come from a proxy behind which a node already has it
        wait = answer.retry_after if isinstance(answer, RateLimited) else 0.0
        return ResendSameBytes(f"no answer that says whether it arrived: {answer}", wait)
    if answer.status == "TRY_AGAIN_LATER":
        return ResendSameBytes("the node's queue does not take it now", _LEDGER_SECONDS)
    if answer.status == "ERROR":
        return Poll(f"refused ({' '.join(refusal_of(answer))}); an earlier copy may have been applied")
    return Poll("in the node's queue")


def refusal_of(answer: SendAnswer) -> tuple[str, ...]:
    """The network's names for why it refused; empty unless the status is ERROR. For `Sent.refusal`."""
    if answer.status != "ERROR" or answer.error_result_xdr is None:
        return ()
    return decode_result(answer.error_result_xdr).codes


def refused_at_once(refusal: tuple[str, ...]) -> Rebuild | GiveUp:
    """What ERROR means when the bytes went to one node only, once, and that was its answer: no copy ever lived.

    Not for whoever sends through several nodes, or again after a time-out: there `after_lookup` finds the proof.
    """
    return _by_codes(refusal, "refused by the only node that ever had it", None)


def after_lookup(found: TransactionAnswer, sent: Sent) -> AfterLookup:
    """What an answer to getTransaction asks for. Malformed when the node says it is there but not what it did."""
    if sent.max_time <= 0:
        raise ValueError("a transaction without maxTime can never be proven dead")
    if found.status == "NOT_FOUND":
        return _not_found(found, sent)
    if found.ledger is None or found.result_xdr is None or found.meta_xdr is None or found.envelope_xdr is None:
        raise Malformed(f"getTransaction {sent.tx_hash}: {found.status} without ledger, envelope, result or meta")
    outcome = decode_result(found.result_xdr)
    if found.status == "SUCCESS":
        meta = found.meta_xdr
        return Succeeded(sent.tx_hash, found.ledger, outcome.fee_charged, return_value(meta), published(meta))
    fault = fault_of_events(diagnostic_events(found.meta_xdr))
    proof = f"failed in ledger {found.ledger}"
    if "op_trapped" in outcome.codes:
        expired = any(until < found.ledger for until in _expirations(found.envelope_xdr))
        return _trapped(fault, expired, proof)
    return _by_codes(outcome.codes, proof, fault)


def refused_call(fault: HostFault) -> GiveUp:
    """A fault that comes again whenever the call is repeated on the same state, as in a simulation."""
    kind, code = fault.type, fault.code
    if kind is _Error.SCE_CONTRACT:
        where = "" if fault.contract is None else f" of {fault.contract}"
        said = f": {fault.message}" if fault.message else ""
        return GiveUp(GiveUpReason.CONTRACT_ERROR, f"error {code}{where}{said}", fault)
    if fault.is_(_Error.SCE_AUTH, _Code.SCEC_EXISTING_VALUE):
        return GiveUp(GiveUpReason.AUTH_USED, str(fault), fault)
    if kind in (_Error.SCE_AUTH, _Error.SCE_CRYPTO):
        return GiveUp(GiveUpReason.AUTH_REFUSED, str(fault), fault)
    if kind is _Error.SCE_BUDGET:
        return GiveUp(GiveUpReason.RESOURCE_LIMIT, str(fault), fault)
    if code == _Code.SCEC_MISSING_VALUE:
        return GiveUp(GiveUpReason.MISSING, str(fault), fault)
    return GiveUp(GiveUpReason.TRAPPED, str(fault), fault)


def _not_found(found: TransactionAnswer, sent: Sent) -> AfterLookup:
    if found.latest_close_time <= sent.max_time:
        if sent.refusal:
            return Poll(f"refused ({' '.join(sent.refusal)}), but a copy may live until {sent.max_time}")
        return ResendSameBytes(f"in no ledger yet; it may be until {sent.max_time}", _LEDGER_SECONDS)
    if found.oldest_ledger > sent.built_at + 1:
        return Poll(
            f"past its time, but this node's history begins at ledger {found.oldest_ledger}: ask one that has "
            f"ledger {sent.built_at + 1}"
        )
    proof = f"in no ledger from {sent.built_at + 1} to {found.latest_ledger}, which closed after its maxTime"
    if not sent.refusal:
        return Rebuild(RebuildReason.NEVER_INCLUDED, proof)
    return _by_codes(sent.refusal, proof, None)


def _trapped(fault: HostFault | None, expired: bool, proof: str) -> Rebuild | GiveUp:
    if expired and (fault is None or fault.type is _Error.SCE_AUTH):
        return Rebuild(RebuildReason.EXPIRED_AUTH, proof, fault)
    if fault is None:
        return Rebuild(RebuildReason.UNEXPLAINED, proof)
    if fault.is_(_Error.SCE_STORAGE, _Code.SCEC_EXCEEDED_LIMIT):  # it touched what was not declared
        return Rebuild(RebuildReason.FOOTPRINT_CHANGED, proof, fault)
    return refused_call(fault)


def _by_codes(codes: tuple[str, ...], proof: str, fault: HostFault | None) -> Rebuild | GiveUp:
    for code in reversed(codes):  # the innermost says most
        if code in _REBUILT_CODES:
            return Rebuild(_REBUILT_CODES[code], proof, fault)
        if code in _REFUSED_CODES:
            return GiveUp(_REFUSED_CODES[code], f"{' '.join(codes)}; {proof}", fault)
    return GiveUp(GiveUpReason.MALFORMED, f"{' '.join(codes)}; {proof}", fault)


def _expirations(envelope_xdr: str) -> tuple[int, ...]:
    try:
        return expirations(xdr.TransactionEnvelope.from_xdr(envelope_xdr))
    except ValueError as wrong:
        raise Malformed(f"not a transaction envelope: {wrong}") from None
