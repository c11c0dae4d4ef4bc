"""Signatures for trades: the policy judges what the envelope's own bytes say, and every answer is on record first."""

import asyncio
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

import structlog

from arb.accounts.books import Books
from arb.accounts.domain.lease import Lease, Seen
from arb.accounts.domain.policy import Present, Refused, SigningPolicy, judge, judge_rebid
from arb.accounts.domain.record import ChannelHeldError, GiveLease
from arb.accounts.errors import SignerFault
from arb.accounts.ports import Sequences, Signatory
from arb.contracts.basket import Basket
from arb.contracts.errors import NetworkError, TransactionShapeError
from arb.contracts.fee_bump import FeeBump, is_fee_bump, read_fee_bump
from arb.contracts.trade import Trade, read_trade
from arb.contracts.transactions import attach
from arb.messages.commands.accounts import CHANNEL_TAKEN, ENVELOPE_LIVES, SignedTransaction
from arb.messages.events.account import RebidSigned, SigningRefused, TradeEnvelopeSigned
from arb.runtime.errors import Refusal

log = structlog.stdlib.get_logger(__name__)

_RIVALS = 5
"""How often a lease is decided on anew because another process wrote to the channel first."""


class SigningDesk:
    """Keys stay within: what leaves is signatures. Of one channel and of one trade, at most one envelope lives."""

    def __init__(
        self,
        books: Books,
        signers: Mapping[str, Signatory],
        policy: SigningPolicy,
        passphrase: str,
        present: Callable[[], Present],
        sequences: Sequences,
        awaits_key: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._books = books
        self._signers = signers
        self._policy = policy
        self._passphrase = passphrase
        self._present = present
        self._sequences = sequences
        self._awaits_key = awaits_key
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._contested: dict[str, Lease] = {}
        """Leases, by channel, that somebody else asked for: the first to do so is on record, not all of them."""

    async def sign(self, envelope_xdr: str, trade_id: str, network_passphrase: str | None = None) -> SignedTransaction:
        """The envelope with the signatures of its channel and of the trading account, once they are on record.

        Raises Refusal, after recording it, when the envelope is no trade of ours or the policy forbids it; one that may
        be asked again when an external signer gave no signature, or while another envelope of the channel or of the
        trade may live. The same envelope for the same trade gets the same answer again. An envelope does not say for
        which network it is: it is signed for ours or not at all, and refused when whoever asks says that it was built
        for another. A fee bump around an envelope that was signed for the trade gets the channel's signature.
        """
        if network_passphrase not in (None, self._passphrase):
            wrong_network = f"built for the network {network_passphrase!r}, the keys are for {self._passphrase!r}"
            raise await self._refuse(Refused("wrong_network", wrong_network), None, trade_id)
        try:
            if is_fee_bump(envelope_xdr):
                return await self._rebid(read_fee_bump(envelope_xdr, self._passphrase), trade_id)
            trade = read_trade(envelope_xdr, self._passphrase)
        except TransactionShapeError as wrong:
            raise await self._refuse(Refused(wrong.code, str(wrong)), None, trade_id) from None
        refused = judge(trade, self._policy, self._present())
        if refused is not None:
            taken = refused.code == CHANNEL_TAKEN
            raise await self._refuse(refused, trade.transaction.hash_hex, trade_id, retryable=taken)
        if self._awaits_key(trade.channel) or self._awaits_key(trade.trading):
            waits = Refused("key_exchange", "a key of this trade's accounts is being exchanged for another")
            raise await self._refuse(waits, trade.transaction.hash_hex, trade_id, retryable=True)
        async with self._turns.setdefault(trade_id, asyncio.Lock()):
            return await self._give(trade, trade_id)

    async def _give(self, trade: Trade, trade_id: str) -> SignedTransaction:
        transaction = trade.transaction
        fact = _given(trade, trade_id, self._present().closed_at)
        wanted = Lease.given(fact)
        if (holder := await self._barring(wanted)) is not None:
            raise await self._held(holder, wanted)
        try:
            signatures = await asyncio.gather(*(self._signers[account].sign(transaction) for account in fact.signers))
        except SignerFault as fault:
            unsigned = Refused("signer_failed", str(fault))
            raise await self._refuse(unsigned, transaction.hash_hex, trade_id, retryable=True) from None
        # Another request, or another process, may have been given the channel while this one was being signed.
        given = GiveLease(fact, Seen(fact.closed_at, self._sequences.seen(trade.channel)))
        try:
            await self._books.write(trade.channel, given, correlation=trade_id, attempts=_RIVALS)
        except ChannelHeldError as held:
            raise await self._held(held.holder, wanted) from None
        signed = attach(transaction, *signatures)
        return SignedTransaction(envelope_xdr=signed.envelope_xdr, tx_hash=signed.hash_hex)

    async def _rebid(self, bump: FeeBump, trade_id: str) -> SignedTransaction:
        """The signature of the account that pays for a higher bid around an envelope that was signed here before."""
        channel, transaction = bump.inner.channel, bump.transaction
        record = self._books.records.get(channel)
        held = None if record is None else record.lease
        refused = judge_rebid(bump, trade_id, held, self._policy, self._present())
        if refused is not None:
            raise await self._refuse(refused, transaction.hash_hex, trade_id)
        try:
            signature = await self._signers[channel].sign(transaction)
        except SignerFault as fault:
            unsigned = Refused("signer_failed", str(fault))
            raise await self._refuse(unsigned, transaction.hash_hex, trade_id, retryable=True) from None
        fact = RebidSigned(
            trade_id=trade_id,
            tx_hash=transaction.hash_hex,
            inner_hash=bump.inner.transaction.hash_hex,
            envelope_xdr=transaction.envelope_xdr,
            fee_source=channel,
            max_fee=bump.fee,
        )
        await self._books.write(channel, fact, correlation=trade_id, attempts=_RIVALS)
        signed = attach(transaction, signature)
        return SignedTransaction(envelope_xdr=signed.envelope_xdr, tx_hash=signed.hash_hex)

    async def _barring(self, wanted: Lease) -> Lease | None:
        """The lease that this one has to wait for: of its channel, or of its trade on another channel."""
        leases = [record.lease for record in self._books.records.values() if record.lease is not None]
        for held in leases:
            if held.channel == wanted.channel or held.trade_id == wanted.trade_id:
                if not held.bars(wanted, self._seen(held.channel)):
                    continue
                # Who asks for a later number has seen this one used up, a moment before our own look at the ledger.
                if wanted.channel == held.channel and wanted.sequence > held.sequence:
                    await self._look(held.channel)
                if held.bars(wanted, self._seen(held.channel)):
                    return held
        return None

    async def _look(self, channel: str) -> None:
        try:
            await self._sequences.read(channel)
        except NetworkError as fault:
            log.warning("network_trouble", during="lease", reason=str(fault))

    def _seen(self, channel: str) -> Seen:
        return Seen(self._present().closed_at, self._sequences.seen(channel))

    async def _held(self, holder: Lease, wanted: Lease) -> Refusal:
        until = f"until number {holder.sequence} is used up or a ledger closes after {holder.max_time}"
        if holder.channel == wanted.channel:
            held = Refused(CHANNEL_TAKEN, f"{holder.channel} is held by trade {holder.trade_id} {until}")
        else:
            held = Refused(ENVELOPE_LIVES, f"another envelope of this trade holds {holder.channel} {until}")
        if self._contested.get(wanted.channel) == holder:
            return Refusal(held.code, held.reason, retryable=True)
        self._contested[wanted.channel] = holder
        return await self._refuse(held, wanted.tx_hash, wanted.trade_id, retryable=True)

    async def _refuse(
        self, refused: Refused, tx_hash: str | None, trade_id: str, *, retryable: bool = False
    ) -> Refusal:
        fact = SigningRefused(account=self._policy.trading, tx_hash=tx_hash, code=refused.code, reason=refused.reason)
        await self._books.write(self._policy.trading, fact, correlation=trade_id, attempts=_RIVALS)
        return Refusal(refused.code, refused.reason, retryable=retryable)


def _given(trade: Trade, trade_id: str, closed_at: int) -> TradeEnvelopeSigned:
    return TradeEnvelopeSigned(
        trade_id=trade_id,
        kind="classic_basket" if isinstance(trade, Basket) else "soroban_route",
        tx_hash=trade.transaction.hash_hex,
        envelope_xdr=trade.transaction.envelope_xdr,
        source=trade.channel,
        sequence=trade.sequence,
        max_time=trade.max_time,
        max_fee=trade.fee,
        signers=tuple(dict.fromkeys((trade.channel, trade.trading))),
        closed_at=closed_at,
    )
