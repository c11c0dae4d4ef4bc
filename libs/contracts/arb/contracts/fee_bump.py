"""A fee bump around a signed trade of ours: a higher bid for the very same transaction (CAP-15).

The transaction within keeps its bytes, its sequence number and its max time, so at most one of the two is ever applied.
"""

import hashlib
import struct
from typing import Final, NamedTuple

from stellar_sdk import xdr
from stellar_sdk.exceptions import SdkError

from arb.contracts.errors import Malformed, TransactionShapeError
from arb.contracts.trade import Trade, read_trade
from arb.contracts.transactions import MAX_SIGNATURES, Transaction, network_id
from arb.contracts.xdr_cursor import address_of, from_base64
from arb.markets.asset import account_key

_ENVELOPE_FEE_BUMP: Final = 5
_NO_SIGNATURES: Final = b"\0\0\0\0"
_INT64_MAX: Final = 2**63 - 1


class FeeBump(NamedTuple):
    """What an unsigned fee bump says. `fee` in stroops for everything, what a call declares to use included."""

    fee_source: str
    fee: int
    inner: Trade
    transaction: Transaction


def build_fee_bump(signed_xdr: str, *, fee_source: str, fee: int, passphrase: str) -> Transaction:
    """The unsigned fee bump of a signed transaction (base64 XDR). `fee` in stroops for all of it.

    TransactionShapeError when the fee does not fit, or what is within is no signed transaction.
    """
    inner = _decoded(signed_xdr)
    if inner.v1 is None or not inner.v1.signatures:
        raise TransactionShapeError("envelope_type", "only a signed v1 transaction can be bumped")
    return _packed(inner, fee_source, fee, passphrase)


def read_fee_bump(envelope_xdr: str, passphrase: str) -> FeeBump:
    """Parses base64 XDR of an unsigned fee bump around a signed trade, for the network of `passphrase`.

    What was read is packed again and must give the same bytes. TransactionShapeError with the codes of `read_trade`
    for what is within, and malformed, envelope_type, fee, fee_source, signatures, signatures_present or not_canonical.
    """
    parsed = _decoded(envelope_xdr)
    if parsed.fee_bump is None:
        raise TransactionShapeError("envelope_type", f"the envelope is {parsed.type.name}, not a fee bump")
    if parsed.fee_bump.signatures:
        raise TransactionShapeError("signatures_present", "the envelope already carries signatures")
    body = parsed.fee_bump.tx
    if body.fee_source.ed25519 is None:
        raise TransactionShapeError("fee_source", "a multiplexed account pays the fee: ours are plain")
    inner = body.inner_tx.v1
    assert inner is not None  # the only arm of the union
    if not 0 < len(inner.signatures) <= MAX_SIGNATURES:
        raise TransactionShapeError("signatures", f"the transaction within carries {len(inner.signatures)} signatures")
    signed = xdr.TransactionEnvelope(xdr.EnvelopeType.ENVELOPE_TYPE_TX, v1=inner)
    fee_source, fee = address_of(body.fee_source.ed25519.uint256), body.fee.int64
    again = _packed(signed, fee_source, fee, passphrase)
    if again.envelope != from_base64(envelope_xdr):
        raise TransactionShapeError("not_canonical", "the envelope has bytes that its content does not explain")
    bare = xdr.TransactionEnvelope(xdr.EnvelopeType.ENVELOPE_TYPE_TX, v1=xdr.TransactionV1Envelope(inner.tx, []))
    return FeeBump(fee_source, fee, read_trade(bare.to_xdr(), passphrase), again)


def is_fee_bump(envelope_xdr: str) -> bool:
    """Whether the envelope (base64 XDR) says of itself that it is a fee bump. TransactionShapeError when it is none."""
    try:
        return from_base64(envelope_xdr)[:4] == struct.pack(">i", _ENVELOPE_FEE_BUMP)
    except Malformed as wrong:
        raise TransactionShapeError("malformed", f"not an envelope: {wrong}") from None


def _packed(signed: xdr.TransactionEnvelope, fee_source: str, fee: int, passphrase: str) -> Transaction:
    if not 0 < fee <= _INT64_MAX:
        raise TransactionShapeError("fee", f"a fee of {fee} stroops does not fit a fee bump")
    head = struct.pack(">ii32sq", _ENVELOPE_FEE_BUMP, 0, account_key(fee_source), fee)
    tagged = head + signed.to_xdr_bytes() + struct.pack(">i", 0)
    return Transaction(tagged + _NO_SIGNATURES, hashlib.sha256(network_id(passphrase) + tagged).digest())


def _decoded(envelope_xdr: str) -> xdr.TransactionEnvelope:
    try:
        return xdr.TransactionEnvelope.from_xdr_bytes(from_base64(envelope_xdr))
    except (Malformed, SdkError, ValueError, EOFError, TypeError, IndexError) as wrong:
        raise TransactionShapeError("malformed", f"not an envelope: {wrong}") from None
