"""Typed reads over anything that can look up ledger entries: the closed state and every view nested over it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from arb.localnet.ledger import keys
from arb.localnet.ledger.assets import TrustAsset
from arb.localnet.ledger.entries import Account, DataEntry, OfferEntry, PoolEntry, TrustLine
from arb.localnet.ledger.entry import Entry
from arb.localnet.ledger.header import Header
from arb.markets.asset import Asset


class LedgerReads(ABC):
    """Reading a ledger. Nothing returned here may be changed: it is shared with the state it came from."""

    __slots__ = ("header",)

    header: Header

    @abstractmethod
    def get(self, key: bytes) -> Entry | None:
        """The entry of a packed LedgerKey; None if there is none."""

    @abstractmethod
    def archived(self, key: bytes) -> Entry | None:
        """The evicted persistent contract entry of a packed LedgerKey; None if there is none."""

    @abstractmethod
    def offers(self, selling: Asset, buying: Asset) -> Iterator[OfferEntry]:
        """The offers that sell one asset for the other in book order: price as IEEE double, then offer id."""

    @abstractmethod
    def owned(self, account_id: str) -> Iterator[Entry]:
        """The trustlines, offers and data entries of an account."""

    @abstractmethod
    def of_type(self, entry_type: int) -> Iterator[Entry]:
        """Every entry of a LedgerEntryType, in order of creation."""

    def account(self, account_id: str) -> Account | None:
        """The account of an address."""
        entry = self.get(keys.account_key(account_id))
        assert entry is None or isinstance(entry, Account)
        return entry

    def trustline(self, account_id: str, asset: TrustAsset) -> TrustLine | None:
        """An account's trustline for a credit asset or pool share (an issuer has none for its own asset)."""
        entry = self.get(keys.trustline_key(account_id, asset))
        assert entry is None or isinstance(entry, TrustLine)
        return entry

    def offer(self, seller: str, offer_id: int) -> OfferEntry | None:
        """An account's offer."""
        entry = self.get(keys.offer_key(seller, offer_id))
        assert entry is None or isinstance(entry, OfferEntry)
        return entry

    def pool(self, pool_id: str) -> PoolEntry | None:
        """The liquidity pool of an id (64 hex digits)."""
        entry = self.get(keys.pool_key(pool_id))
        assert entry is None or isinstance(entry, PoolEntry)
        return entry

    def offers_of(self, seller: str) -> Iterator[OfferEntry]:
        """The offers of an account."""
        return (entry for entry in self.owned(seller) if isinstance(entry, OfferEntry))

    def trustlines_of(self, account_id: str) -> Iterator[TrustLine]:
        """The trustlines of an account, pool shares included."""
        return (entry for entry in self.owned(account_id) if isinstance(entry, TrustLine))

    def data_of(self, account_id: str) -> Iterator[DataEntry]:
        """The data entries of an account."""
        return (entry for entry in self.owned(account_id) if isinstance(entry, DataEntry))

    def accounts(self) -> Iterator[Account]:
        """Every account."""
        return (entry for entry in self.of_type(keys.ACCOUNT) if isinstance(entry, Account))

    def trustlines(self) -> Iterator[TrustLine]:
        """Every trustline, pool shares included."""
        return (entry for entry in self.of_type(keys.TRUSTLINE) if isinstance(entry, TrustLine))

    def all_offers(self) -> Iterator[OfferEntry]:
        """Every offer."""
        return (entry for entry in self.of_type(keys.OFFER) if isinstance(entry, OfferEntry))

    def pools(self) -> Iterator[PoolEntry]:
        """Every liquidity pool."""
        return (entry for entry in self.of_type(keys.POOL) if isinstance(entry, PoolEntry))
