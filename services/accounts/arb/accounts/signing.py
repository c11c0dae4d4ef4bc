"""Signatures for trades: the policy judges what the envelope's own bytes say, and every answer is on record first."""

import asyncio
from collections.abc import Callable, Mapping

from arb.accounts.books import Books
from arb.accounts.domain.policy import Present, Refused, SigningPolicy, judge
from arb.accounts.errors import SignerFault
from arb.accounts.ports import Signatory
from arb.contracts.basket import Basket
from arb.contracts.errors import TransactionShapeError
from arb.contracts.trade import Trade, read_trade
from arb.contracts.transactions import attach
from arb.messages.commands.accounts import SignedTransaction
from arb.messages.events.account import SigningRefused, TradeEnvelopeSigned
from arb.runtime.errors import Refusal


class SigningDesk:
    """Keys stay within: what leaves is signatures."""

    def __init__(
        self,
        books: Books,
        signers: Mapping[str, Signatory],
        policy: SigningPolicy,
        passphrase: str,
        present: Callable[[], Present],
    ) -> None:
        self._books = books
        self._signers = signers
        self._policy = policy
        self._passphrase = passphrase
        self._present = present

    async def sign(self, envelope_xdr: str, trade_id: str, network_passphrase: str | None = None) -> SignedTransaction:
        """The envelope with the signatures of its channel and of the trading account, once they are on record.

        Raises Refusal, after recording it, when the envelope is no trade of ours or the policy forbids it; one that may
        be asked again when an external signer gave no signature. An envelope does not say for which network it is: it
        is signed for ours or not at all, and refused when whoever asks says that it was built for another.
        """
        if network_passphrase not in (None, self._passphrase):
            wrong_network = f"built for the network {network_passphrase!r}, the keys are for {self._passphrase!r}"
            raise await self._refuse(Refused("wrong_network", wrong_network), None, trade_id)
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
