"""The decider of one own account: what its events tell of it, and which facts are news to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from arb.accounts.domain.lease import Lease, Seen
from arb.messages.base import Fact
from arb.messages.events.account import (
    AccountAdopted,
    AccountFunded,
    AccountRetired,
    AccountTransactionSettled,
    AccountTransactionSigned,
    BalancesChanged,
    FundingAwaited,
    HistoryMissed,
    KeyExchanged,
    MovedByOthers,
    Purpose,
    RebidSigned,
    TradeEnvelopeSigned,
    TransactionsRead,
)
from arb.messages.ledger import Balance, BalanceChange

SIGNED_KEPT = 256
"""More than one source can have in the ledgers that are read again after a crash."""

Place = tuple[str, str]
"""Account and asset, both as text."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What is known of one account. Amounts are stroops."""

    adopted: AccountAdopted | None = None
    awaited: int | None = None
    """The minimum a person was asked for."""
    funded: bool = False
    funded_ledger: int = 0
    """The opening balance is that at the close of this ledger: what others moved until then is in it."""
    read_ledger: int = 0
    """All transactions up to this ledger were read, or can be read no more."""
    moved_ledger: int = 0
    """Ledger of the last transaction of others that is booked here. They are booked in the order of application."""
    moved_hashes: frozenset[str] = frozenset()
    """Those of that ledger."""
    open: AccountTransactionSigned | None = None
    """The one transaction that is signed and may still live: nothing else may be signed for this source."""
    last_ledger: int = 0
    """Ledger of the last settled transaction: observations of older ledgers are stale."""
    failures: Mapping[Purpose, int] = field(default_factory=dict)
    """Transactions in a row, by purpose, that did not succeed."""
    signer: str | None = None
    """The key that signs for it since its own was exchanged."""
    balances: tuple[Balance, ...] = ()
    merged: frozenset[str] = frozenset()
    """Channels that this account's transactions closed, as far as no later event says more of them."""
    lease: Lease | None = None
    """The newest envelope of a trade that was signed with this account as its source: of all, only it may live."""
    rebid: str | None = None
    """Hash of the newest fee bump that was signed around such an envelope."""
    signed: tuple[str, ...] = ()
    """Hashes of the newest transactions that were signed with this account as their source, oldest first."""
    booked: Mapping[Place, int] = field(default_factory=dict)
    """Sum of all changes that this account's events hold, also those of other accounts they moved."""


@dataclass(frozen=True, slots=True)
class GiveLease:
    """A trade's envelope is signed: give the channel to it, as far as the ledger shows that it is free."""

    fact: TradeEnvelopeSigned
    seen: Seen


AccountCommand = Fact | GiveLease
"""What was seen or done outside, as the fact it would be: to be recorded, if it is not yet."""


class StillOpenError(Exception):
    """Another transaction of this source is signed and may still live: nothing else may be signed for it."""


class ChannelHeldError(Exception):
    """Another envelope of this channel may still live."""

    def __init__(self, holder: Lease) -> None:
        super().__init__(f"{holder.channel} is held by trade {holder.trade_id}")
        self.holder = holder


initial_state = AccountRecord()


def decide(record: AccountRecord, command: AccountCommand) -> list[Fact]:
    """The fact, unless the record has it already or knows better. Raises StillOpenError, ChannelHeldError."""
    if isinstance(command, GiveLease):
        wanted = Lease.given(command.fact)
        if record.lease is not None and record.lease.bars(wanted, command.seen):
            raise ChannelHeldError(record.lease)
        return [command.fact] if record.lease != wanted else []
    return [command] if _is_news(record, command) else []


def _is_news(record: AccountRecord, fact: Fact) -> bool:
    match fact:
        case AccountAdopted():
            return record.adopted is None
        case FundingAwaited():
            return not record.funded and record.awaited != fact.minimum
        case AccountFunded():
            return not record.funded
        case AccountRetired():
            return record.funded
        case AccountTransactionSigned():
            if record.open not in (None, fact):
                raise StillOpenError(f"{record.open.tx_hash} is open, so {fact.tx_hash} must not be signed")
            return record.open is None
        case AccountTransactionSettled():
            return record.open is not None and record.open.tx_hash == fact.tx_hash
        case MovedByOthers():
            return is_unbooked(record, fact)
        case KeyExchanged():
            return record.signer != fact.new_signer
        case BalancesChanged():
            return record.balances != fact.balances
        case RebidSigned():
            return record.rebid != fact.tx_hash
        case _:
            return True


def evolve(record: AccountRecord, fact: Fact) -> AccountRecord:
    """The record after `fact`. Events that change nothing here (a refused signature) leave it as it is."""
    match fact:
        case AccountAdopted():
            return replace(record, adopted=fact)
        case FundingAwaited():
            return replace(record, awaited=fact.minimum)
        case AccountFunded():
            return replace(
                record,
                funded=True,
                funded_ledger=fact.ledger,
                awaited=None,
                booked=_booked(record.booked, fact.changes),
            )
        case AccountRetired():
            return replace(record, funded=False, balances=())
        case AccountTransactionSigned():
            return replace(record, open=fact, signed=_newest(record.signed, fact.tx_hash))
        case AccountTransactionSettled():
            return _settled(record, fact)
        case MovedByOthers():
            before = record.moved_hashes if fact.ledger == record.moved_ledger else frozenset()
            return replace(
                record,
                moved_ledger=fact.ledger,
                moved_hashes=before | {fact.tx_hash},
                booked=_booked(record.booked, fact.changes),
            )
        case TransactionsRead():
            return replace(record, read_ledger=fact.ledger)
        case HistoryMissed():
            return replace(record, read_ledger=fact.last_ledger)
        case KeyExchanged():
            return replace(record, signer=fact.new_signer)
        case BalancesChanged():
            return replace(record, balances=fact.balances)
        case TradeEnvelopeSigned():
            return replace(record, lease=Lease.given(fact), signed=_newest(record.signed, fact.tx_hash))
        case RebidSigned():
            return replace(record, rebid=fact.tx_hash)
        case _:
            return record


def _newest(signed: tuple[str, ...], tx_hash: str) -> tuple[str, ...]:
    return (*signed[1 - SIGNED_KEPT :], tx_hash)


def _settled(record: AccountRecord, fact: AccountTransactionSettled) -> AccountRecord:
    failures, merged = dict(record.failures), record.merged
    if record.open is not None:
        if record.open.purpose == "merge" and fact.outcome == "success":
            merged |= {change.account for change in fact.changes if change.account != record.open.source}
        purpose = record.open.purpose
        failures[purpose] = 0 if fact.outcome == "success" else failures.get(purpose, 0) + 1
    return replace(
        record,
        open=None,
        last_ledger=max(record.last_ledger, fact.ledger or 0),
        failures=failures,
        merged=merged,
        booked=_booked(record.booked, fact.changes),
    )


def is_unbooked(record: AccountRecord, moved: MovedByOthers) -> bool:
    """Whether the books of the account lack this transaction.

    They hold it when it is within the opening balance, when a later one is booked (they are booked in order), or when
    it is among those of its ledger. An account without an opening will have it in its opening balance.
    """
    if not record.funded or moved.ledger <= record.funded_ledger or moved.ledger < record.moved_ledger:
        return False
    return moved.ledger > record.moved_ledger or moved.tx_hash not in record.moved_hashes


def read_up_to(records: Iterable[AccountRecord]) -> int | None:
    """The last ledger of which the events prove that all its transactions were read; None before any opening.

    Nothing before the first opening counts. A transaction is booked only after every earlier ledger was read.
    """
    known = list(records)
    opened = [record.funded_ledger for record in known if record.funded]
    if not opened:
        return None
    return max(min(opened), *(max(record.read_ledger, record.moved_ledger - 1) for record in known))


def booked(records: Iterable[AccountRecord], account: str) -> dict[str, int]:
    """What the events of all records say `account` holds, by asset, before any trade."""
    total: dict[str, int] = {}
    for record in records:
        for (owner, asset), amount in record.booked.items():
            if owner == account:
                total[asset] = total.get(asset, 0) + amount
    return total


def _booked(before: Mapping[Place, int], changes: Iterable[BalanceChange]) -> dict[Place, int]:
    after = dict(before)
    for change in changes:
        place = (change.account, change.asset)
        after[place] = after.get(place, 0) + change.delta
    return after
