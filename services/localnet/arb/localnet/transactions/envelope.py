"""Envelopes as they come from the wire: parsed and hashed once, then carried as a frame until their ledger closes."""

from hashlib import sha256

from stellar_sdk import xdr

from arb.localnet.transactions.fee_bump import FeeBumpFrame
from arb.localnet.transactions.frame import TransactionFrame

Frame = TransactionFrame | FeeBumpFrame
"""Either kind of transaction: both have the same attributes and check, charge and apply in the same way."""

_V0, _V1, _FEE_BUMP = (
    kind.value.to_bytes(4, "big")
    for kind in (
        xdr.EnvelopeType.ENVELOPE_TYPE_TX_V0,
        xdr.EnvelopeType.ENVELOPE_TYPE_TX,
        xdr.EnvelopeType.ENVELOPE_TYPE_TX_FEE_BUMP,
    )
)
_ED25519 = b"\x00\x00\x00\x00"


class MalformedEnvelopeError(ValueError):
    """The bytes are no TransactionEnvelope."""


def parse(envelope_xdr: bytes, network_id: bytes) -> Frame:
    """The frame of a packed TransactionEnvelope; a V0 envelope becomes the V1 that has the same hash, as in core.

    Raises:
        MalformedEnvelopeError: the bytes are no envelope, or have something before or after it.
    """
    if envelope_xdr[:4] == _V0:
        envelope_xdr = _V1 + _ED25519 + envelope_xdr[4:]
    try:
        envelope = xdr.TransactionEnvelope.from_xdr_bytes(envelope_xdr)
    except (ValueError, TypeError, EOFError) as error:
        raise MalformedEnvelopeError(f"not a TransactionEnvelope: {error}") from error
    if envelope.fee_bump is None:
        return _transaction(envelope, envelope_xdr, network_id)
    inner_v1 = envelope.fee_bump.tx.inner_tx.v1
    inner_envelope = xdr.TransactionEnvelope(xdr.EnvelopeType.ENVELOPE_TYPE_TX, v1=inner_v1)
    inner = _transaction(inner_envelope, inner_envelope.to_xdr_bytes(), network_id)
    body = envelope_xdr[4 : -_signatures_size(envelope.fee_bump.signatures)]
    return FeeBumpFrame(envelope, envelope_xdr, sha256(network_id + _FEE_BUMP + body).digest(), inner)


def _transaction(envelope: xdr.TransactionEnvelope, envelope_xdr: bytes, network_id: bytes) -> TransactionFrame:
    assert envelope.v1 is not None
    body = envelope_xdr[4 : -_signatures_size(envelope.v1.signatures)]
    return TransactionFrame(envelope, envelope_xdr, sha256(network_id + _V1 + body).digest(), network_id)


def _signatures_size(signatures: list[xdr.DecoratedSignature]) -> int:
    """How many bytes the signatures take at the end of an envelope: what comes before them is what they sign."""
    return 4 + sum(8 + (len(item.signature.signature) + 3) // 4 * 4 for item in signatures)
