"""What the accounts service answers about the accounts that we have."""

from collections.abc import Callable

from arb.accounts.books import Books
from arb.accounts.domain.chores import is_ready, missing_trustlines
from arb.accounts.housekeeping import Housekeeper
from arb.messages.commands.accounts import Accounts, AccountSummary
from arb.messages.events.account import Role


class AccountDesk:
    """Own accounts as the last look at the ledger and the record show them."""

    def __init__(self, books: Books, keeper: Housekeeper, awaits_key: Callable[[str], bool]) -> None:
        self._books = books
        self._keeper = keeper
        self._awaits_key = awaits_key

    def accounts(self) -> Accounts:
        """All own accounts as last seen; `ready` when each is funded, its key in force and its trustlines open.

        A channel that is being retired is listed until it is gone, and needed for nothing.
        """
        house = self._keeper.house
        roles: list[tuple[str, Role, int]] = [(house.trading, "trading", 0)]
        leaving = [channel for channel in house.retiring if self._books.records[channel].funded]
        roles += [(channel, "channel", index) for index, channel in enumerate((*house.channels, *leaving))]
        exchanging = any(self._awaits_key(account) for account in house.accounts)
        return Accounts(
            ready=is_ready(house, self._books.records, self._keeper.seen) and not exchanging,
            accounts=tuple(self._summary(*place) for place in roles),
        )

    def _summary(self, account: str, role: Role, index: int) -> AccountSummary:
        seen = self._keeper.seen
        record = self._books.records[account]
        on_ledger = seen is not None and account in seen.accounts
        lines_open = role == "channel" or (seen is not None and not missing_trustlines(self._keeper.house, seen))
        return AccountSummary(
            account=account,
            role=role,
            index=index,
            ready=record.funded and on_ledger and lines_open and not self._awaits_key(account),
            retiring=account in self._keeper.house.retiring,
            balances=seen.balances(account) if seen is not None and on_ledger else record.balances,
        )
