"""Results of transactions: built while a transaction is judged or applied, packed as XDR TransactionResult."""

from dataclasses import dataclass
from struct import Struct

from stellar_sdk import xdr

_FEE_CODE = Struct(">qi")
_NO_EXT = b"\x00\x00\x00\x00"
Code = xdr.TransactionResultCode
_WITH_OPERATIONS = (Code.txSUCCESS, Code.txFAILED)

# How many zero bytes follow the code 0 in the result of an operation nobody has judged yet: the arm of its success as
# XDR initialises it (core answers so for the operations after the first one that check_valid refuses).
_DEFAULT_ARM = {
    xdr.OperationType.PATH_PAYMENT_STRICT_RECEIVE: 52,
    xdr.OperationType.PATH_PAYMENT_STRICT_SEND: 52,
    xdr.OperationType.MANAGE_SELL_OFFER: 84,
    xdr.OperationType.MANAGE_BUY_OFFER: 84,
    xdr.OperationType.ACCOUNT_MERGE: 8,
    xdr.OperationType.INFLATION: 4,
    xdr.OperationType.CREATE_CLAIMABLE_BALANCE: 36,
    xdr.OperationType.INVOKE_HOST_FUNCTION: 32,
}


def pack_inner(result: xdr.OperationResultTr) -> bytes:
    """An operation's own result as a packed OperationResult."""
    return b"\x00\x00\x00\x00" + result.to_xdr_bytes()


def pack_code(code: xdr.OperationResultCode) -> bytes:
    """An OperationResult that is only a code (opBAD_AUTH, opNO_ACCOUNT and the like)."""
    return code.value.to_bytes(4, "big", signed=True)


def unjudged(operation: xdr.OperationType) -> bytes:
    """The packed result of an operation nobody has judged yet."""
    if operation is xdr.OperationType.CREATE_PASSIVE_SELL_OFFER:
        operation = xdr.OperationType.MANAGE_SELL_OFFER  # core runs it as one, and its results say so
    return b"\x00\x00\x00\x00" + operation.value.to_bytes(4, "big") + b"\x00" * (4 + _DEFAULT_ARM.get(operation, 0))


def is_success(packed: bytes) -> bool:
    """Whether a packed OperationResult is opINNER with the operation's own code 0."""
    return packed[:4] == b"\x00\x00\x00\x00" and packed[8:12] == b"\x00\x00\x00\x00"


@dataclass(slots=True)
class TxResult:
    """A TransactionResult. `operations` are packed; `inner` is (hash, result) of a fee bump's inner transaction."""

    fee_charged: int
    code: xdr.TransactionResultCode = Code.txSUCCESS
    operations: list[bytes] | None = None
    inner: "tuple[bytes, TxResult] | None" = None

    @property
    def ok(self) -> bool:
        """Whether the transaction is acceptable (judged) or has succeeded (applied)."""
        return self.code in (Code.txSUCCESS, Code.txFEE_BUMP_INNER_SUCCESS)

    def packed(self) -> bytes:
        """The packed TransactionResult."""
        head = _FEE_CODE.pack(self.fee_charged, self.code.value)
        if self.inner is not None and self.code in (Code.txFEE_BUMP_INNER_SUCCESS, Code.txFEE_BUMP_INNER_FAILED):
            inner_hash, inner = self.inner
            return head + inner_hash + inner.packed() + _NO_EXT
        if self.code in _WITH_OPERATIONS:
            operations = self.operations or []
            return head + len(operations).to_bytes(4, "big") + b"".join(operations) + _NO_EXT
        return head + _NO_EXT

    def to_xdr(self) -> xdr.TransactionResult:
        """The result as stellar_sdk's object."""
        return xdr.TransactionResult.from_xdr_bytes(self.packed())
