"""Contract transactions, packed: one operation whose source is not the transaction's, with or without resources."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stellar_sdk import MuxedAccount, xdr

from arb.contracts.errors import TransactionShapeError
from arb.contracts.invocation.operations import ContractOperation, RestoreFootprint
from arb.contracts.transactions import Transaction, network_id


@dataclass(frozen=True, slots=True)
class Draft:
    """One contract operation and who stands for it, before the network was asked.

    `channel` (G...) is the transaction's source, pays its fee and uses `sequence` (its last + 1); `operator` (G...) is
    the operation's source, whose authorisation its signature on the transaction is. `max_time` is the upper time bound
    in unix seconds: without one a transaction can never be proven dead. `passphrase` names the network.
    """

    operation: ContractOperation
    channel: str
    operator: str
    sequence: int
    max_time: int
    passphrase: str

    def restoring(self, keys: Sequence[xdr.LedgerKey]) -> "Draft":
        """The transaction that has to come first, with the same sequence number: this draft then takes the next."""
        return replace(self, operation=RestoreFootprint(tuple(keys)))


def build_invocation(
    draft: Draft,
    *,
    data: xdr.SorobanTransactionData | None,
    auth: Sequence[xdr.SorobanAuthorizationEntry] = (),
    fee: int,
) -> Transaction:
    """The unsigned envelope. `data` is None only for what is to be simulated; `fee` in stroops, resources included.

    TransactionShapeError for a time bound of 0, a fee that does not fit, or authorisation without a call.
    """
    if draft.max_time <= 0:
        raise TransactionShapeError("max_time", "a transaction without maxTime can never be proven dead")
    if not 0 < fee < 2**32:
        raise TransactionShapeError("fee", f"a fee of {fee} stroops does not fit a transaction (1..{2**32 - 1})")
    body = draft.operation.body()
    if body.invoke_host_function_op is not None:
        body.invoke_host_function_op.auth = list(auth)
    elif auth:
        raise TransactionShapeError("auth", "only a contract call carries authorisation entries")
    source = None if draft.operator == draft.channel else _account(draft.operator)
    bounds = xdr.TimeBounds(xdr.TimePoint(xdr.Uint64(0)), xdr.TimePoint(xdr.Uint64(draft.max_time)))
    transaction = xdr.Transaction(
        source_account=_account(draft.channel),
        fee=xdr.Uint32(fee),
        seq_num=xdr.SequenceNumber(xdr.Int64(draft.sequence)),
        cond=xdr.Preconditions(xdr.PreconditionType.PRECOND_TIME, time_bounds=bounds),
        memo=xdr.Memo(xdr.MemoType.MEMO_NONE),
        operations=[xdr.Operation(source, body)],
        ext=xdr.TransactionExt(0) if data is None else xdr.TransactionExt(1, data),
    )
    kind = xdr.EnvelopeType.ENVELOPE_TYPE_TX
    envelope = xdr.TransactionEnvelope(kind, v1=xdr.TransactionV1Envelope(transaction, []))
    signed_over = xdr.TransactionSignaturePayload(
        xdr.Hash(network_id(draft.passphrase)), xdr.TransactionSignaturePayloadTaggedTransaction(kind, transaction)
    )
    return Transaction(envelope.to_xdr_bytes(), hashlib.sha256(signed_over.to_xdr_bytes()).digest())


def _account(address: str) -> xdr.MuxedAccount:
    return MuxedAccount.from_account(address).to_xdr_object()
