"""What an account can send and receive: reserve, liabilities of offers, limits (core's TransactionUtils.cpp).

Everything is in stroops. The functions at the top work on entries already loaded; those named with an account and an
asset find the entry themselves and know that an issuer has no trustline for its own asset and no bounds on it.
"""

from arb.localnet.ledger.assets import PoolShare
from arb.localnet.ledger.entries import (
    AUTHORIZED,
    AUTHORIZED_TO_MAINTAIN_LIABILITIES,
    Account,
    OfferEntry,
    TrustLine,
)
from arb.localnet.ledger.header import Header
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.ledger.txn import LedgerTxn, LedgerTxnError
from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.exchange import offer_liabilities

MAX_SUBENTRIES = 1000


def min_balance(header: Header, account: Account) -> int:
    """The native balance an account has to keep: two base reserves and one for each entry it pays for."""
    entries = 2 + account.num_sub_entries + account.num_sponsoring - account.num_sponsored
    return entries * header.base_reserve


def is_authorized(line: TrustLine) -> bool:
    """Whether the issuer lets this trustline be used in full."""
    return bool(line.flags & AUTHORIZED)


def may_maintain_liabilities(line: TrustLine) -> bool:
    """Whether open offers of this trustline may stay and fill; pool shares always may."""
    return isinstance(line.asset, PoolShare) or bool(line.flags & (AUTHORIZED | AUTHORIZED_TO_MAINTAIN_LIABILITIES))


def available_in(header: Header, entry: Account | TrustLine) -> int:
    """What the entry could send now; negative for an account below its minimum balance."""
    if isinstance(entry, Account):
        return entry.balance - min_balance(header, entry) - entry.selling_liabilities
    return entry.balance - entry.selling_liabilities


def room_in(entry: Account | TrustLine) -> int:
    """How much more the entry could receive."""
    if isinstance(entry, Account):
        return INT64_MAX - entry.balance - entry.buying_liabilities
    return entry.limit - entry.balance - entry.buying_liabilities if may_maintain_liabilities(entry) else 0


def add_to(header: Header, entry: Account | TrustLine, delta: int) -> bool:
    """Change a loaded entry's balance; False, and nothing changed, where reserve, limit or liabilities forbid it."""
    if delta == 0:
        return True
    balance = entry.balance + delta
    if isinstance(entry, Account):
        if balance < 0 or balance > INT64_MAX - entry.buying_liabilities:
            return False
        if delta < 0 and balance - min_balance(header, entry) < entry.selling_liabilities:
            return False
    else:
        floor, ceiling = entry.selling_liabilities, entry.limit - entry.buying_liabilities
        if not may_maintain_liabilities(entry) or not floor <= balance <= ceiling:
            return False
    entry.balance = balance
    return True


def add_buying_liabilities(entry: Account | TrustLine, delta: int) -> bool:
    """Reserve (or free, delta < 0) room for what an offer may receive; False if there is not that much room."""
    if delta == 0:
        return True
    total = entry.buying_liabilities + delta
    bound = INT64_MAX if isinstance(entry, Account) else entry.limit
    if not 0 <= total <= bound - entry.balance:
        return False
    entry.buying_liabilities = total
    return True


def add_selling_liabilities(header: Header, entry: Account | TrustLine, delta: int) -> bool:
    """Reserve (or free, delta < 0) what an offer may send; False if it is not available."""
    if delta == 0:
        return True
    total = entry.selling_liabilities + delta
    bound = entry.balance - (min_balance(header, entry) if isinstance(entry, Account) else 0)
    if not 0 <= total <= bound:
        return False
    entry.selling_liabilities = total
    return True


def add_subentries(header: Header, account: Account, count: int) -> str | None:
    """Count entries an account adds (or drops, count < 0).

    Returns None when done, else what forbids it, "TOO_MANY_SUBENTRIES" or "LOW_RESERVE", with nothing changed.
    """
    total = account.num_sub_entries + count
    if total < 0:
        raise LedgerTxnError(
            f"account {account.account_id} has {account.num_sub_entries} subentries, asked for {count}"
        )
    if count > 0:
        if total > MAX_SUBENTRIES:
            return "TOO_MANY_SUBENTRIES"
        reserve = min_balance(header, account) + count * header.base_reserve
        if account.balance - account.selling_liabilities < reserve:
            return "LOW_RESERVE"
    account.num_sub_entries = total
    return None


def holding(reads: LedgerReads, account_id: str, asset: Asset) -> Account | TrustLine | None:
    """The entry that keeps an account's balance of an asset, for reading; an issuer has none for its own."""
    return reads.account(account_id) if asset.issuer is None else reads.trustline(account_id, asset)


def load_holding(ltx: LedgerTxn, account_id: str, asset: Asset) -> Account | TrustLine | None:
    """The entry that keeps an account's balance of an asset, to be changed."""
    return ltx.load_account(account_id) if asset.issuer is None else ltx.load_trustline(account_id, asset)


def available(reads: LedgerReads, account_id: str, asset: Asset) -> int:
    """What an account can send of an asset now (core's canSellAtMost): never negative, unbounded for the issuer."""
    if asset.issuer == account_id:
        return INT64_MAX
    entry = holding(reads, account_id, asset)
    if entry is None or (isinstance(entry, TrustLine) and not may_maintain_liabilities(entry)):
        return 0
    return max(0, available_in(reads.header, entry))


def room(reads: LedgerReads, account_id: str, asset: Asset) -> int:
    """How much more of an asset an account can receive (core's canBuyAtMost): never negative, unbounded for issuers."""
    if asset.issuer == account_id:
        return INT64_MAX
    entry = holding(reads, account_id, asset)
    return 0 if entry is None else max(0, room_in(entry))


def add_balance(ltx: LedgerTxn, account_id: str, asset: Asset, delta: int) -> bool:
    """Change an account's balance of an asset; False, and nothing changed, where the network forbids it.

    An issuer creates and destroys its own asset: for it every change succeeds and nothing is kept.
    """
    if asset.issuer == account_id:
        return True
    entry = load_holding(ltx, account_id, asset)
    return entry is not None and add_to(ltx.header, entry, delta)


def acquire_liabilities(ltx: LedgerTxn, offer: OfferEntry) -> None:
    """Reserve what an offer may send and receive.

    Raises:
        LedgerTxnError: the seller has no such balance or room; callers have to check before (core throws here too).
    """
    _shift_liabilities(ltx, offer, 1)


def release_liabilities(ltx: LedgerTxn, offer: OfferEntry) -> None:
    """Free what an offer had reserved. Raises LedgerTxnError when the books do not balance."""
    _shift_liabilities(ltx, offer, -1)


def _shift_liabilities(ltx: LedgerTxn, offer: OfferEntry, sign: int) -> None:
    buying, selling = offer_liabilities(offer.n, offer.d, offer.amount)
    if offer.buying.issuer != offer.seller:
        entry = load_holding(ltx, offer.seller, offer.buying)
        if entry is None or not add_buying_liabilities(entry, sign * buying):
            raise LedgerTxnError(
                f"offer {offer.offer_id}: buying liabilities {sign * buying} of {offer.buying} do not fit"
            )
    if offer.selling.issuer != offer.seller:
        entry = load_holding(ltx, offer.seller, offer.selling)
        if entry is None or not add_selling_liabilities(ltx.header, entry, sign * selling):
            raise LedgerTxnError(
                f"offer {offer.offer_id}: selling liabilities {sign * selling} of {offer.selling} do not fit"
            )
