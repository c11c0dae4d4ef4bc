"""Ledger entries in memory: mutable records that mirror the XDR entries and pack themselves once per version."""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from arb.localnet.ledger import keys
from arb.localnet.ledger.account_ids import pack_account_id
from arb.localnet.ledger.assets import PoolShare, TrustAsset, pack_asset, pack_trust_asset
from arb.localnet.ledger.entry import Versioned
from arb.markets.asset import Asset

_BALANCE_SEQ_SUBENTRIES = Struct(">qqI")
_LIABILITIES = Struct(">Iqq")
_COUNTS = Struct(">II")
_SEQ_SINCE = Struct(">IIIQ")
_BALANCE_LIMIT_FLAGS = Struct(">qqI")
_OFFER_TAIL = Struct(">qiiII")
_POOL_TAIL = Struct(">iqqqq")
_ZERO = b"\x00\x00\x00\x00"
_ONE = b"\x00\x00\x00\x01"

AUTH_REQUIRED, AUTH_REVOCABLE, AUTH_IMMUTABLE, AUTH_CLAWBACK_ENABLED = 1, 2, 4, 8
"""Account flags."""
AUTHORIZED, AUTHORIZED_TO_MAINTAIN_LIABILITIES, TRUSTLINE_CLAWBACK_ENABLED = 1, 2, 4
"""Trustline flags."""
PASSIVE = 1
"""Offer flag: does not cross an offer of the very same price."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A further key that may sign for an account: `key` is the packed XDR SignerKey, `weight` 1-255."""

    key: bytes
    weight: int


@dataclass(slots=True)
class Account(Versioned):
    """AccountEntry. Amounts in stroops; `thresholds` are the weights of master key, low, medium and high."""

    account_id: str
    balance: int
    seq_num: int
    num_sub_entries: int = 0
    inflation_dest: str | None = None
    flags: int = 0
    home_domain: bytes = b""
    thresholds: bytes = b"\x01\x00\x00\x00"
    signers: tuple[Signer, ...] = ()
    buying_liabilities: int = 0
    selling_liabilities: int = 0
    num_sponsored: int = 0
    num_sponsoring: int = 0
    seq_ledger: int = 0
    seq_time: int = 0

    entry_type: ClassVar[int] = keys.ACCOUNT

    def key(self) -> bytes:
        """LedgerKey of the account."""
        return keys.account_key(self.account_id)

    def copy(self) -> "Account":
        """An independent copy, ready to be changed."""
        return Account(
            self.account_id,
            self.balance,
            self.seq_num,
            self.num_sub_entries,
            self.inflation_dest,
            self.flags,
            self.home_domain,
            self.thresholds,
            self.signers,
            self.buying_liabilities,
            self.selling_liabilities,
            self.num_sponsored,
            self.num_sponsoring,
            self.seq_ledger,
            self.seq_time,
            last_modified=self.last_modified,
        )

    def _body(self) -> bytes:
        signers = b"".join(signer.key + signer.weight.to_bytes(4, "big") for signer in self.signers)
        return b"".join(
            (
                pack_account_id(self.account_id),
                _BALANCE_SEQ_SUBENTRIES.pack(self.balance, self.seq_num, self.num_sub_entries),
                _ZERO if self.inflation_dest is None else _ONE + pack_account_id(self.inflation_dest),
                self.flags.to_bytes(4, "big"),
                keys.pack_opaque(self.home_domain),
                self.thresholds,
                len(self.signers).to_bytes(4, "big"),
                signers,
                self._extension(),
            )
        )

    def _extension(self) -> bytes:
        since = bool(self.seq_ledger or self.seq_time)
        counts = since or bool(self.num_sponsored or self.num_sponsoring)
        if not counts and not self.buying_liabilities and not self.selling_liabilities:
            return _ZERO
        packed = _LIABILITIES.pack(1, self.buying_liabilities, self.selling_liabilities)
        if not counts:
            return packed + _ZERO
        packed += b"\x00\x00\x00\x02" + _COUNTS.pack(self.num_sponsored, self.num_sponsoring)
        packed += len(self.signers).to_bytes(4, "big") + _ZERO * len(self.signers)  # signers nobody sponsors
        return packed + (_SEQ_SINCE.pack(3, 0, self.seq_ledger, self.seq_time) if since else _ZERO)


@dataclass(slots=True)
class TrustLine(Versioned):
    """TrustLineEntry for a credit asset or for pool shares; amounts in stroops."""

    account_id: str
    asset: TrustAsset
    balance: int
    limit: int
    flags: int = AUTHORIZED
    buying_liabilities: int = 0
    selling_liabilities: int = 0
    pool_use_count: int = 0

    entry_type: ClassVar[int] = keys.TRUSTLINE

    def key(self) -> bytes:
        """LedgerKey of the trustline."""
        return keys.trustline_key(self.account_id, self.asset)

    def owner(self) -> str | None:
        """The account that holds the asset."""
        return self.account_id

    def copy(self) -> "TrustLine":
        """An independent copy, ready to be changed."""
        return TrustLine(
            self.account_id,
            self.asset,
            self.balance,
            self.limit,
            self.flags,
            self.buying_liabilities,
            self.selling_liabilities,
            self.pool_use_count,
            last_modified=self.last_modified,
        )

    def _body(self) -> bytes:
        packed = pack_account_id(self.account_id) + pack_trust_asset(self.asset)
        packed += _BALANCE_LIMIT_FLAGS.pack(self.balance, self.limit, self.flags)
        if not (self.buying_liabilities or self.selling_liabilities or self.pool_use_count):
            return packed + _ZERO
        packed += _LIABILITIES.pack(1, self.buying_liabilities, self.selling_liabilities)
        if not self.pool_use_count:
            return packed + _ZERO
        return packed + b"\x00\x00\x00\x02" + _COUNTS.pack(self.pool_use_count, 0)


@dataclass(slots=True)
class OfferEntry(Versioned):
    """OfferEntry: sells `amount` stroops of `selling` at price n/d `buying` per `selling`.

    The assets of an offer never change in place: erase it and create it anew, as core does.
    """

    seller: str
    offer_id: int
    selling: Asset
    buying: Asset
    amount: int
    n: int
    d: int
    flags: int = 0

    entry_type: ClassVar[int] = keys.OFFER

    def key(self) -> bytes:
        """LedgerKey of the offer."""
        return keys.offer_key(self.seller, self.offer_id)

    def owner(self) -> str | None:
        """The seller."""
        return self.seller

    @property
    def passive(self) -> bool:
        """Whether the offer does not cross offers of the same price."""
        return bool(self.flags & PASSIVE)

    def copy(self) -> "OfferEntry":
        """An independent copy, ready to be changed."""
        return OfferEntry(
            self.seller,
            self.offer_id,
            self.selling,
            self.buying,
            self.amount,
            self.n,
            self.d,
            self.flags,
            last_modified=self.last_modified,
        )

    def _body(self) -> bytes:
        head = pack_account_id(self.seller) + self.offer_id.to_bytes(8, "big")
        return (
            head
            + pack_asset(self.selling)
            + pack_asset(self.buying)
            + _OFFER_TAIL.pack(self.amount, self.n, self.d, self.flags, 0)
        )


@dataclass(slots=True)
class DataEntry(Versioned):
    """DataEntry: up to 64 bytes an account keeps under a name of up to 64 bytes."""

    account_id: str
    name: bytes
    value: bytes

    entry_type: ClassVar[int] = keys.DATA

    def key(self) -> bytes:
        """LedgerKey of the data entry."""
        return keys.data_key(self.account_id, self.name)

    def owner(self) -> str | None:
        """The account that set it."""
        return self.account_id

    def copy(self) -> "DataEntry":
        """An independent copy, ready to be changed."""
        return DataEntry(self.account_id, self.name, self.value, last_modified=self.last_modified)

    def _body(self) -> bytes:
        return pack_account_id(self.account_id) + keys.pack_opaque(self.name) + keys.pack_opaque(self.value) + _ZERO


@dataclass(slots=True)
class PoolEntry(Versioned):
    """LiquidityPoolEntry of a constant product pool of a < b; reserves and shares in stroops, fee in basis points."""

    pool_id: str
    a: Asset
    b: Asset
    reserve_a: int = 0
    reserve_b: int = 0
    total_shares: int = 0
    trustline_count: int = 0
    fee_bps: int = 30

    entry_type: ClassVar[int] = keys.POOL

    def key(self) -> bytes:
        """LedgerKey of the pool."""
        return keys.pool_key(self.pool_id)

    @property
    def share(self) -> PoolShare:
        """The asset its share trustlines hold."""
        return PoolShare(self.pool_id)

    def copy(self) -> "PoolEntry":
        """An independent copy, ready to be changed."""
        return PoolEntry(
            self.pool_id,
            self.a,
            self.b,
            self.reserve_a,
            self.reserve_b,
            self.total_shares,
            self.trustline_count,
            self.fee_bps,
            last_modified=self.last_modified,
        )

    def _body(self) -> bytes:
        head = bytes.fromhex(self.pool_id) + _ZERO + pack_asset(self.a) + pack_asset(self.b)
        tail = _POOL_TAIL.pack(self.fee_bps, self.reserve_a, self.reserve_b, self.total_shares, self.trustline_count)
        return head + tail
