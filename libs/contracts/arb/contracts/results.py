"""What the network says became of a transaction: TransactionResult XDR in the names Horizon uses."""

from enum import IntEnum
from typing import Any, Final, NamedTuple

from stellar_sdk import xdr
from xdrlib3 import Error as XdrError

from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import from_base64

_TRANSACTION_NAMES: Final = {
    "txNO_ACCOUNT": "tx_no_source_account",
    "txBAD_MIN_SEQ_AGE_OR_GAP": "tx_bad_minseq_age_or_gap",
}
_OPERATION_NAMES: Final = {
    "opNO_ACCOUNT": "op_no_source_account",
    "CREATE_ACCOUNT_ALREADY_EXIST": "op_already_exists",
    "PATH_PAYMENT_STRICT_RECEIVE_OFFER_CROSS_SELF": "op_cross_self",
    "PATH_PAYMENT_STRICT_RECEIVE_OVER_SENDMAX": "op_over_source_max",
    "PATH_PAYMENT_STRICT_SEND_OFFER_CROSS_SELF": "op_cross_self",
    "PATH_PAYMENT_STRICT_SEND_UNDER_DESTMIN": "op_under_dest_min",
    "MANAGE_SELL_OFFER_NOT_FOUND": "op_offer_not_found",
    "MANAGE_BUY_OFFER_NOT_FOUND": "op_offer_not_found",
    "MANAGE_SELL_OFFER_SELL_NOT_AUTHORIZED": "sell_not_authorized",
    "MANAGE_SELL_OFFER_BUY_NOT_AUTHORIZED": "buy_not_authorized",
    "MANAGE_SELL_OFFER_BUY_NO_ISSUER": "buy_no_issuer",
    "MANAGE_BUY_OFFER_SELL_NOT_AUTHORIZED": "sell_not_authorized",
    "MANAGE_BUY_OFFER_BUY_NOT_AUTHORIZED": "buy_not_authorized",
    "MANAGE_BUY_OFFER_BUY_NO_ISSUER": "buy_no_issuer",
    "MANAGE_DATA_NAME_NOT_FOUND": "op_data_name_not_found",
    "MANAGE_DATA_INVALID_NAME": "op_data_invalid_name",
    "ALLOW_TRUST_NO_TRUST_LINE": "op_no_trustline",
    "ALLOW_TRUST_TRUST_NOT_REQUIRED": "op_not_required",
    "ACCOUNT_MERGE_SEQNUM_TOO_FAR": "op_seq_num_too_far",
}


class TransactionOutcome(NamedTuple):
    """The end of a transaction. `fee_charged` in stroops; one name in `operation_codes` per operation that has one."""

    successful: bool
    fee_charged: int
    code: str
    operation_codes: tuple[str, ...]
    inner_code: str | None = None
    """Code of the inner transaction when this is a fee-bump's result."""
    inner_hash: str | None = None
    """Its hash, hex."""

    @property
    def codes(self) -> tuple[str, ...]:
        """All of them, from the outermost in: ("tx_failed", "op_over_source_max")."""
        inner = (self.inner_code,) if self.inner_code else ()
        return (self.code, *inner, *self.operation_codes)


def decode_result(result_xdr: str | bytes) -> TransactionOutcome:
    """Reads TransactionResult (XDR or base64). Malformed when it is none."""
    raw = from_base64(result_xdr) if isinstance(result_xdr, str) else result_xdr
    try:
        result = xdr.TransactionResult.from_xdr_bytes(raw)
    except (ValueError, EOFError, XdrError) as wrong:
        raise Malformed(f"not a transaction result: {wrong}") from None
    body = result.result
    fee = result.fee_charged.int64
    if body.inner_result_pair is not None:
        inner = body.inner_result_pair.result.result
        return TransactionOutcome(
            body.code is xdr.TransactionResultCode.txFEE_BUMP_INNER_SUCCESS,
            fee,
            transaction_code(body.code),
            _operation_codes(inner.results),
            transaction_code(inner.code),
            body.inner_result_pair.transaction_hash.hash.hex(),
        )
    return TransactionOutcome(
        body.code is xdr.TransactionResultCode.txSUCCESS,
        fee,
        transaction_code(body.code),
        _operation_codes(body.results),
    )


def transaction_code(code: xdr.TransactionResultCode) -> str:
    """Horizon's name of a transaction result code: txBAD_SEQ is "tx_bad_seq"."""
    return _TRANSACTION_NAMES.get(code.name) or f"tx_{code.name.removeprefix('tx').lower()}"


def operation_code(code: IntEnum, operation: str) -> str:
    """Horizon's name of a result code of `operation` (named as in XDR): PAYMENT_LINE_FULL is "op_line_full"."""
    named = _OPERATION_NAMES.get(code.name)
    if named is not None:
        return named
    plain = code.name.removeprefix("op").removeprefix(f"{operation}_")
    return f"op_{plain.lower()}"


def _operation_codes(results: list[xdr.OperationResult] | None) -> tuple[str, ...]:
    return tuple(_operation_result(result) for result in results or ())


def _operation_result(result: xdr.OperationResult) -> str:
    if result.tr is None:
        return operation_code(result.code, "")
    operation = result.tr.type.name
    inner: Any = next(
        value for name, value in vars(result.tr).items() if name != "type" and value is not None
    )  # the one arm of the union that is set
    code: IntEnum = inner.code
    if operation == "CREATE_PASSIVE_SELL_OFFER":  # answers with the result of a manage sell offer
        operation = "MANAGE_SELL_OFFER"
    return operation_code(code, operation)
