"""What a family of operations supplies: validity, application, and the weight its source must sign with."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from stellar_sdk import xdr

from arb.localnet.ledger.header import Header
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.transactions.soroban_data import SorobanRun


class OperationError(Exception):
    """An operation that ends without a result of its own kind: opTOO_MANY_SUBENTRIES, opNOT_SUPPORTED and the like."""

    def __init__(self, code: xdr.OperationResultCode) -> None:
        super().__init__(code.name)
        self.code = code


class Threshold(IntEnum):
    """Which of an account's thresholds an operation needs; the value is its index in Account.thresholds."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(slots=True)
class OpContext:
    """One operation being applied.

    `ltx` is this operation's own view: what it holds is committed if the operation succeeds and dropped otherwise.
    `source` is the operation's account (its own or the transaction's), `tx_source` and `tx_seq` the transaction's.
    `soroban` is what a contract transaction declared and where its operation leaves what came of it.
    """

    ltx: LedgerTxn
    source: str
    tx_source: str
    tx_seq: int
    op_index: int
    network_id: bytes
    soroban: SorobanRun | None = None

    @property
    def header(self) -> Header:
        """The header as this operation sees it; changes to it (id_pool, say) belong to the operation."""
        return self.ltx.header


Validate = Callable[[str, xdr.OperationBody], xdr.OperationResultTr | None]
"""(source, body) -> what is malformed, judged without the ledger, or None. Asked at submission and at apply."""
Apply = Callable[[OpContext, xdr.OperationBody], xdr.OperationResultTr]
"""Change ctx.ltx and say how it went; success is the inner code 0. Called only for a body `check_valid` passed.

Raises OperationError where the answer is none of the operation's own codes."""


def medium(body: xdr.OperationBody) -> Threshold:
    """The threshold of most operations."""
    return Threshold.MEDIUM


def low(body: xdr.OperationBody) -> Threshold:
    """The threshold of operations that move nothing."""
    return Threshold.LOW


def high(body: xdr.OperationBody) -> Threshold:
    """The threshold of operations that change who may sign."""
    return Threshold.HIGH


@dataclass(frozen=True, slots=True)
class Handler:
    """An operation type's behaviour."""

    apply: Apply
    check_valid: Validate
    threshold: Callable[[xdr.OperationBody], Threshold] = medium
