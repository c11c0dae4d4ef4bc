"""Failure codes in plain words: complete for what our operations can answer, and silent on what says nothing."""

from collections.abc import Iterable
from enum import IntEnum

from stellar_sdk import xdr

from arb.contracts.invocation.outcomes import GiveUpReason
from arb.contracts.results import operation_code, transaction_code
from arb.messages.reasons import MEANINGS, explain, explain_all, explain_answer

SAY_NOTHING = {"tx_success", "tx_failed", "tx_fee_bump_inner_success", "tx_fee_bump_inner_failed", "op_success"}


def operations() -> Iterable[tuple[str, type[IntEnum]]]:
    """What our transactions are made of, and the codes of any operation."""
    yield "PATH_PAYMENT_STRICT_RECEIVE", xdr.PathPaymentStrictReceiveResultCode
    yield "PATH_PAYMENT_STRICT_SEND", xdr.PathPaymentStrictSendResultCode
    yield "INVOKE_HOST_FUNCTION", xdr.InvokeHostFunctionResultCode
    yield "", xdr.OperationResultCode


def test_every_code_that_a_trade_can_end_with_has_a_meaning_and_no_meaning_is_without_a_code() -> None:
    network = {transaction_code(code) for code in xdr.TransactionResultCode}
    network |= {operation_code(code, name) for name, codes in operations() for code in codes}
    simulated = {f"simulation:{reason}" for reason in GiveUpReason}
    told = {code for code in MEANINGS if code.startswith(("tx_", "op_"))}
    assert network - SAY_NOTHING - {"op_inner"} == told
    assert simulated <= set(MEANINGS)


def test_codes_are_explained_and_unknown_ones_stand_alone() -> None:
    assert explain("op_too_few_offers") == "op_too_few_offers: the path no longer fills"
    assert explain("max_notional") == "max_notional"
    codes = ("tx_failed", "op_success", "op_over_source_max", "op_over_source_max")
    assert explain_all(codes) == "op_over_source_max: the path now costs more than the payment may send"
    assert explain_all(("tx_failed",)) == "tx_failed"
    assert explain_all(()) == ""


def test_the_networks_last_words_are_explained_only_where_they_are_codes() -> None:
    assert explain_answer("ERROR tx_bad_seq").startswith("tx_bad_seq: the channel's sequence number")
    assert explain_answer("PENDING") == "PENDING: the network had it and no ledger took it"
    assert explain_answer("no answer: timed out") == "no answer: timed out"
