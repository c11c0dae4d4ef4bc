"""Transactions of ours, packed byte for byte: operations, envelope, hash, signatures.

Building and signing lie on the way from a ledger's close to a trade, so nothing here goes through the generated XDR
classes: a basket of 100 path payments packs in well under a millisecond. Tests hold every byte against stellar_sdk.
"""

import base64
import hashlib
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from nacl.signing import SigningKey

from arb.contracts.errors import TransactionShapeError
from arb.contracts.xdr_cursor import address_of
from arb.markets.asset import Asset, account_key

MAX_OPERATIONS: Final = 100
MAX_PATH: Final = 5
MAX_SIGNATURES: Final = 20

_ENVELOPE_TX: Final = 2
_CREATE_ACCOUNT: Final = 0
_PAYMENT: Final = 1
_PATH_PAYMENT_STRICT_RECEIVE: Final = 2
_SET_OPTIONS: Final = 5
_CHANGE_TRUST: Final = 6
_ACCOUNT_MERGE: Final = 8
_BUMP_SEQUENCE: Final = 11
_MEMO_NONE: Final = 0
_MEMO_HASH: Final = 3
_NO_SIGNATURES: Final = b"\0\0\0\0"


@lru_cache(maxsize=16)
def network_id(passphrase: str) -> bytes:
    """SHA-256 of the network's passphrase."""
    return hashlib.sha256(passphrase.encode()).digest()


class Cycle(NamedTuple):
    """One strict-receive path payment to oneself: `assets` from send to destination asset, amounts in stroops."""

    assets: tuple[Asset, ...]
    send_max: int
    dest_amount: int


class Transaction(NamedTuple):
    """An envelope as XDR and the hash the network knows it by, which signatures do not change."""

    envelope: bytes
    hash: bytes

    @property
    def envelope_xdr(self) -> str:
        """The envelope in base64."""
        return base64.b64encode(self.envelope).decode()

    @property
    def hash_hex(self) -> str:
        return self.hash.hex()


class Signer:
    """One ed25519 secret key that signs and never shows itself: no repr and no exception holds the seed."""

    __slots__ = ("_key", "address", "hint")

    def __init__(self, seed: bytes) -> None:
        """`seed` is the 32 raw bytes. ValueError, without the value, for any other length."""
        if len(seed) != 32:
            raise ValueError(f"an ed25519 seed has 32 bytes, not {len(seed)}")
        self._key = SigningKey(seed)
        public = bytes(self._key.verify_key)
        self.address = address_of(public)
        self.hint = public[-4:]

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def decorated(self, transaction_hash: bytes) -> bytes:
        """DecoratedSignature XDR over a transaction hash."""
        return decorate(self.hint, self.signature(transaction_hash))

    def signature(self, payload: bytes) -> bytes:
        """The 64 bytes over a hash that is no transaction's, such as an authorisation's payload."""
        return bytes(self._key.sign(payload).signature)


def decorate(hint: bytes, signature: bytes) -> bytes:
    """DecoratedSignature XDR: the last 4 bytes of the public key, and the 64 of the signature."""
    return hint + b"\0\0\0\x40" + signature


def build_basket(
    cycles: Iterable[Cycle], *, channel: str, trading: str, sequence: int, fee: int, max_time: int, passphrase: str
) -> Transaction:
    """The unsigned basket: `channel` is the transaction's source and pays the fee, `trading` every operation's source.

    `sequence` is the number to use (the channel's last + 1), `fee` the bid for the whole transaction in stroops,
    `max_time` unix seconds. TransactionShapeError for 0 or more than 100 cycles or for a path that is too long.
    """
    key = account_key(trading)
    return build_transaction(
        [_path_payment(key, cycle) for cycle in cycles],
        source=channel,
        sequence=sequence,
        fee=fee,
        max_time=max_time,
        passphrase=passphrase,
    )


def build_transaction(
    operations: Sequence[bytes],
    *,
    source: str,
    sequence: int,
    fee: int,
    max_time: int,
    passphrase: str,
    resources: bytes | None = None,
    memo_hash: bytes | None = None,
) -> Transaction:
    """An unsigned transaction of packed operations. `fee` in stroops for all of it, `max_time` in unix seconds.

    `memo_hash`, 32 bytes, becomes its MEMO_HASH.
    `resources` is what a contract call declares: SorobanTransactionData, packed.
    """
    if not 0 < len(operations) <= MAX_OPERATIONS:
        raise TransactionShapeError(
            "operation_count", f"{len(operations)} operations: a transaction has 1..{MAX_OPERATIONS}"
        )
    if not 0 < fee < 2**32:
        raise TransactionShapeError("fee", f"a fee of {fee} stroops does not fit a transaction (1..{2**32 - 1})")
    if memo_hash is not None and len(memo_hash) != 32:
        raise TransactionShapeError("memo", f"a memo hash has 32 bytes, not {len(memo_hash)}")
    memo = struct.pack(">i", _MEMO_NONE) if memo_hash is None else struct.pack(">i", _MEMO_HASH) + memo_hash
    bounded = struct.pack(">i32sIqiQQ", 0, account_key(source), fee, sequence, 1, 0, max_time)
    head = bounded + memo + struct.pack(">i", len(operations))
    extension = struct.pack(">i", 0) if resources is None else struct.pack(">i", 1) + resources
    body = head + b"".join(operations) + extension
    tagged = struct.pack(">i", _ENVELOPE_TX) + body
    return Transaction(tagged + _NO_SIGNATURES, hashlib.sha256(network_id(passphrase) + tagged).digest())


def sign(transaction: Transaction, *signers: Signer) -> Transaction:
    """The transaction with one signature more per signer, in this order; the hash stays the same.

    TransactionShapeError when it is already signed: what is signed elsewhere is not ours to complete.
    """
    return attach(transaction, *(signer.decorated(transaction.hash) for signer in signers))


def attach(transaction: Transaction, *decorated: bytes) -> Transaction:
    """The transaction with these signatures, each DecoratedSignature XDR. TransactionShapeError as for `sign`."""
    if transaction.envelope[-4:] != _NO_SIGNATURES:
        raise TransactionShapeError("signatures_present", "the envelope already carries signatures")
    if not 0 < len(decorated) <= MAX_SIGNATURES:
        raise TransactionShapeError("signatures", f"{len(decorated)} signers: an envelope carries 1..{MAX_SIGNATURES}")
    return Transaction(
        transaction.envelope[:-4] + struct.pack(">I", len(decorated)) + b"".join(decorated),
        transaction.hash,
    )


def change_trust(asset: Asset, limit: int) -> bytes:
    """A packed ChangeTrust operation of the transaction's source: open, change or (limit 0) close a trustline."""
    return struct.pack(">ii", 0, _CHANGE_TRUST) + asset.to_xdr() + struct.pack(">q", limit)


def set_signer(account: str, signer: str, weight: int, *, master_weight: int | None = None) -> bytes:
    """A packed SetOptions operation of `account`: gives the key `signer` a weight, 0 takes it away.

    `master_weight` is what the account's own key weighs from then on; None leaves it as it is.
    """
    head = struct.pack(">ii32siiii", 1, 0, account_key(account), _SET_OPTIONS, 0, 0, 0)
    master = struct.pack(">i", 0) if master_weight is None else struct.pack(">iI", 1, master_weight)
    thresholds_and_domain = struct.pack(">iiii", 0, 0, 0, 0)
    return head + master + thresholds_and_domain + struct.pack(">ii32sI", 1, 0, account_key(signer), weight)


def payment(destination: str, asset: Asset, amount: int) -> bytes:
    """A packed Payment operation of the transaction's source, in stroops."""
    head = struct.pack(">iii32s", 0, _PAYMENT, 0, account_key(destination))
    return head + asset.to_xdr() + struct.pack(">q", amount)


def bump_sequence(to: int) -> bytes:
    """A packed BumpSequence operation of the transaction's source; to 0 it changes nothing, which is allowed."""
    return struct.pack(">iiq", 0, _BUMP_SEQUENCE, to)


def create_account(destination: str, starting_balance: int) -> bytes:
    """A packed CreateAccount operation of the transaction's source, in stroops of XLM."""
    return struct.pack(">iii32sq", 0, _CREATE_ACCOUNT, 0, account_key(destination), starting_balance)


def merge_account(account: str, into: str) -> bytes:
    """A packed AccountMerge operation of `account`: all its XLM goes to `into`, and it is gone."""
    head = struct.pack(">ii32s", 1, 0, account_key(account))
    return head + struct.pack(">ii32s", _ACCOUNT_MERGE, 0, account_key(into))


def _path_payment(trading_key: bytes, cycle: Cycle) -> bytes:
    if not 2 <= len(cycle.assets) <= MAX_PATH + 2:
        raise TransactionShapeError("path", f"a path of {len(cycle.assets)} assets: expected 2..{MAX_PATH + 2}")
    send, *path, dest = cycle.assets
    return b"".join(
        (
            struct.pack(">ii32si", 1, 0, trading_key, _PATH_PAYMENT_STRICT_RECEIVE),
            send.to_xdr(),
            struct.pack(">qi32s", cycle.send_max, 0, trading_key),
            dest.to_xdr(),
            struct.pack(">qI", cycle.dest_amount, len(path)),
            *(asset.to_xdr() for asset in path),
        )
    )
