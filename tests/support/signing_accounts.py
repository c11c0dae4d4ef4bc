"""Own accounts behind the signer's own desk: policy, leases and record as in production, without a process."""

import asyncio

from support.arbitrage import PASSPHRASE, OwnAccounts
from support.localnet import Localnet

from arb.accounts.adapters.stellar import StellarNetwork
from arb.accounts.books import Books
from arb.accounts.domain.policy import Present, SigningPolicy
from arb.accounts.sequences import SeenSequences
from arb.accounts.signing import SigningDesk
from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import Signer, Transaction
from arb.eventlog import EventStore
from arb.executor.ports import ChannelTakenError, SignerDownError, SigningRefusedError
from arb.messages.commands.accounts import CHANNEL_TAKEN, SignedTransaction
from arb.messages.events.account import AccountAdopted
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal


class _Key:
    """The port `Signatory` over a key of the test."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.address = signer.address

    async def sign(self, transaction: Transaction) -> bytes:
        return self._signer.decorated(transaction.hash)


class SigningAccounts(OwnAccounts):
    """The executor's AccountsPort over a SigningDesk. `hold` it, and it gives no answer until it is set again."""

    def __init__(self, count: int, network: Localnet, store: EventStore) -> None:
        super().__init__(count)
        self.closed_at = 0
        self.taken = 0
        self.answering = asyncio.Event()
        self.answering.set()
        self._rpc, self._horizon = RpcClient([network.rpc_url]), HorizonClient(network.url)
        self._books = Books(store, SystemClock().now)
        policy = SigningPolicy(self.trading, frozenset(self.channels), max_fee=10**8, max_amount=10**15)
        keys = {address: _Key(self.signer(address)) for address in (self.trading, *self.channels)}
        sequences = SeenSequences(StellarNetwork(self._rpc, self._horizon, None), lambda: None)
        self._desk = SigningDesk(
            self._books, keys, policy, PASSPHRASE, lambda: Present(self.closed_at, self.closed_at), sequences
        )

    async def adopt(self) -> None:
        """Begin the record of each."""
        await self._books.adopt(
            AccountAdopted(
                account=address,
                role="channel" if index else "trading",
                index=max(index - 1, 0),
                network_passphrase=PASSPHRASE,
            )
            for index, address in enumerate((self.trading, *self.channels))
        )

    async def close(self) -> None:
        await self._rpc.close()
        await self._horizon.close()

    async def sign(self, trade_id: str, envelope_xdr: str) -> SignedTransaction:
        """As the executor's adapter hears the signer."""
        try:
            signed = await self._desk.sign(envelope_xdr, trade_id, PASSPHRASE)
        except Refusal as refusal:
            if refusal.code == CHANNEL_TAKEN:
                self.taken += 1
                raise ChannelTakenError(refusal.message) from None
            if refusal.retryable:
                raise SignerDownError(refusal.message) from None
            raise SigningRefusedError(refusal.code, refusal.message) from None
        self.signed.append(trade_id)
        self.signatures.append((trade_id, signed))
        await self.answering.wait()
        return signed
