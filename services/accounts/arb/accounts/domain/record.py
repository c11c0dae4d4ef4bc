"""One own account as its events tell it: the fold that every decision starts from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from arb.messages.base import Fact
from arb.messages.events.account import (
    AccountAdopted,
    AccountFunded,
    AccountTransactionSettled,
    AccountTransactionSigned,
    BalancesChanged,
    FundingAwaited,
    HistoryMissed,
    MovedByOthers,
    Purpose,
    TransactionsRead,
)
from arb.messages.ledger import Balance, BalanceChange

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
    balances: tuple[Balance, ...] = ()
    booked: Mapping[Place, int] = field(default_factory=dict)
    """Sum of all changes that this account's events hold, also those of other accounts they moved."""


class AccountDecider:
    """The fold: where a record starts and how each event changes it."""

    initial_state = AccountRecord()

    def evolve(self, state: AccountRecord, fact: Fact) -> AccountRecord:
        """The record after `fact`. Events that change nothing here (a refused signature) leave it as it is."""
        match fact:
            case AccountAdopted():
                return replace(state, adopted=fact)
            case FundingAwaited():
                return replace(state, awaited=fact.minimum)
            case AccountFunded():
                return replace(
                    state,
                    funded=True,
                    funded_ledger=fact.ledger,
                    awaited=None,
                    booked=_booked(state.booked, fact.changes),
                )
            case AccountTransactionSigned():
                return replace(state, open=fact)
            case AccountTransactionSettled():
                return self._settled(state, fact)
            case MovedByOthers():
                before = state.moved_hashes if fact.ledger == state.moved_ledger else frozenset()
                return replace(
                    state,
                    moved_ledger=fact.ledger,
                    moved_hashes=before | {fact.tx_hash},
                    booked=_booked(state.booked, fact.changes),
                )
            case TransactionsRead():
                return replace(state, read_ledger=fact.ledger)
            case HistoryMissed():
                return replace(state, read_ledger=fact.last_ledger)
            case BalancesChanged():
                return replace(state, balances=fact.balances)
            case _:
                return state

    @staticmethod
    def _settled(state: AccountRecord, fact: AccountTransactionSettled) -> AccountRecord:
        failures = dict(state.failures)
        if state.open is not None:
            purpose = state.open.purpose
            failures[purpose] = 0 if fact.outcome == "success" else failures.get(purpose, 0) + 1
        return replace(
            state,
            open=None,
            last_ledger=max(state.last_ledger, fact.ledger or 0),
            failures=failures,
            booked=_booked(state.booked, fact.changes),
        )


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
