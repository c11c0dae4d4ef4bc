"""What the accounts service answers: which accounts we have, and signatures for trades that the policy allows."""

from collections.abc import Callable, Mapping

from arb.accounts.books import Books
from arb.accounts.domain.chores import is_ready, missing_trustlines
from arb.accounts.domain.policy import Present, Refused, SigningPolicy, judge
from arb.accounts.housekeeping import Housekeeper
from arb.contracts.errors import TransactionShapeError
from arb.contracts.trade import read_trade
from arb.contracts.transactions import Signer, sign
from arb.messages.commands.accounts import Accounts, AccountSummary, SignedTransaction
from arb.messages.events.account import Role, SigningRefused
from arb.runtime.errors import Refusal


class AccountDesk:
    """The two use cases. Keys stay within: what leaves is public keys and signatures."""

    def __init__(
        self,
        books: Books,
        keeper: Housekeeper,
        signers: Mapping[str, Signer],
        policy: SigningPolicy,
        passphrase: str,
        present: Callable[[], Present],
    ) -> None:
        self._books = books
        self._keeper = keeper
        self._signers = signers
        self._policy = policy
        self._passphrase = passphrase
        self._present = present

    def accounts(self) -> Accounts:
        """All own accounts as last seen; `ready` when every one is funded and the trustlines are open."""
        house = self._keeper.house
        roles: list[tuple[str, Role, int]] = [(house.trading, "trading", 0)]
        roles += [(channel, "channel", index) for index, channel in enumerate(house.channels)]
        return Accounts(
            ready=is_ready(house, self._books.records, self._keeper.seen),
            accounts=tuple(self._summary(*place) for place in roles),
        )

    async def sign(self, envelope_xdr: str, trade_id: str) -> SignedTransaction:
        """The envelope with the signatures of its channel and of the trading account.

        Raises Refusal, after recording it, when the envelope is no trade of ours or the policy forbids it.
        """
        try:
            trade = read_trade(envelope_xdr, self._passphrase)
        except TransactionShapeError as wrong:
            raise await self._refuse(Refused(wrong.code, str(wrong)), None, trade_id) from None
        refused = judge(trade, self._policy, self._present())
        if refused is not None:
            raise await self._refuse(refused, trade.transaction.hash_hex, trade_id)
        needed = dict.fromkeys((trade.channel, trade.trading))
        signed = sign(trade.transaction, *(self._signers[account] for account in needed))
        return SignedTransaction(envelope_xdr=signed.envelope_xdr, tx_hash=signed.hash_hex)

    async def _refuse(self, refused: Refused, tx_hash: str | None, trade_id: str) -> Refusal:
        fact = SigningRefused(account=self._policy.trading, tx_hash=tx_hash, code=refused.code, reason=refused.reason)
        await self._books.write(self._policy.trading, fact, correlation=trade_id)
        return Refusal(refused.code, refused.reason)

    def _summary(self, account: str, role: Role, index: int) -> AccountSummary:
        seen = self._keeper.seen
        record = self._books.records[account]
        on_ledger = seen is not None and account in seen.accounts
        lines_open = role == "channel" or (seen is not None and not missing_trustlines(self._keeper.house, seen))
        return AccountSummary(
            account=account,
            role=role,
            index=index,
            ready=record.funded and on_ledger and lines_open,
            balances=seen.balances(account) if seen is not None and on_ledger else record.balances,
        )
