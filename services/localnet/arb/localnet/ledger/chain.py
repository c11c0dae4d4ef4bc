"""The chain of ledgers: headers as real XDR, each naming the hash of the one before."""

from collections.abc import Iterable
from hashlib import sha256
from struct import Struct

from arb.localnet.ledger.header import Header

_VERSION = Struct(">I32s32sQII")
_STATE = Struct(">32s32sIqqIQIII")
_NO_SKIPS_NO_EXT = b"\x00" * (4 * 32 + 4)


def pack_header(
    header: Header, *, previous_hash: bytes, tx_set_hash: bytes, result_set_hash: bytes, state_hash: bytes
) -> bytes:
    """The packed LedgerHeader. The state hash stands where the public network has the hash of its bucket list."""
    head = _VERSION.pack(header.protocol_version, previous_hash, tx_set_hash, header.close_time, 0, 0)
    return (
        head
        + _STATE.pack(
            result_set_hash,
            state_hash,
            header.ledger_seq,
            header.total_coins,
            header.fee_pool,
            0,
            header.id_pool,
            header.base_fee,
            header.base_reserve,
            header.max_tx_set_size,
        )
        + _NO_SKIPS_NO_EXT
    )


def result_set_hash(results: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The hash of the packed TransactionResultSet made of (transaction hash, packed TransactionResult) pairs."""
    pairs = [tx_hash + result for tx_hash, result in results]
    return sha256(len(pairs).to_bytes(4, "big") + b"".join(pairs)).digest()
