"""What transactions of others do to our balances."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from arb.contracts.balance_changes import balance_changes
from arb.contracts.results import decode_result
from arb.contracts.rpc_answers import TransactionRecord
from arb.contracts.sources import sources
from arb.contracts.xdr_cursor import from_base64
from arb.markets.asset import account_key
from arb.messages.events.account import MovedByOthers
from arb.messages.ledger import BalanceChange


class Claimed(NamedTuple):
    """A transaction in the name of an own account: ours if the account's events say that this hash was signed."""

    account: str
    tx_hash: str


class Others:
    """What transactions do to balances of the accounts `own`, and whose they claim to be.

    One in the name of an own account that was not signed here was signed by somebody else who holds its key: a person
    with a wallet, a second signer, a thief. It moved our money all the same.
    """

    def __init__(self, own: Iterable[str]) -> None:
        self._own = frozenset(own)
        self._keys = tuple(account_key(account) for account in self._own)

    def concerned(self, transaction: TransactionRecord) -> bool:
        """Whether it may have moved something of ours: an entry cannot change without its key standing in the meta."""
        meta = from_base64(transaction.meta_xdr)
        return any(key in meta for key in self._keys)

    def claimed(self, transaction: TransactionRecord) -> Claimed | None:
        """By what the record knows it if it is one of ours: none that no own account is the source of or pays for is.

        Raises Malformed when envelope or result cannot be read.
        """
        by = sources(transaction.envelope_xdr)
        if self._own.isdisjoint(by):
            return None
        # Anybody may send our bytes within a fee bump; what we signed is the transaction within.
        return Claimed(by.source, decode_result(transaction.result_xdr).inner_hash or transaction.hash)

    def moved(self, transaction: TransactionRecord) -> Iterator[tuple[str, MovedByOthers]]:
        """Each own account that the transaction moved balances of, and the event that says so.

        Raises Malformed when meta, envelope or result cannot be read.
        """
        payer = sources(transaction.envelope_xdr).fee_source
        fee = decode_result(transaction.result_xdr).fee_charged if payer in self._own else 0
        changes: dict[str, list[BalanceChange]] = {}
        for account, asset, delta in balance_changes(
            transaction.meta_xdr, own=self._own, fee_source=payer, fee_charged=fee
        ):
            change = BalanceChange(account=account, asset=str(asset), delta=delta)
            changes.setdefault(account, []).append(change)
        for account, made in changes.items():
            yield (
                account,
                MovedByOthers(tx_hash=transaction.hash, ledger=transaction.ledger, changes=tuple(made)),
            )
