"""From operations to a signed transaction, without the conveniences of an SDK: traffic builds hundreds a ledger."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from stellar_sdk import xdr

from arb.localnet.traffic.actors import Actor
from arb.localnet.traffic.operations import muxed

MAX_OPERATIONS: Final = 100
"""Operations a transaction may hold."""
FEE_PER_OPERATION: Final = 100
"""What traffic bids, stroops: the network's minimum, so that it yields to everybody else."""
_TX_TAG: Final = b"\x00\x00\x00\x02"  # ENVELOPE_TYPE_TX, packed


def signed(
    network_id: bytes,
    source: Actor,
    sequence: int,
    operations: Sequence[xdr.Operation],
    cosigners: Iterable[Actor] = (),
    soroban: xdr.SorobanTransactionData | None = None,
) -> xdr.TransactionEnvelope:
    """A transaction without memo or time bounds, signed by its source and by cosigners (other operations' sources).

    `soroban` is what a contract call declares; its resource fee comes on top of the bid.
    """
    resource_fee = 0 if soroban is None else soroban.resource_fee.int64
    tx = xdr.Transaction(
        muxed(source.account_id),
        xdr.Uint32(FEE_PER_OPERATION * len(operations) + resource_fee),
        xdr.SequenceNumber(xdr.Int64(sequence)),
        xdr.Preconditions(xdr.PreconditionType.PRECOND_NONE),
        xdr.Memo(xdr.MemoType.MEMO_NONE),
        list(operations),
        xdr.TransactionExt(0) if soroban is None else xdr.TransactionExt(1, soroban),
    )
    digest = sha256(network_id + _TX_TAG + tx.to_xdr_bytes()).digest()
    signatures = [
        xdr.DecoratedSignature(xdr.SignatureHint(signer.hint), xdr.Signature(bytes(signer.key.sign(digest).signature)))
        for signer in dict.fromkeys((source, *cosigners))
    ]
    v1 = xdr.TransactionV1Envelope(tx, signatures)
    return xdr.TransactionEnvelope(xdr.EnvelopeType.ENVELOPE_TYPE_TX, v1=v1)
