"""What the accounts service answers: which accounts we have, and signatures for trades that the policy allows."""

import asyncio
from collections.abc import Callable, Mapping

from arb.accounts.books import Books
from arb.accounts.domain.chores import is_ready, missing_trustlines
from arb.accounts.domain.policy import Present, Refused, SigningPolicy, judge
from arb.accounts.errors import SignerFault
from arb.accounts.housekeeping import Housekeeper
from arb.accounts.ports import Signatory
from arb.contracts.basket import Basket
from arb.contracts.errors import TransactionShapeError
from arb.contracts.trade import Trade, read_trade
from arb.contracts.transactions import attach
from arb.messages.commands.accounts import Accounts, AccountSummary, SignedTransaction
from arb.messages.events.account import Role, SigningRefused, TradeEnvelopeSigned
from arb.runtime.errors import Refusal


class AccountDesk:
    """The two use cases. Keys stay within: what leaves is public keys and signatures."""

    def __init__(
        self,
        books: Books,
        keeper: Housekeeper,
        signers: Mapping[str, Signatory],
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
        """The envelope with the signatures of its channel and of the trading account, once they are on record.

        Raises Refusal, after recording it, when the envelope is no trade of ours or the policy forbids it; one that may
        be asked again when an external signer gave no signature.
        """
        try:
            trade = read_trade(envelope_xdr, self._passphrase)
        except TransactionShapeError as wrong:
            raise await self._refuse(Refused(wrong.code, str(wrong)), None, trade_id) from None
        transaction = trade.transaction
        refused = judge(trade, self._policy, self._present())
        if refused is not None:
            raise await self._refuse(refused, transaction.hash_hex, trade_id)
        needed = tuple(dict.fromkeys((trade.channel, trade.trading)))
        try:
            signatures = await asyncio.gather(*(self._signers[account].sign(transaction) for account in needed))
        except SignerFault as fault:
            unsigned = Refused("signer_failed", str(fault))
            raise await self._refuse(unsigned, transaction.hash_hex, trade_id, retryable=True) from None
        await self._books.write(trade.channel, _given(trade, trade_id, needed), correlation=trade_id)
        signed = attach(transaction, *signatures)
        return SignedTransaction(envelope_xdr=signed.envelope_xdr, tx_hash=signed.hash_hex)

    async def _refuse(
        self, refused: Refused, tx_hash: str | None, trade_id: str, *, retryable: bool = False
    ) -> Refusal:
        fact = SigningRefused(account=self._policy.trading, tx_hash=tx_hash, code=refused.code, reason=refused.reason)
        await self._books.write(self._policy.trading, fact, correlation=trade_id)
        return Refusal(refused.code, refused.reason, retryable=retryable)

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


def _given(trade: Trade, trade_id: str, signers: tuple[str, ...]) -> TradeEnvelopeSigned:
    return TradeEnvelopeSigned(
        trade_id=trade_id,
        kind="classic_basket" if isinstance(trade, Basket) else "soroban_route",
        tx_hash=trade.transaction.hash_hex,
        envelope_xdr=trade.transaction.envelope_xdr,
        source=trade.channel,
        sequence=trade.sequence,
        max_time=trade.max_time,
        max_fee=trade.fee,
        signers=signers,
    )
