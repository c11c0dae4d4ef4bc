"""The trading account's own transactions, one at a time: stored, sent, and sent again until their end is proven."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from structlog.stdlib import BoundLogger

from arb.accounts.books import Books
from arb.accounts.domain.policy import Present
from arb.accounts.domain.settling import LastWord, last_word, must_send, settle
from arb.accounts.ports import Network, Signatory
from arb.contracts.errors import NetworkError
from arb.contracts.transactions import attach, build_transaction
from arb.messages.events.account import AccountTransactionSettled, AccountTransactionSigned, Purpose

LIFE: Final = 60
"""Seconds a housekeeping transaction may live."""
_RESEND: Final = 3.0
_SAY_AGAIN: Final = 60.0


class Outbox:
    """Signs for the trading account and follows each transaction to its end. Not for concurrent use."""

    def __init__(
        self,
        network: Network,
        books: Books,
        signers: Mapping[str, Signatory],
        passphrase: str,
        present: Callable[[], Present],
        log: BoundLogger,
        *,
        poll: float = 0.5,
    ) -> None:
        """`poll` is the seconds between two looks at an open transaction."""
        self._network = network
        self._books = books
        self._signers = signers
        self._own = frozenset(signers)
        self._passphrase = passphrase
        self._present = present
        self._log = log
        self._poll = poll

    async def transact(
        self,
        purpose: Purpose,
        source: str,
        operations: Sequence[bytes],
        *,
        sequence: int,
        fee: int,
        memo_hash: bytes | None = None,
        cosigners: Sequence[str] = (),
    ) -> AccountTransactionSettled:
        """Sign, store, send, and return how it ended. `sequence` is the number to use, `fee` stroops for all.

        `cosigners` are further own accounts that operations act for.

        SignerFault when there is no signature to be had: nothing was stored or sent.
        """
        max_time = self._present().now + LIFE
        unsigned = build_transaction(
            operations,
            source=source,
            sequence=sequence,
            fee=fee,
            max_time=max_time,
            passphrase=self._passphrase,
            memo_hash=memo_hash,
        )
        needed = (source, *cosigners)
        signatures = await asyncio.gather(*(self._signers[account].sign(unsigned) for account in needed))
        transaction = attach(unsigned, *signatures)
        signed = AccountTransactionSigned(
            purpose=purpose,
            source=source,
            sequence=sequence,
            tx_hash=transaction.hash_hex,
            envelope_xdr=transaction.envelope_xdr,
            max_time=max_time,
        )
        await self._books.write(source, signed)
        return await self.follow(signed)

    async def follow(self, signed: AccountTransactionSigned) -> AccountTransactionSettled:
        """Bring a stored transaction to its end, after a crash just as at first: only these bytes are ever sent."""
        word: LastWord | None = None
        sent_at = said_at = float("-inf")
        while True:
            try:
                answer = await self._network.transaction(signed.tx_hash)
                settled = settle(signed, answer, self._own, word)
                if settled is not None:
                    await self._books.write(signed.source, settled)
                    self._log.info("transaction_settled", purpose=signed.purpose, outcome=settled.outcome,
                                   tx_hash=signed.tx_hash, ledger=settled.ledger, codes=settled.codes)  # fmt: skip
                    return settled
                now = time.monotonic()
                if answer.latest_close_time > signed.max_time and now - said_at >= _SAY_AGAIN:
                    said_at = now
                    self._log.error("history_too_short", tx_hash=signed.tx_hash, oldest_ledger=answer.oldest_ledger,
                                    advice="its end cannot be proven: point STELLAR_RPC_URL at a server whose"
                                    " history reaches back to its signing")  # fmt: skip
                if must_send(signed, answer) and now - sent_at >= _RESEND:
                    sent_at = now
                    said = last_word(await self._network.send(signed.envelope_xdr))
                    if said != word and said.status == "ERROR":
                        self._log.warning("transaction_refused", purpose=signed.purpose, codes=said.codes,
                                          tx_hash=signed.tx_hash)  # fmt: skip
                    word = said
            except NetworkError as fault:
                now = time.monotonic()
                if now - said_at >= _SAY_AGAIN:
                    said_at = now
                    self._log.warning("network_trouble", during="transaction", reason=str(fault))
            await asyncio.sleep(self._poll)
