"""Horizon's short names of result codes (its `extras.result_codes`), derived from the XDR names.

Nearly all follow one rule: drop the operation's name from the constant, write the rest in lower case after "op_". The
exceptions are those of Horizon's own table.
"""

from typing import Any, Final

from stellar_sdk import xdr

from arb.localnet.node.trades import operation_results

_TRANSACTION: Final = {
    "txNO_ACCOUNT": "tx_no_source_account",
    "txBAD_MIN_SEQ_AGE_OR_GAP": "tx_bad_minseq_age_or_gap",
}
_OPERATION: Final = {"opNO_ACCOUNT": "op_no_source_account"}
_INNER: Final = {
    "ACCOUNT_ALREADY_EXIST": "op_already_exists",
    "CREATE_ACCOUNT_ALREADY_EXIST": "op_already_exists",
    "PATH_PAYMENT_STRICT_RECEIVE_OFFER_CROSS_SELF": "op_cross_self",
    "PATH_PAYMENT_STRICT_RECEIVE_OVER_SENDMAX": "op_over_source_max",
    "PATH_PAYMENT_STRICT_SEND_OFFER_CROSS_SELF": "op_cross_self",
    "PATH_PAYMENT_STRICT_SEND_UNDER_DESTMIN": "op_under_dest_min",
    "MANAGE_SELL_OFFER_NOT_FOUND": "op_offer_not_found",
    "MANAGE_SELL_OFFER_SELL_NOT_AUTHORIZED": "sell_not_authorized",
    "MANAGE_SELL_OFFER_BUY_NOT_AUTHORIZED": "buy_not_authorized",
    "MANAGE_SELL_OFFER_BUY_NO_ISSUER": "buy_no_issuer",
    "MANAGE_BUY_OFFER_NOT_FOUND": "op_offer_not_found",
    "MANAGE_BUY_OFFER_SELL_NOT_AUTHORIZED": "sell_not_authorized",
    "MANAGE_BUY_OFFER_BUY_NOT_AUTHORIZED": "buy_not_authorized",
    "MANAGE_BUY_OFFER_BUY_NO_ISSUER": "buy_no_issuer",
    "CHANGE_TRUST_NOT_AUTH_MAINTAIN_LIABILITIES": "op_not_aut_maintain_liabilities",
    "ALLOW_TRUST_NO_TRUST_LINE": "op_no_trust",
    "ALLOW_TRUST_TRUST_NOT_REQUIRED": "op_not_required",
    "SET_TRUST_LINE_FLAGS_NO_TRUST_LINE": "op_no_trust",
    "ACCOUNT_MERGE_SEQNUM_TOO_FAR": "op_seq_num_too_far",
    "MANAGE_DATA_NAME_NOT_FOUND": "op_data_name_not_found",
    "MANAGE_DATA_INVALID_NAME": "op_data_invalid_name",
}
_FAMILIES: Final = tuple(
    name + "_"
    for name in (
        "CREATE_ACCOUNT",
        "PATH_PAYMENT_STRICT_RECEIVE",
        "PATH_PAYMENT_STRICT_SEND",
        "PAYMENT",
        "MANAGE_SELL_OFFER",
        "MANAGE_BUY_OFFER",
        "SET_OPTIONS",
        "CHANGE_TRUST",
        "ALLOW_TRUST",
        "ACCOUNT_MERGE",
        "INFLATION",
        "MANAGE_DATA",
        "BUMP_SEQUENCE",
        "SET_TRUST_LINE_FLAGS",
        "LIQUIDITY_POOL_DEPOSIT",
        "LIQUIDITY_POOL_WITHDRAW",
    )
)


def transaction_code(code: xdr.TransactionResultCode) -> str:
    """`txBAD_SEQ` as `tx_bad_seq`."""
    return _TRANSACTION.get(code.name, "tx_" + code.name.removeprefix("tx").lower())


def operation_code(result: xdr.OperationResult) -> str:
    """The code of an operation: its own, or why it was not tried."""
    if result.tr is None:
        return _OPERATION.get(result.code.name, "op_" + result.code.name.removeprefix("op").lower())
    inner = next(value for name, value in vars(result.tr).items() if name != "type" and value is not None)
    name: str = inner.code.name
    if name in _INNER:
        return _INNER[name]
    for family in _FAMILIES:
        if name.startswith(family):
            return "op_" + name.removeprefix(family).lower()
    return name.lower()


def result_codes(result: xdr.TransactionResult, asked_hash: bytes) -> dict[str, Any]:
    """The object `extras.result_codes`; who asked by the hash of a fee bump's inner transaction sees only that one."""
    codes: dict[str, Any] = {}
    code = result.result.code
    inner = result.result.inner_result_pair
    if inner is not None:
        inner_code = inner.result.result.code
        if inner.transaction_hash.hash == asked_hash:
            code = inner_code
        else:
            codes["inner_transaction"] = transaction_code(inner_code)
    codes["transaction"] = transaction_code(code)
    operations = [operation_code(operation) for operation in operation_results(result)]
    if operations:
        codes["operations"] = operations
    return codes
