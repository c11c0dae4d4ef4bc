"""What one look at the ledger shows of our own accounts."""

from collections.abc import Mapping
from typing import NamedTuple

from arb.contracts.entries import AccountState, TrustlineState
from arb.markets.asset import NATIVE, Asset
from arb.messages.ledger import Balance, BalanceChange


class Observation(NamedTuple):
    """All own accounts and trustlines at the close of one ledger, and which issuers exist."""

    ledger: int
    accounts: Mapping[str, AccountState]
    trustlines: Mapping[tuple[str, Asset], TrustlineState]
    issuers: frozenset[str]

    def balances(self, account: str) -> tuple[Balance, ...]:
        """Every balance of `account`, native first; empty when the ledger does not know it."""
        held = self.accounts.get(account)
        if held is None:
            return ()
        lines = sorted(
            ((asset, line.balance) for (owner, asset), line in self.trustlines.items() if owner == account),
            key=lambda line: line[0].sort_key(),
        )
        return tuple(Balance(asset=str(asset), amount=amount) for asset, amount in ((NATIVE, held.balance), *lines))


def opening(observation: Observation, account: str, booked: Mapping[str, int]) -> tuple[BalanceChange, ...]:
    """The changes that bring what is `booked` for `account` to what the ledger shows, none of them zero.

    An account that another of our transactions created is booked already; one that Friendbot or a person made is not.
    Either way the books equal the ledger afterwards.
    """
    found = {balance.asset: balance.amount for balance in observation.balances(account)}
    deltas = {asset: found.get(asset, 0) - booked.get(asset, 0) for asset in (*found, *booked)}
    return tuple(BalanceChange(account=account, asset=asset, delta=delta) for asset, delta in deltas.items() if delta)
