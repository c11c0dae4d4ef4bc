"""What transactions of others do to our balances."""

from collections.abc import Iterable, Iterator

from arb.contracts.balance_changes import balance_changes
from arb.contracts.rpc_answers import TransactionRecord
from arb.contracts.sources import sources
from arb.contracts.xdr_cursor import from_base64
from arb.markets.asset import account_key
from arb.messages.events.account import MovedByOthers
from arb.messages.ledger import BalanceChange


class Others:
    """Tells strangers' transactions that move balances of the accounts `own` from all the rest of the ledger."""

    def __init__(self, own: Iterable[str]) -> None:
        self._own = frozenset(own)
        self._keys = tuple(account_key(account) for account in self._own)

    def moved(self, transaction: TransactionRecord) -> Iterator[tuple[str, MovedByOthers]]:
        """Each own account that somebody else's transaction moved balances of, and the event that says so.

        Transactions by own accounts are passed over, also when a stranger bumped their fee: those who sent them book
        them. Raises Malformed when the meta or the envelope cannot be read.
        """
        meta = from_base64(transaction.meta_xdr)
        # Nearly every transaction ends here: an entry of ours cannot change without its key standing in the meta.
        if not any(key in meta for key in self._keys):
            return
        by = sources(transaction.envelope_xdr)
        if not self._own.isdisjoint(by):
            return
        changes: dict[str, list[BalanceChange]] = {}
        for account, asset, delta in balance_changes(meta, own=self._own, fee_source=by.fee_source, fee_charged=0):
            change = BalanceChange(account=account, asset=str(asset), delta=delta)
            changes.setdefault(account, []).append(change)
        for account, made in changes.items():
            yield (
                account,
                MovedByOthers(tx_hash=transaction.hash, ledger=transaction.ledger, changes=tuple(made)),
            )
