"""Why trades end as they do, for people: the network's and our own codes in plain words, for log lines and reports."""

from collections.abc import Iterable
from typing import Final

MEANINGS: Final = {
    # transaction, before or instead of its operations
    "tx_too_early": "its time bounds begin in the future",
    "tx_too_late": "the ledger closed after its time bound",
    "tx_missing_operation": "it holds no operation",
    "tx_bad_seq": "the channel's sequence number was used by another transaction",
    "tx_bad_auth": "a signature is missing or wrong",
    "tx_bad_auth_extra": "it carries a signature that nobody asked for",
    "tx_insufficient_balance": "the fee would take the channel below its minimum balance",
    "tx_no_source_account": "the channel account is not on the ledger",
    "tx_insufficient_fee": "the fee bid is below what the ledger asks",
    "tx_internal_error": "the validators failed on it",
    "tx_not_supported": "the network does not know this kind of transaction",
    "tx_bad_sponsorship": "a sponsorship was begun and not ended",
    "tx_bad_minseq_age_or_gap": "its preconditions on the sequence number do not hold",
    "tx_malformed": "it breaks a rule of form",
    "tx_soroban_invalid": "its declared resources or fee are not allowed",
    "tx_frozen_key_accessed": "it touches a ledger entry that the network has frozen",
    # path payments
    "op_malformed": "the operation breaks a rule of form",
    "op_underfunded": "the trading account has too little to send",
    "op_src_no_trust": "the trading account has no trustline to what it sends",
    "op_src_not_authorized": "the issuer does not let the trading account send",
    "op_no_destination": "the receiving account is not on the ledger",
    "op_no_trust": "the trading account has no trustline to what it receives",
    "op_not_authorized": "the issuer does not let the trading account receive",
    "op_line_full": "the trustline has no room for what it receives",
    "op_no_issuer": "an asset's issuer is not on the ledger",
    "op_too_few_offers": "the path no longer fills",
    "op_cross_self": "the path meets an offer of our own",
    "op_over_source_max": "the path now costs more than the payment may send",
    "op_under_dest_min": "the path now pays less than the least that was asked",
    # any operation
    "op_bad_auth": "a signature of the trading account is missing or wrong",
    "op_no_source_account": "the trading account is not on the ledger",
    "op_not_supported": "the network does not know this operation",
    "op_too_many_subentries": "the account holds as many entries as it may",
    "op_exceeded_work_limit": "the operation is too much work for a ledger",
    "op_too_many_sponsoring": "the account sponsors as many entries as it may",
    # contract calls
    "op_trapped": "a contract undid the call, as it does when less than the minimum would be earned",
    "op_resource_limit_exceeded": "the call used more than it had declared",
    "op_entry_archived": "a ledger entry of the call is archived and must be restored first",
    "op_insufficient_refundable_fee": "rent and events cost more than the fee that was set aside for them",
    # before anything is signed
    "simulation:contract_error": "on the newest ledger a contract refuses the call: the route no longer pays",
    "simulation:trapped": "on the newest ledger a contract breaks off",
    "simulation:missing": "a contract, function, account or trustline of the route is not there",
    "simulation:auth_refused": "a contract asks for an authorisation that is not given",
    "simulation:auth_already_used": "the authorisation was used before",
    "simulation:resource_limit_exceeded": "the call needs more than the network allows a transaction",
    "simulation:insufficient_balance": "the trading account has too little for the call",
    "simulation:fee_above_cap": "the call costs more than the plan allows for fees",
    "simulation:bad_signatures": "a signature of the call is wrong",
    "simulation:malformed": "the RPC server could not make sense of the call",
    "simulation:entry_archived": "a ledger entry of the route is archived and must be restored first",
    "fee_above_cap": "the call costs more than the plan allows for fees",
    "fee_above_profit": "the network may ask more than the plan earns",
    # what an RPC server answered to a transaction that was never included
    "PENDING": "the network had it and no ledger took it",
    "DUPLICATE": "the network had it already and no ledger took it",
    "TRY_AGAIN_LATER": "the server put it off: its queue is full, holds another of the channel or has banned it",
}
"""Code -> meaning. Codes of operations and transactions are Horizon's."""

_EMPTY: Final = frozenset({"tx_failed", "tx_fee_bump_inner_failed", "op_success", "op_inner", "ERROR"})
"""Codes that only say that another one says why."""


def explain(code: str) -> str:
    """`op_too_few_offers: the path no longer fills`; a code without a meaning stands alone."""
    meaning = MEANINGS.get(code)
    return code if meaning is None else f"{code}: {meaning}"


def telling(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes that say why, each once, in their order; all of them when none does."""
    codes = tuple(dict.fromkeys(codes))
    return tuple(code for code in codes if code not in _EMPTY) or codes


def explain_all(codes: Iterable[str]) -> str:
    """What a failed transaction's codes say, from the outermost in."""
    return "; ".join(explain(code) for code in telling(codes))


def explain_answer(answer: str) -> str:
    """The network's last words about a transaction (`ERROR tx_bad_seq`, `PENDING`), explained where they are codes."""
    words = answer.split(" ")
    known = all(word in MEANINGS or word in _EMPTY for word in words)
    return explain_all(words) if known else answer
