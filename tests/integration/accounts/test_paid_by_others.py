"""Strangers pay into our accounts at any time; the books have it to the stroop, once, whenever the service dies."""

import asyncio
import itertools
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog
from nacl.signing import SigningKey
from support.accounts import AccountsService, Started, on_ledger
from support.localnet import Localnet, running_localnet

from arb.accounts.adapters.stellar import StellarNetwork
from arb.accounts.books import Books
from arb.accounts.domain.observation import Observation
from arb.accounts.reading import HistoryReader
from arb.contracts.horizon import HorizonClient
from arb.contracts.http import HttpSession
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import Signer, build_transaction, payment, sign
from arb.eventlog import MemoryEventStore
from arb.markets.asset import NATIVE, Asset
from arb.messages.events.account import AccountAdopted, AccountFunded, HistoryMissed, MovedByOthers
from arb.messages.ledger import BalanceChange
from arb.messages.subjects import every
from arb.runtime.clock import SystemClock

PASSPHRASE = "Standalone Network ; February 2017"


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, for half a minute at most."""
    async with asyncio.timeout(30):
        while not await done():  # noqa: ASYNC110 - it is asked over the network, nothing tells
            await asyncio.sleep(0.05)


class Stranger:
    """Somebody with money, and an issuer of the asset GIFT."""

    def __init__(self, network: StellarNetwork) -> None:
        self._network = network
        self._signer = Signer(bytes(SigningKey.generate()))
        self._sequence = 0
        self.gift = Asset("GIFT", self._signer.address)
        self.generous = True
        self.landed = 0
        """Transactions of the stranger that succeeded."""

    async def arrive(self) -> None:
        address = self._signer.address
        await self._network.ask_friendbot(address)
        self._sequence = (await self._network.observe((address,), address, (NATIVE,))).accounts[address].sequence

    async def send(self, *operations: bytes) -> bool:
        """One transaction. Whether it succeeded, once a ledger has it."""
        self._sequence += 1
        unsigned = build_transaction(
            operations,
            source=self._signer.address,
            sequence=self._sequence,
            fee=100 * len(operations),
            max_time=2**40,
            passphrase=PASSPHRASE,
        )
        transaction = sign(unsigned, self._signer)
        assert (await self._network.send(transaction.envelope_xdr)).status == "PENDING"
        for _ in itertools.count():
            status = (await self._network.transaction(transaction.hash_hex)).status
            if status != "NOT_FOUND":
                break
            await asyncio.sleep(0.05)
        self.landed += status == "SUCCESS"
        return status == "SUCCESS"

    async def give(self, trading: str, *channels: str) -> None:
        """Pay until `generous` ends: XLM to all in one transaction, then GIFT to the trading account, ever more."""
        for amount in itertools.count(1):
            if not self.generous:
                return
            shares = enumerate((trading, *channels))
            await self.send(*(payment(to, NATIVE, 1000 * amount + place) for place, to in shares))
            await self.send(payment(trading, self.gift, 7 * amount))


async def adopted(accounts: AccountsService, count: int) -> list[str]:
    """Our accounts, trading first, as soon as they have keys."""
    found: dict[int, str] = {}
    async with asyncio.timeout(30), accounts.bus.store.subscribe(every("account")) as events:
        async for recorded in events:
            if isinstance(fact := recorded.fact, AccountAdopted):
                found[0 if fact.role == "trading" else fact.index + 1] = fact.account
            if len(found) == count:
                break
    return [found[place] for place in sorted(found)]


async def moves(accounts: AccountsService) -> Counter[tuple[str, str]]:
    """How often each transaction of others is booked on each account."""
    facts = [(recorded.aggregate.id, recorded.fact) async for recorded in accounts.bus.store.replay(every("account"))]
    return Counter((account, fact.tx_hash) for account, fact in facts if isinstance(fact, MovedByOthers))


async def until_booked_more(accounts: AccountsService) -> None:
    """Return at the first payment that is booked from now on, perhaps in the middle of a transaction."""
    before = (await moves(accounts)).total()
    async with asyncio.timeout(30), accounts.bus.store.subscribe(every("account")) as events:
        async for recorded in events:
            before -= isinstance(recorded.fact, MovedByOthers)
            if before < 0:
                return


async def test_strangers_payments_are_booked_once_whenever_the_service_dies(
    service: Started, network: Localnet
) -> None:
    async with HttpSession() as http:
        horizon = HorizonClient(network.url, http=http)
        stranger = Stranger(
            StellarNetwork(RpcClient([network.rpc_url], http=http), horizon, f"{network.url}/friendbot")
        )
        await stranger.arrive()
        async with service(ARB_ASSETS=str(stranger.gift)) as accounts:
            # given a stranger who pays from the moment on that our accounts have keys, and never stops
            own = await adopted(accounts, 4)
            giving = asyncio.create_task(stranger.give(*own))
            await accounts.until_ready()
            # when the service dies while it books, again and again, and payments go on while it is dead
            for _ in range(4):
                await until_booked_more(accounts)
                await accounts.end(signal.SIGKILL)
                landed = stranger.landed

                async def paid_meanwhile(before: int = landed) -> bool:
                    return stranger.landed >= before + 2

                await until(paid_meanwhile)
                await accounts.start()
            stranger.generous = False
            await giving
            # then the books are the ledger's to the stroop
            ready = await accounts.until_ready()
            ledger = await on_ledger(network, ready)

            async def books_equal_ledger() -> bool:
                return await accounts.booked() == ledger

            await until(books_equal_ledger)
            assert ledger[own[0], str(stranger.gift)] > 0
            # and each payment is there once, after one more kill too
            times = await moves(accounts)
            assert set(times.values()) == {1}
            assert {account for account, _ in times} == set(own)
            before = await accounts.types()
            await accounts.end(signal.SIGKILL)
            await accounts.start()
            await accounts.until_ready()
            await asyncio.sleep(0.6)
            assert await accounts.booked() == ledger
            assert Counter(await accounts.types()) == Counter(before)
            assert "history" not in accounts.log


async def test_history_that_is_gone_is_said_and_reading_goes_on_after_it() -> None:
    with running_localnet(retained_ledgers=10, ledger_seconds=0.1) as network:
        async with HttpSession() as http:
            horizon = HorizonClient(network.url, http=http)
            rpc = RpcClient([network.rpc_url], http=http)
            stellar = StellarNetwork(rpc, horizon, f"{network.url}/friendbot")
            stranger, ours = Stranger(stellar), Signer(bytes(SigningKey.generate())).address
            await stranger.arrive()
            await stellar.ask_friendbot(ours)
            # given an opening, and a payment of others that no server holds any more
            opened = await stellar.observe((ours,), ours, (NATIVE,))
            assert await stranger.send(payment(ours, NATIVE, 5))

            async def gone() -> bool:
                return (await rpc.get_health()).oldest_ledger > opened.ledger + 10

            await until(gone)
            store = MemoryEventStore("/test")
            books = Books(store, SystemClock().now)
            await books.adopt([AccountAdopted(account=ours, role="trading", index=0, network_passphrase=PASSPHRASE)])
            await books.write(ours, AccountFunded(account=ours, ledger=opened.ledger, tx_hash=None, changes=()))

            async def seen_after(ledger: int) -> Observation:
                await until(lambda: reached(ledger + 1))
                return await stellar.observe((ours,), ours, (NATIVE,))

            async def reached(ledger: int) -> bool:
                return (await rpc.get_latest_ledger()).sequence >= ledger

            async def missed_on_record() -> bool:
                return books.records[ours].read_ledger > 0

            async def payment_on_record() -> bool:
                return books.records[ours].moved_ledger > 0

            log = structlog.stdlib.get_logger()
            reader = HistoryReader(ours, (ours,), books, stellar, seen_after, log, patience=0.3)
            # when it reads on
            reading = asyncio.create_task(reader.follow())
            await until(missed_on_record)
            assert await stranger.send(payment(ours, NATIVE, 7))
            await until(payment_on_record)
            reading.cancel()
            # then the missing ledgers are on record, all of them, and what came after them is booked
            facts = [recorded.fact async for recorded in store.replay(every("account"))][2:]
            assert [type(fact) for fact in facts] == [HistoryMissed, MovedByOthers]
            missed, moved = facts
            assert isinstance(missed, HistoryMissed)
            assert isinstance(moved, MovedByOthers)
            assert missed.first_ledger == opened.ledger + 1 < missed.last_ledger < moved.ledger
            assert moved.changes == (BalanceChange(account=ours, asset="native", delta=7),)
