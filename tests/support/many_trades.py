"""A hundred trades of independent pairs for an executor with ten channels, and how many ledgers they take.

nats-server, localnet, accounts and executor are real processes. The market is ours: triangles native -> D -> E ->
native of two assets each, whose books pay one percent and are deep enough for all. No scanner runs: opportunities are
published as it would publish them, on each triangle the next one when the one before it is confirmed.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from stellar_sdk import Account, Asset, Keypair, Price, TransactionBuilder
from support.arbitrage import PASSPHRASE, applied
from support.demo import free_port
from support.localnet import Localnet, running_localnet

from arb.cli.launcher.process import Supervised
from arb.cli.launcher.specs import Options, service_spec
from arb.cli.launcher.state import StateDir
from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.horizon import HorizonClient
from arb.contracts.ledger_stream import LedgerClosed
from arb.contracts.rpc import RpcClient
from arb.eventlog.ports import EMPTY
from arb.messages.commands.accounts import Accounts, GetAccounts
from arb.messages.commands.executor import EngineStatus, StartEngine
from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.messages.events.trade import TradeConfirmed, TradeFailed, TradePlanned, TradeRejected
from arb.messages.plan import ClassicBasket, PlannedHop, PlannedPayment
from arb.messages.subjects import every, opportunity
from arb.runtime.bus import Bus
from arb.runtime.clock import SystemClock
from arb.runtime.errors import CommandFailed, CommandTimeout
from arb.runtime.nats_server import EmbeddedNats

CHANNELS: Final = 10
TRADES: Final = 100
AMOUNT: Final = 10_000_000
"""Stroops of each asset that a trade sends along its triangle."""
GAIN: Final = AMOUNT // 100
FEE: Final = 100
PATIENCE: Final = 120.0


class Triangle(NamedTuple):
    """Both assets of native -> first -> second -> native, as text."""

    first: str
    second: str


async def triangles(network: Localnet, count: int) -> list[Triangle]:
    """Makes the market: one account issues every asset and keeps every book."""
    maker = Keypair.random()
    pairs = [(Asset(f"D{n}", maker.public_key), Asset(f"E{n}", maker.public_key)) for n in range(count)]
    horizon, rpc = HorizonClient(network.url), RpcClient([network.rpc_url])
    try:
        await horizon.friendbot(f"{network.url}/friendbot", maker.public_key)
        key = key_text(AccountKey(maker.public_key))
        state = decode_entry((await rpc.get_ledger_entries([key])).entries[key])
        assert isinstance(state, AccountState)
        builder = TransactionBuilder(Account(maker.public_key, state.sequence), PASSPHRASE, FEE)
        for first, second in pairs:
            builder.append_manage_sell_offer_op(first, Asset.native(), "500", Price(1, 1))
            builder.append_manage_sell_offer_op(second, first, "500", Price(1, 1))
            builder.append_manage_sell_offer_op(Asset.native(), second, "500", Price(100, 101))
        envelope = builder.set_timeout(300).build()
        envelope.sign(maker)
        answer = await rpc.send_transaction(envelope.to_xdr())
        assert answer.status == "PENDING", answer
        assert await applied(rpc, answer.hash), "the market was refused"
    finally:
        await horizon.close()
        await rpc.close()
    return [Triangle(f"{a.code}:{a.issuer}", f"{b.code}:{b.issuer}") for a, b in pairs]


def found_on(triangle: Triangle, close: LedgerClosed, seen_at_us: int) -> OpportunityFound:
    """What a scanner would publish of a triangle after this ledger."""
    assets = ("native", *triangle, "native")
    amounts = (AMOUNT, AMOUNT, AMOUNT, AMOUNT + GAIN)
    hops = tuple(
        PlannedHop(
            asset_in=assets[n], asset_out=assets[n + 1], venue="book", amount_in=amounts[n], amount_out=amounts[n + 1]
        )
        for n in range(3)
    )
    payment = PlannedPayment(
        assets=assets, dest_amount=AMOUNT + GAIN, send_max=AMOUNT + GAIN - FEE, predicted_in=AMOUNT, hops=hops
    )
    plan = ClassicBasket(base="native", payments=(payment,), profit=GAIN, fee=FEE, net_profit=GAIN - FEE)
    return OpportunityFound(
        id=opportunity_id(PASSPHRASE, close.sequence, plan),
        network_passphrase=PASSPHRASE,
        ledger=close.sequence,
        close_time=close.closed_at,
        seen_at_us=seen_at_us,
        base_fee=close.base_fee,
        plan=plan,
    )


class Feed:
    """Publishes what each triangle is worth next, on the newest ledger, and notes what becomes of it."""

    def __init__(self, bus: Bus, horizon: HorizonClient, market: Sequence[Triangle]) -> None:
        self._bus = bus
        self._horizon = horizon
        self._clock = SystemClock()
        self._market = market
        self._of_trade: dict[str, Triangle] = {}
        self._newest: LedgerClosed | None = None
        self._closed = asyncio.Event()
        self._published = 0
        self._planned: list[int] = []
        self.confirmed: list[int] = []

    async def watch(self) -> None:
        """Follows the ledgers, without end."""
        async for closed in self._horizon.stream_ledgers():
            self._newest = closed
            self._closed.set()

    async def run(self) -> int:
        """Ledgers from the one on which the first trade was planned to that of the last confirmation."""
        await self._closed.wait()
        async with self._bus.store.subscribe(every("trade"), after=None) as events:
            for triangle in self._market:
                await self._publish(triangle)
            async for recorded in events:
                match recorded.fact:
                    case TradePlanned(ledger=ledger):
                        self._planned.append(ledger)
                    case TradeConfirmed(ledger=ledger):
                        self.confirmed.append(ledger)
                        if len(self.confirmed) == TRADES:
                            break
                        if self._published < TRADES:
                            await self._publish(self._of_trade.pop(recorded.aggregate.id))
                    case (TradeRejected() | TradeFailed()) as ended:
                        raise AssertionError(f"a trade was not confirmed: {ended}")
        return max(self.confirmed) - min(self._planned)

    async def _publish(self, triangle: Triangle) -> None:
        assert self._newest is not None
        found = found_on(triangle, self._newest, self._clock.micros())
        self._published += 1
        self._of_trade[found.id] = triangle
        await self._bus.store.append(opportunity(found.id), found, expected=EMPTY, time=self._clock.now())


async def ledgers_for_all(state: Path, ledger_seconds: float) -> int:
    """Starts everything, has all trades carried out, and says how many ledgers that took."""
    directory = StateDir.named(state)
    async with AsyncExitStack() as stack:
        network = stack.enter_context(running_localnet(ledger_seconds=ledger_seconds, soroban="off"))
        nats = EmbeddedNats(directory.nats)
        nats_url = await nats.start()
        stack.push_async_callback(nats.stop)
        bus = await stack.enter_async_context(await Bus.connect(nats_url, "bench", structlog.stdlib.get_logger()))
        await bus.provision()
        named = {
            "STELLAR_NETWORK": "LOCAL",
            "STELLAR_NETWORK_PASSPHRASE": PASSPHRASE,
            "STELLAR_HORIZON_URL": network.url,
            "STELLAR_SOROBAN_RPC_URL": network.rpc_url,
            "NUM_ACCOUNTS": str(CHANNELS),
            "ARB_MODE": "live",
        }
        options = Options(state=directory, ws_port=free_port(), http_port=free_port())
        for name in ("accounts", "executor"):
            service = Supervised(service_spec(name, options, named, nats_url))
            await service.start()
            stack.push_async_callback(service.stop)
        market = await triangles(network, CHANNELS)
        async with asyncio.timeout(PATIENCE):
            await _ready(bus)
            horizon = HorizonClient(network.url)
            stack.push_async_callback(horizon.close)
            feed = Feed(bus, horizon, market)
            watching = asyncio.create_task(feed.watch())
            stack.callback(watching.cancel)
            return await feed.run()


async def _ready(bus: Bus) -> None:
    """Wait for funded accounts, then start the engine."""
    while True:
        try:
            accounts = await bus.request(GetAccounts(command_id=f"bench-{SystemClock().micros()}"), Accounts)
            if accounts.ready:
                await bus.request(StartEngine(command_id="bench-start", by="bench"), EngineStatus)
                return
        except (CommandFailed, CommandTimeout):
            pass
        await asyncio.sleep(0.25)
