"""Where nobody funds for the asking: a person is asked once, and the trading account then pays for all the rest."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from nacl.signing import SigningKey
from support.localnet import Localnet

from arb.accounts.adapters.signers import KeystoreSigner
from arb.accounts.adapters.stellar import StellarNetwork
from arb.accounts.books import Books
from arb.accounts.domain.chores import House, is_ready
from arb.accounts.domain.policy import Present
from arb.accounts.housekeeping import Housekeeper
from arb.accounts.outbox import Outbox
from arb.contracts.horizon import HorizonClient
from arb.contracts.http import HttpSession
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import Signer, build_transaction, create_account, sign
from arb.eventlog import MemoryEventStore, MemoryStream
from arb.markets.asset import NATIVE
from arb.markets.universe import default_universe
from arb.messages.events.account import AccountAdopted, AccountFunded, FundingAwaited
from arb.messages.subjects import every
from arb.runtime.clock import SystemClock

PASSPHRASE = "Standalone Network ; February 2017"
XLM = 10**7
FEE = 100_000


class Kept:
    """The service's parts without its process, on a log in memory: as many lives as the test wants."""

    def __init__(self, network: StellarNetwork, stream: MemoryStream, signers: list[KeystoreSigner]) -> None:
        self.store = MemoryEventStore("/arb/accounts", stream)
        self._signers = {signer.address: signer for signer in signers}
        trading, *channels = self._signers
        self.house = House(trading, tuple(channels), default_universe("LOCAL"), False, 5 * XLM, 20 * XLM, XLM // 2, FEE)
        self.books = Books(self.store, SystemClock().now)
        log = structlog.stdlib.get_logger()
        outbox = Outbox(network, self.books, self._signers, PASSPHRASE, self._present, log, poll=0.05)
        self.keeper = Housekeeper(self.house, self.books, network, outbox, log)

    def _present(self) -> Present:
        return Present(self.keeper.closed_at, SystemClock().micros() // 1_000_000)

    async def adopt(self) -> None:
        await self.books.adopt(
            AccountAdopted(
                account=account,
                role="channel" if index else "trading",
                index=max(0, index - 1),
                network_passphrase=PASSPHRASE,
            )
            for index, account in enumerate(self._signers)
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        tasks = [asyncio.create_task(task()) for task in (self.keeper.follow, self.keeper.watch, self.keeper.keep)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    async def facts(self) -> list[object]:
        return [recorded.fact async for recorded in self.store.replay(every("account"))]

    async def until(self, done: type | None = None, seconds: float = 20) -> None:
        """Until an event of this type is there; without one, until everything is ready and booked."""
        async with asyncio.timeout(seconds):
            for _ in itertools.count():
                booked = self.books.records[self.house.trading].open is None
                if done is None and booked and is_ready(self.house, self.books.records, self.keeper.seen):
                    return
                if done is not None and any(isinstance(fact, done) for fact in await self.facts()):
                    return
                await asyncio.sleep(0.05)


async def send_xlm(network: StellarNetwork, giver: Signer, sequence: int, to: str, amount: int) -> None:
    """What the person does."""
    transaction = sign(
        build_transaction(
            [create_account(to, amount)],
            source=giver.address,
            sequence=sequence,
            fee=100,
            max_time=2**40,
            passphrase=PASSPHRASE,
        ),
        giver,
    )
    assert (await network.send(transaction.envelope_xdr)).status == "PENDING"
    for _ in range(100):
        if (await network.transaction(transaction.hash_hex)).status == "SUCCESS":
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the payment never landed")


async def test_a_person_funds_one_account_and_the_rest_follows(network: Localnet) -> None:
    async with HttpSession() as http:
        horizon = HorizonClient(network.url, http=http)
        stellar = StellarNetwork(RpcClient([network.rpc_url], http=http), horizon, f"{network.url}/friendbot")
        giver = Signer(bytes(SigningKey.generate()))
        ours = [KeystoreSigner(bytes(SigningKey.generate())) for _ in range(4)]
        await stellar.ask_friendbot(giver.address)
        stream = MemoryStream()
        kept = Kept(stellar, stream, ours)
        # given accounts that nobody funds, then the person is asked, once, for enough
        for _ in range(3):
            kept = Kept(stellar, stream, ours)
            await kept.adopt()
            with kept.running():
                await kept.until(FundingAwaited)
                await asyncio.sleep(0.6)
        asked = [fact for fact in await kept.facts() if isinstance(fact, FundingAwaited)]
        assert [fact.minimum for fact in asked] == [kept.house.working_balance]
        # when the person gives exactly that
        giver_state = (await stellar.observe((giver.address,), giver.address, (NATIVE,))).accounts[giver.address]
        await send_xlm(stellar, giver, giver_state.sequence + 1, kept.house.trading, kept.house.working_balance)
        kept = Kept(stellar, stream, ours)
        await kept.adopt()
        with kept.running():
            await kept.until()
        # then channels and trustlines are there, and the books are the ledger's to the stroop
        seen = await stellar.observe(kept.house.accounts, kept.house.trading, kept.house.assets)
        assert [seen.accounts[channel].balance for channel in kept.house.channels] == [20 * XLM] * 3
        assert len(seen.trustlines) == 6
        facts = await kept.facts()
        funded = [fact for fact in facts if isinstance(fact, AccountFunded)]
        assert {fact.account for fact in funded} == set(kept.house.accounts)
        assert len(funded) == 4
        booked: dict[str, int] = {}
        for fact in facts:
            for change in getattr(fact, "changes", ()):
                booked[change.account] = booked.get(change.account, 0) + change.delta
        assert booked == {account: state.balance for account, state in seen.accounts.items()}
