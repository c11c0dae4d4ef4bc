"""Result codes carry the names Horizon gives them."""

from enum import IntEnum

import pytest
from stellar_sdk import xdr

from arb.contracts.errors import Malformed
from arb.contracts.results import decode_result, operation_code, transaction_code

TRANSACTION_NAMES = {
    "txFEE_BUMP_INNER_SUCCESS": "tx_fee_bump_inner_success",
    "txSUCCESS": "tx_success",
    "txFAILED": "tx_failed",
    "txTOO_EARLY": "tx_too_early",
    "txTOO_LATE": "tx_too_late",
    "txMISSING_OPERATION": "tx_missing_operation",
    "txBAD_SEQ": "tx_bad_seq",
    "txBAD_AUTH": "tx_bad_auth",
    "txINSUFFICIENT_BALANCE": "tx_insufficient_balance",
    "txNO_ACCOUNT": "tx_no_source_account",
    "txINSUFFICIENT_FEE": "tx_insufficient_fee",
    "txBAD_AUTH_EXTRA": "tx_bad_auth_extra",
    "txINTERNAL_ERROR": "tx_internal_error",
    "txNOT_SUPPORTED": "tx_not_supported",
    "txFEE_BUMP_INNER_FAILED": "tx_fee_bump_inner_failed",
    "txBAD_SPONSORSHIP": "tx_bad_sponsorship",
    "txBAD_MIN_SEQ_AGE_OR_GAP": "tx_bad_minseq_age_or_gap",
    "txMALFORMED": "tx_malformed",
    "txSOROBAN_INVALID": "tx_soroban_invalid",
    "txFROZEN_KEY_ACCESSED": "tx_frozen_key_accessed",
}

PAYMENT_NAMES = {
    "SUCCESS": "op_success",
    "MALFORMED": "op_malformed",
    "UNDERFUNDED": "op_underfunded",
    "SRC_NO_TRUST": "op_src_no_trust",
    "SRC_NOT_AUTHORIZED": "op_src_not_authorized",
    "NO_DESTINATION": "op_no_destination",
    "NO_TRUST": "op_no_trust",
    "NOT_AUTHORIZED": "op_not_authorized",
    "LINE_FULL": "op_line_full",
    "NO_ISSUER": "op_no_issuer",
}
PATH_NAMES = PAYMENT_NAMES | {"TOO_FEW_OFFERS": "op_too_few_offers", "OFFER_CROSS_SELF": "op_cross_self"}
OFFER_NAMES = {
    "SUCCESS": "op_success",
    "MALFORMED": "op_malformed",
    "SELL_NO_TRUST": "op_sell_no_trust",
    "BUY_NO_TRUST": "op_buy_no_trust",
    "SELL_NOT_AUTHORIZED": "sell_not_authorized",
    "BUY_NOT_AUTHORIZED": "buy_not_authorized",
    "LINE_FULL": "op_line_full",
    "UNDERFUNDED": "op_underfunded",
    "CROSS_SELF": "op_cross_self",
    "SELL_NO_ISSUER": "op_sell_no_issuer",
    "BUY_NO_ISSUER": "buy_no_issuer",
    "NOT_FOUND": "op_offer_not_found",
    "LOW_RESERVE": "op_low_reserve",
}
OPERATIONS: list[tuple[type[IntEnum], str, dict[str, str]]] = [
    (
        xdr.CreateAccountResultCode,
        "CREATE_ACCOUNT",
        {
            "SUCCESS": "op_success",
            "MALFORMED": "op_malformed",
            "UNDERFUNDED": "op_underfunded",
            "LOW_RESERVE": "op_low_reserve",
            "ALREADY_EXIST": "op_already_exists",
        },
    ),
    (xdr.PaymentResultCode, "PAYMENT", PAYMENT_NAMES),
    (
        xdr.PathPaymentStrictReceiveResultCode,
        "PATH_PAYMENT_STRICT_RECEIVE",
        PATH_NAMES | {"OVER_SENDMAX": "op_over_source_max"},
    ),
    (
        xdr.PathPaymentStrictSendResultCode,
        "PATH_PAYMENT_STRICT_SEND",
        PATH_NAMES | {"UNDER_DESTMIN": "op_under_dest_min"},
    ),
    (xdr.ManageSellOfferResultCode, "MANAGE_SELL_OFFER", OFFER_NAMES),
    (xdr.ManageBuyOfferResultCode, "MANAGE_BUY_OFFER", OFFER_NAMES),
    (
        xdr.ChangeTrustResultCode,
        "CHANGE_TRUST",
        {
            "SUCCESS": "op_success",
            "MALFORMED": "op_malformed",
            "NO_ISSUER": "op_no_issuer",
            "INVALID_LIMIT": "op_invalid_limit",
            "LOW_RESERVE": "op_low_reserve",
            "SELF_NOT_ALLOWED": "op_self_not_allowed",
            "TRUST_LINE_MISSING": "op_trust_line_missing",
            "CANNOT_DELETE": "op_cannot_delete",
            "NOT_AUTH_MAINTAIN_LIABILITIES": "op_not_auth_maintain_liabilities",
        },
    ),
]


def test_every_transaction_code_of_the_protocol_has_its_name() -> None:
    assert {code.name: transaction_code(code) for code in xdr.TransactionResultCode} == TRANSACTION_NAMES


@pytest.mark.parametrize(("codes", "operation", "names"), OPERATIONS, ids=[row[1] for row in OPERATIONS])
def test_every_code_of_our_operations_has_its_name(codes: type[IntEnum], operation: str, names: dict[str, str]) -> None:
    assert {code.name.removeprefix(f"{operation}_"): operation_code(code, operation) for code in codes} == names


def result(code: xdr.TransactionResultCode, operations: list[xdr.OperationResult]) -> xdr.TransactionResult:
    return xdr.TransactionResult(
        xdr.Int64(300), xdr.TransactionResultResult(code, results=operations), xdr.TransactionResultExt(0)
    )


def over_sendmax() -> xdr.OperationResult:
    inner = xdr.PathPaymentStrictReceiveResult(
        xdr.PathPaymentStrictReceiveResultCode.PATH_PAYMENT_STRICT_RECEIVE_OVER_SENDMAX
    )
    return xdr.OperationResult(
        xdr.OperationResultCode.opINNER,
        xdr.OperationResultTr(xdr.OperationType.PATH_PAYMENT_STRICT_RECEIVE, path_payment_strict_receive_result=inner),
    )


def test_a_failed_transaction_names_the_operation_that_failed() -> None:
    no_account = xdr.OperationResult(xdr.OperationResultCode.opNO_ACCOUNT)
    failed = decode_result(result(xdr.TransactionResultCode.txFAILED, [over_sendmax(), no_account]).to_xdr())
    assert not failed.successful
    assert failed.fee_charged == 300
    assert failed.codes == ("tx_failed", "op_over_source_max", "op_no_source_account")


def test_a_success_is_one() -> None:
    assert decode_result(result(xdr.TransactionResultCode.txSUCCESS, []).to_xdr()).successful


def test_a_result_without_operations_has_one_code() -> None:
    bad_seq = xdr.TransactionResult(
        xdr.Int64(0),
        xdr.TransactionResultResult(xdr.TransactionResultCode.txBAD_SEQ),
        xdr.TransactionResultExt(0),
    )
    assert decode_result(bad_seq.to_xdr()).codes == ("tx_bad_seq",)


def test_a_fee_bump_names_both_transactions() -> None:
    inner = xdr.InnerTransactionResult(
        xdr.Int64(0),
        xdr.InnerTransactionResultResult(xdr.TransactionResultCode.txFAILED, results=[over_sendmax()]),
        xdr.InnerTransactionResultExt(0),
    )
    outer = xdr.TransactionResult(
        xdr.Int64(900),
        xdr.TransactionResultResult(
            xdr.TransactionResultCode.txFEE_BUMP_INNER_FAILED,
            inner_result_pair=xdr.InnerTransactionResultPair(xdr.Hash(b"h" * 32), inner),
        ),
        xdr.TransactionResultExt(0),
    )
    assert decode_result(outer.to_xdr()).codes == ("tx_fee_bump_inner_failed", "tx_failed", "op_over_source_max")


@pytest.mark.parametrize("wrong", ["", "AAAA", "not base64", "AAAAAAAAAAAAAAAj"])
def test_what_is_no_result_is_malformed(wrong: str) -> None:
    with pytest.raises(Malformed):
        decode_result(wrong)
