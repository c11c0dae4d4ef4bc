"""Ledger entries as values: the keys RPC is asked by, and what it answers for accounts, trustlines, offers, pools."""

import base64
import struct
from typing import Final, NamedTuple

from stellar_sdk import xdr

from arb.contracts.entry_extent import SKIPPED, skip_account, skip_signer, skip_trustline
from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import Cursor, from_base64
from arb.markets.asset import Asset, account_key
from arb.markets.book import Offer
from arb.markets.errors import MarketsError
from arb.markets.pool import Pool

_ACCOUNT: Final = 0
_TRUSTLINE: Final = 1
_OFFER: Final = 2
_POOL: Final = 5
_PASSIVE_FLAG: Final = 1
_AUTHORIZED_FLAG: Final = 1
_SKIPPED_FOR_MARKETS: Final = {**SKIPPED, _ACCOUNT: skip_account, _TRUSTLINE: skip_trustline}


class AccountState(NamedTuple):
    """An account entry. Balances and liabilities are stroops of XLM; `sequence` is the last number used."""

    id: str
    balance: int
    sequence: int
    subentries: int
    sponsoring: int
    sponsored: int
    buying_liabilities: int
    selling_liabilities: int

    def available(self, base_reserve: int) -> int:
        """Stroops that may be spent: balance - minimum balance - selling liabilities, never below 0."""
        minimum = (2 + self.subentries + self.sponsoring - self.sponsored) * base_reserve
        return max(0, self.balance - minimum - self.selling_liabilities)


class TrustlineState(NamedTuple):
    """A trustline entry in stroops. `asset` is a pool id (hex) for pool shares."""

    account: str
    asset: Asset | str
    balance: int
    limit: int
    authorized: bool
    buying_liabilities: int
    selling_liabilities: int

    @property
    def room(self) -> int:
        """Stroops it can still receive."""
        return self.limit - self.balance - self.buying_liabilities


class AccountKey(NamedTuple):
    account: str


class TrustlineKey(NamedTuple):
    account: str
    asset: Asset | str


class OfferKey(NamedTuple):
    seller: str
    offer_id: int


class PoolKey(NamedTuple):
    pool_id: str


Entry = AccountState | TrustlineState | Offer | Pool
EntryKey = AccountKey | TrustlineKey | OfferKey | PoolKey


def pack_key(key: EntryKey) -> bytes:
    """LedgerKey XDR."""
    match key:
        case AccountKey(account):
            return struct.pack(">ii32s", _ACCOUNT, 0, account_key(account))
        case TrustlineKey(account, asset):
            held = struct.pack(">i32s", 3, bytes.fromhex(asset)) if isinstance(asset, str) else asset.to_xdr()
            return struct.pack(">ii32s", _TRUSTLINE, 0, account_key(account)) + held
        case OfferKey(seller, offer_id):
            return struct.pack(">ii32sq", _OFFER, 0, account_key(seller), offer_id)
        case PoolKey(pool_id):
            return struct.pack(">i32s", _POOL, bytes.fromhex(pool_id))


def key_text(key: EntryKey) -> str:
    """LedgerKey in base64, as getLedgerEntries takes it."""
    return base64.b64encode(pack_key(key)).decode()


def decode_entry(data_xdr: str) -> Entry:
    """The LedgerEntryData that RPC answers with. Malformed for kinds of entry that have no value type here."""
    cursor = Cursor(from_base64(data_xdr))
    entry = read_entry_data(cursor)
    cursor.within()
    if entry is None:
        raise Malformed("the ledger entry is neither account, trustline, offer nor pool")
    return entry


def read_entry(cursor: Cursor, *, balances: bool = True) -> Entry | None:
    """One LedgerEntry (with its age and sponsor, which are dropped). None for kinds this platform does not use.

    Accounts and trustlines are passed over as well unless `balances` are wanted.
    """
    cursor.skip(4)
    entry = read_entry_data(cursor, balances=balances)
    if cursor.u32():
        if cursor.u32():
            cursor.skip(36)
        cursor.skip(4)
    return entry


def read_entry_data(cursor: Cursor, *, balances: bool = True) -> Entry | None:
    """One LedgerEntryData. None for kinds this platform does not use; the cursor is past it either way."""
    start = cursor.at
    kind = cursor.u32()
    skip = SKIPPED.get(kind) if balances else _SKIPPED_FOR_MARKETS.get(kind)
    if skip is not None:
        skip(cursor)
        return None
    try:
        if kind == _OFFER:
            return _read_offer(cursor)
        if kind == _TRUSTLINE:
            return _read_trustline(cursor)
        if kind == _ACCOUNT:
            return _read_account(cursor)
        if kind == _POOL:
            return _read_pool(cursor)
    except MarketsError as wrong:
        raise Malformed(f"ledger entry at byte {start}: {wrong}") from None
    cursor.at = start
    cursor.delegate(xdr.LedgerEntryData)
    return None


def read_key(cursor: Cursor) -> EntryKey | None:
    """One LedgerKey. None for kinds this platform does not use; the cursor is past it either way."""
    start = cursor.at
    kind = cursor.u32()
    if kind == _OFFER:
        return OfferKey(cursor.account(), cursor.i64())
    if kind == _TRUSTLINE:
        return TrustlineKey(cursor.account(), cursor.trustline_asset())
    if kind == _ACCOUNT:
        return AccountKey(cursor.account())
    if kind == _POOL:
        return PoolKey(cursor.fixed(32).hex())
    cursor.at = start
    cursor.delegate(xdr.LedgerKey)
    return None


def _read_offer(cursor: Cursor) -> Offer:
    seller = cursor.account()
    offer_id = cursor.i64()
    selling, buying = cursor.asset(), cursor.asset()
    amount = cursor.i64()
    n, d, flags = cursor.i32(), cursor.i32(), cursor.u32()
    cursor.skip(4)
    return Offer(offer_id, seller, selling, buying, amount, n, d, bool(flags & _PASSIVE_FLAG))


def _read_pool(cursor: Cursor) -> Pool:
    pool_id = cursor.fixed(32).hex()
    if cursor.u32() != 0:
        raise Malformed(f"pool {pool_id} is of a kind this version does not know")
    a, b = cursor.asset(), cursor.asset()
    fee_bps = cursor.i32()
    reserve_a, reserve_b, shares = cursor.i64(), cursor.i64(), cursor.i64()
    cursor.skip(8)
    return Pool(pool_id, a, b, reserve_a, reserve_b, shares, fee_bps)


def _read_trustline(cursor: Cursor) -> TrustlineState:
    account, asset = cursor.account(), cursor.trustline_asset()
    balance, limit, flags = cursor.i64(), cursor.i64(), cursor.u32()
    buying = selling = 0
    if cursor.u32():
        buying, selling = cursor.i64(), cursor.i64()
        if cursor.u32():
            cursor.skip(8)
    return TrustlineState(account, asset, balance, limit, bool(flags & _AUTHORIZED_FLAG), buying, selling)


def _read_account(cursor: Cursor) -> AccountState:
    account = cursor.account()
    balance, sequence, subentries = cursor.i64(), cursor.i64(), cursor.u32()
    if cursor.u32():
        cursor.skip(36)  # inflation destination
    cursor.skip(4)  # flags
    cursor.skip_opaque()  # home domain
    cursor.skip(4)  # thresholds
    for _ in range(cursor.u32()):
        skip_signer(cursor)
    buying = selling = sponsored = sponsoring = 0
    if cursor.u32():
        buying, selling = cursor.i64(), cursor.i64()
        if cursor.u32():
            sponsored, sponsoring = cursor.u32(), cursor.u32()
            for _ in range(cursor.u32()):
                if cursor.u32():
                    cursor.skip(36)
            if cursor.u32():
                cursor.skip(16)  # extension point, sequence ledger, sequence time
    return AccountState(account, balance, sequence, subentries, sponsoring, sponsored, buying, selling)
