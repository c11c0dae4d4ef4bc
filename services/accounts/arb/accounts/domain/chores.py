"""What there is to do for our accounts: one chore at a time, decided from the record and one look at the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from arb.accounts.domain.lease import Seen
from arb.accounts.domain.observation import Observation
from arb.accounts.domain.record import AccountRecord
from arb.contracts.entries import AccountState
from arb.markets.asset import Asset

MAX_OPERATIONS: Final = 100
MAX_MERGED: Final = 19
"""Of the 20 signatures that a transaction may carry, one is the trading account's."""


@dataclass(frozen=True, slots=True)
class House:
    """The accounts we keep and how. Amounts are stroops of XLM."""

    trading: str
    channels: tuple[str, ...]
    assets: tuple[Asset, ...]
    friendbot: bool
    """Whether the network funds accounts for the asking."""
    channel_minimum: int
    """A channel account below this is topped up ..."""
    channel_target: int
    """... to this."""
    base_reserve: int
    max_fee_per_operation: int
    retiring: tuple[str, ...] = ()
    """Channels that are one too many: nothing is signed for them, and what they hold goes to the trading account."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """All that are ours."""
        return (*self.kept, *self.retiring)

    @property
    def kept(self) -> tuple[str, ...]:
        """Those that must be there for trading to go on."""
        return (self.trading, *self.channels)

    @property
    def credit_assets(self) -> tuple[Asset, ...]:
        return tuple(asset for asset in self.assets if not asset.is_native)

    @property
    def working_balance(self) -> int:
        """What the trading account must hold to set everything up and keep it running for a while."""
        reserves = (2 + len(self.credit_assets)) * self.base_reserve
        fees = (len(self.channels) + len(self.credit_assets)) * self.max_fee_per_operation
        return reserves + fees + len(self.channels) * self.channel_target


class AskFriendbot(NamedTuple):
    """These accounts are not on the ledger and Friendbot can put them there."""

    accounts: tuple[str, ...]


class AwaitFunding(NamedTuple):
    """A person must bring the trading account to at least `minimum`."""

    account: str
    minimum: int


class CreateChannels(NamedTuple):
    """The trading account creates these channel accounts, each with `starting_balance`."""

    channels: tuple[str, ...]
    starting_balance: int


class OpenTrustlines(NamedTuple):
    """The trading account opens trustlines for these assets."""

    assets: tuple[Asset, ...]


class TopUp(NamedTuple):
    """The trading account pays XLM to channel accounts that run low."""

    payments: tuple[tuple[str, int], ...]


class Merge(NamedTuple):
    """These channels are closed into the trading account, all in one transaction that they sign with it."""

    channels: tuple[str, ...]


class Anchor(NamedTuple):
    """The trading account puts the record's rolling hash at `sequence` on the ledger, as the memo of a transaction."""

    sequence: int
    hash: bytes


Chore = AskFriendbot | AwaitFunding | CreateChannels | OpenTrustlines | TopUp | Merge | Anchor


def missing_trustlines(house: House, seen: Observation) -> tuple[Asset, ...]:
    """Assets without a trustline whose issuer exists (the network refuses a trustline to nobody)."""
    return tuple(
        asset
        for asset in house.credit_assets
        if (house.trading, asset) not in seen.trustlines and asset.issuer in seen.issuers
    )


def is_ready(house: House, records: Mapping[str, AccountRecord], seen: Observation | None) -> bool:
    """Whether trading can go on: every account funded, every trustline open that can be."""
    if seen is None or not all(records[account].funded for account in house.kept):
        return False
    return all(account in seen.accounts for account in house.kept) and not missing_trustlines(house, seen)


def vanished(house: House, records: Mapping[str, AccountRecord], seen: Observation) -> tuple[str, ...]:
    """Accounts that were funded and that the ledger does not know, the trading account among them: it was reset.

    A channel that is gone by itself was merged away by somebody who holds its key, and is made anew.
    """
    if not records[house.trading].funded or house.trading in seen.accounts:
        return ()
    return tuple(account for account in house.accounts if records[account].funded and account not in seen.accounts)


def merged_away(house: House, records: Mapping[str, AccountRecord], seen: Observation) -> tuple[str, ...]:
    """Retiring channels that are off the ledger because a transaction of ours closed them."""
    merged = records[house.trading].merged
    return tuple(
        channel
        for channel in house.retiring
        if channel in merged and records[channel].funded and channel not in seen.accounts
    )


def next_chore(
    house: House, records: Mapping[str, AccountRecord], seen: Observation, closed_at: int = 0
) -> Chore | None:
    """The most urgent thing to do, or None. Call it only when no transaction of the trading account is open.

    `closed_at` is the close time of the newest ledger heard of, unix seconds: what may no longer be applied by then
    holds no channel.
    """
    absent = tuple(account for account in house.kept if account not in seen.accounts)
    if vanished(house, records, seen):
        return None
    if absent and house.friendbot:
        return AskFriendbot(absent)
    trading = seen.accounts.get(house.trading)
    if not records[house.trading].funded:
        return AwaitFunding(house.trading, house.working_balance)
    if trading is None:
        return None
    spendable = trading.available(house.base_reserve)
    return (
        _create_channels(house, absent, spendable)
        or _open_trustlines(house, seen, spendable)
        or _top_up(house, seen, spendable)
        or _merge(house, records, seen, closed_at)
    )


def may_book_opening(house: House, account: str, held: AccountState) -> bool:
    """Whether the account's balance is its opening balance: Friendbot's is at once, a person's once it is enough."""
    return house.friendbot or account != house.trading or held.balance >= house.working_balance


def _create_channels(house: House, absent: tuple[str, ...], spendable: int) -> CreateChannels | None:
    each = house.channel_target + house.max_fee_per_operation
    affordable = min(len(absent), spendable // each, MAX_OPERATIONS)
    return CreateChannels(absent[:affordable], house.channel_target) if affordable else None


def _open_trustlines(house: House, seen: Observation, spendable: int) -> OpenTrustlines | None:
    missing = missing_trustlines(house, seen)
    affordable = min(len(missing), spendable // (house.base_reserve + house.max_fee_per_operation), MAX_OPERATIONS)
    return OpenTrustlines(missing[:affordable]) if affordable else None


def _top_up(house: House, seen: Observation, spendable: int) -> TopUp | None:
    payments: list[tuple[str, int]] = []
    for channel in house.channels:
        held = seen.accounts.get(channel)
        if held is None or held.balance >= house.channel_minimum:
            continue
        amount = house.channel_target - held.balance
        spendable -= amount + house.max_fee_per_operation
        if spendable < 0 or len(payments) == MAX_OPERATIONS:
            break
        payments.append((channel, amount))
    return TopUp(tuple(payments)) if payments else None


def _merge(house: House, records: Mapping[str, AccountRecord], seen: Observation, closed_at: int) -> Merge | None:
    """Channels to retire that no envelope may still be applied for. Nothing new is signed for them meanwhile."""
    idle = [
        channel
        for channel in house.retiring
        if records[channel].funded and channel in seen.accounts and not _leased(records[channel], seen, closed_at)
    ]
    return Merge(tuple(idle[:MAX_MERGED])) if idle else None


def _leased(record: AccountRecord, seen: Observation, closed_at: int) -> bool:
    lease = record.lease
    return lease is not None and lease.lives(Seen(closed_at, seen.accounts[lease.channel].sequence))
