"""Who a transaction is by and who pays its fee: the accounts at the head of an envelope, read without the rest."""

from typing import Final, NamedTuple

from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import Cursor, address_of, from_base64

_ENVELOPE_TX_V0: Final = 0
_ENVELOPE_TX: Final = 2
_ENVELOPE_FEE_BUMP: Final = 5
_ED25519: Final = 0
_MUXED_ED25519: Final = 0x100


class Sources(NamedTuple):
    """Addresses (G...). Of a fee bump, `source` is that of the transaction within."""

    source: str
    fee_source: str


def sources(envelope: bytes | str) -> Sources:
    """Reads TransactionEnvelope (XDR or base64), of any kind. Malformed when it is none.

    A multiplexed account (M...) is the account it stands for: ids say nothing about whose money moves.
    """
    cursor = Cursor(from_base64(envelope) if isinstance(envelope, str) else envelope)
    kind = cursor.u32()
    if kind == _ENVELOPE_TX_V0:
        source = address_of(cursor.fixed(32))
        return Sources(source, source)
    if kind == _ENVELOPE_TX:
        source = _account(cursor)
        return Sources(source, source)
    if kind != _ENVELOPE_FEE_BUMP:
        raise Malformed(f"an envelope of unknown kind {kind}")
    fee_source = _account(cursor)
    cursor.skip(8)  # the fee
    if cursor.u32() != _ENVELOPE_TX:
        raise Malformed("a fee bump around something else than a transaction")
    return Sources(_account(cursor), fee_source)


def _account(cursor: Cursor) -> str:
    kind = cursor.u32()
    if kind == _MUXED_ED25519:
        cursor.skip(8)  # the id
    elif kind != _ED25519:
        raise Malformed(f"unknown kind of account {kind} at byte {cursor.at - 4}")
    return address_of(cursor.fixed(32))
