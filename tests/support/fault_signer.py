"""The signer of the fault bench: the accounts service's own desk, policy, leases and record, behind lines that fail."""

import asyncio
from collections.abc import Collection

from support.arbitrage import PASSPHRASE, OwnAccounts
from support.fault_line import Life, Outside, Script, Signed

from arb.accounts.adapters.stellar import StellarNetwork
from arb.accounts.books import Books
from arb.accounts.domain.policy import Present, SigningPolicy
from arb.accounts.ports import Signatory
from arb.accounts.sequences import SeenSequences
from arb.accounts.signing import SigningDesk
from arb.contracts.fee_bump import is_fee_bump, read_fee_bump
from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.contracts.trade import read_trade
from arb.contracts.transactions import Signer, Transaction
from arb.eventlog import MemoryEventStore
from arb.executor.ports import ChannelTakenError, SignerDownError, SigningRefusedError
from arb.messages.commands.accounts import CHANNEL_TAKEN, Accounts, SignedTransaction
from arb.messages.events.account import AccountAdopted
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal


class SigningService:
    """The desk over one log: `restart` begins a new life of it, which knows what is on record and nothing else."""

    def __init__(
        self, accounts: OwnAccounts, outside: Outside, rpc: RpcClient, horizon: HorizonClient, routes: Collection[str]
    ) -> None:
        """`routes`: contracts that calls may be signed of."""
        self.own = accounts
        self._outside = outside
        self._network = StellarNetwork(rpc, horizon, None)
        self._policy = SigningPolicy(
            accounts.trading, frozenset(accounts.channels), 10**9, 10**15, route_executors=frozenset(routes)
        )
        self._desk: SigningDesk | None = None

    async def restart(self) -> None:
        """A new process on the same log."""
        books = Books(MemoryEventStore("/arb/accounts", self._outside.stream), SystemClock().now)
        own = self.own
        await books.adopt(
            AccountAdopted(
                account=account,
                role="trading" if account == own.trading else "channel",
                index=max(0, index - 1),
                network_passphrase=PASSPHRASE,
            )
            for index, account in enumerate((own.trading, *own.channels))
        )
        keys: dict[str, Signatory] = {a: _Key(own.signer(a)) for a in (own.trading, *own.channels)}
        sequences = SeenSequences(self._network, lambda: None)
        self._desk = SigningDesk(books, keys, self._policy, PASSPHRASE, self._present, sequences)

    async def sign(self, trade_id: str, envelope_xdr: str) -> SignedTransaction:
        """As `arb.executor.adapters.bus` asks it and understands its answer."""
        assert self._desk is not None
        try:
            given = await self._desk.sign(envelope_xdr, trade_id, PASSPHRASE)
        except Refusal as refusal:
            self._outside.met[f"refused {refusal.code}"] += 1
            if refusal.code == CHANNEL_TAKEN:
                raise ChannelTakenError(str(refusal)) from refusal
            if refusal.retryable:
                raise SignerDownError(str(refusal)) from refusal
            raise SigningRefusedError(refusal.code, str(refusal)) from refusal
        bumped = is_fee_bump(envelope_xdr)
        trade = read_fee_bump(envelope_xdr, PASSPHRASE).inner if bumped else read_trade(envelope_xdr, PASSPHRASE)
        signed = Signed(
            trade_id=trade_id,
            envelope_xdr=given.envelope_xdr,
            tx_hash=given.tx_hash,
            inner_hash=trade.transaction.hash_hex,
            channel=trade.channel,
            sequence=trade.sequence,
            max_time=trade.max_time,
            close_time=self._outside.tip.close_time,
        )
        self._outside.signed.append(signed)
        return given

    def _present(self) -> Present:
        return Present(self._outside.tip.close_time, 0)


class FaultyAccounts:
    """The signer as one life of an executor sees it: the executor's AccountsPort."""

    def __init__(self, service: SigningService, script: Script, life: Life) -> None:
        self._service = service
        self._script = script
        self._life = life

    async def sign(self, trade_id: str, envelope_xdr: str) -> SignedTransaction:
        number = await self._life.enter("sign")
        kind, ledgers = await self._script.next("sign")
        if kind == "lost":
            raise SignerDownError("nobody listens")
        if kind == "slow":
            await asyncio.sleep(ledgers * self._script.outside.ledger_seconds)
        if kind == "restarted":
            await self._service.restart()
        given = await self._service.sign(trade_id, envelope_xdr)
        await self._life.leave("sign", number)
        if kind == "deaf":
            raise SignerDownError("timed out waiting for the answer")
        return given

    async def accounts(self) -> Accounts:
        return await self._service.own.accounts()


class _Key:
    """The port `Signatory` over a key of the test's."""

    def __init__(self, signer: Signer) -> None:
        self.address = signer.address
        self._signer = signer

    async def sign(self, transaction: Transaction) -> bytes:
        return self._signer.decorated(transaction.hash)
