"""One operation of a transaction: judged on its own, then applied in a view that holds only if it succeeds."""

from dataclasses import dataclass

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of_muxed, pack_account_id
from arb.localnet.ledger.entries import Signer
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.operations.handler import Handler, OpContext, OperationError
from arb.localnet.operations.registry import HANDLERS
from arb.localnet.transactions.results import pack_code, pack_inner, unjudged
from arb.localnet.transactions.signatures import SignatureChecker, signers_of

_Code = xdr.OperationResultCode


@dataclass(slots=True)
class Operation:
    """An operation with its effective source (G...); `named` tells whether it names that source itself."""

    source: str
    named: bool
    body: xdr.OperationBody
    handler: Handler | None
    _malformed: bytes | None = None
    _judged: bool = False

    @classmethod
    def of(cls, operation: xdr.Operation, tx_source: str) -> "Operation":
        """The operation of an envelope whose transaction has the given source."""
        named = operation.source_account
        source = tx_source if named is None else account_id_of_muxed(named)
        return cls(source, named is not None, operation.body, HANDLERS.get(operation.body.type))

    def unjudged(self) -> bytes:
        """The packed result as long as nobody has judged it."""
        return unjudged(self.body.type)

    def check(self, reads: LedgerReads, signatures: SignatureChecker) -> bytes | None:
        """The packed result that makes it unacceptable at submission, or None."""
        if self.handler is None:
            return pack_code(_Code.opNOT_SUPPORTED)
        return self.check_signatures(reads, signatures) or self._check_valid(self.handler)

    def check_signatures(self, reads: LedgerReads, signatures: SignatureChecker) -> bytes | None:
        """The packed result where the source's signatures do not weigh enough, or None.

        A named source that does not exist yet may be created by an operation before: its own key is asked for then.
        """
        account = reads.account(self.source)
        if account is not None:
            level = 2 if self.handler is None else self.handler.threshold(self.body)
            enough = signatures.check(signers_of(account), account.thresholds[level])
        elif self.named:
            enough = signatures.check([Signer(pack_account_id(self.source), 1)], 0)
        else:
            return pack_code(_Code.opNO_ACCOUNT)
        return None if enough else pack_code(_Code.opBAD_AUTH)

    def apply(self, ctx: OpContext) -> bytes:
        """Apply it to ctx.ltx and give the packed result; the caller commits the view if that is a success."""
        if self.handler is None:
            return pack_code(_Code.opNOT_SUPPORTED)
        if ctx.ltx.account(self.source) is None:
            return pack_code(_Code.opNO_ACCOUNT)
        malformed = self._check_valid(self.handler)
        if malformed is not None:
            return malformed
        try:
            return pack_inner(self.handler.apply(ctx, self.body))
        except OperationError as error:
            return pack_code(error.code)

    def _check_valid(self, handler: Handler) -> bytes | None:
        if not self._judged:
            malformed = handler.check_valid(self.source, self.body)
            self._malformed = None if malformed is None else pack_inner(malformed)
            self._judged = True
        return self._malformed
