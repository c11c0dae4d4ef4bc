"""One life of an executor after another over a shared log, on a real network behind a line that fails as told."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from support.arbitrage import PASSPHRASE, OwnAccounts, balances
from support.localnet import Localnet

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.eventlog import EventStore, MemoryEventStore, MemoryStream
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.ports import Head, Recorded
from arb.executor.adapters.stellar import StellarNetwork
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.execution import Execution
from arb.executor.app.fee_watch import FeeWatch
from arb.executor.app.oracle_watch import OracleWatch
from arb.executor.app.rebidding import Rebidding
from arb.executor.app.risk_watch import RiskWatch
from arb.executor.app.settlement import Settlement
from arb.executor.app.submission import Submission
from arb.executor.app.trade_book import TradeBook
from arb.executor.app.trading import Trading
from arb.executor.domain.channels import ChannelPool
from arb.executor.ports import AccountsPort, NetworkDownError, SendAnswer, Tip
from arb.messages.base import Fact
from arb.messages.events.engine import Mode
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import TradeConfirmed, TradeExpired, TradeFailed, TradeRejected, TradeSigned
from arb.messages.limits import Limits
from arb.messages.subjects import Aggregate, every
from arb.runtime.clock import Clock, SystemClock

LIMITS = Limits(
    max_notional=10**15, max_open_trades=5, min_profit=1, max_data_age_ledgers=50, max_trades_per_pair_per_ledger=1
)


class FaultyNetwork(StellarNetwork):
    """The real network over a line that fails as told: `lose` swallows requests, `deafen` swallows answers."""

    def __init__(self, rpc: RpcClient, horizon: HorizonClient) -> None:
        super().__init__(rpc, horizon, passphrase=PASSPHRASE)
        self.lose = 0
        self.deafen = 0
        self.sent: list[str] = []

    async def send(self, envelope_xdr: str) -> SendAnswer:
        if self.lose:
            self.lose -= 1
            raise NetworkDownError("connection reset before the request left")
        self.sent.append(envelope_xdr)
        answer = await super().send(envelope_xdr)
        if self.deafen:
            self.deafen -= 1
            raise NetworkDownError("timed out waiting for the answer")
        return answer


class CutStore(MemoryEventStore):
    """A store whose writer dies around the append of one kind of fact: before it is written, or right after."""

    def __init__(self, stream: MemoryStream, cut: tuple[type[Fact], str] | None) -> None:
        super().__init__("/arb/executor", stream)
        self._cut = cut

    async def append(self, aggregate: Aggregate, fact: Fact, *, expected: Head, **rest: object) -> Recorded:
        hit = self._cut is not None and isinstance(fact, self._cut[0])
        if hit and self._cut is not None and self._cut[1] == "before":
            raise StoreUnavailableError("cut off before the write")
        recorded = await super().append(aggregate, fact, expected=expected, **rest)  # type: ignore[arg-type]
        if hit:
            raise StoreUnavailableError("cut off after the write")
        return recorded


class Executor:
    """One life of an executor over a shared log; a restart is a new one."""

    def __init__(
        self,
        stream: MemoryStream,
        network: StellarNetwork,
        accounts: AccountsPort,
        *,
        cut: tuple[type[Fact], str] | None = None,
        store: EventStore | None = None,
        clock: Clock | None = None,
        validity: int = 60,
        limits: Limits = LIMITS,
        mode: Mode = "live",
        instance: str = "executor",
    ) -> None:
        clock = clock or SystemClock()
        store = store or CutStore(stream, cut)
        self.network = network
        self.accounts = accounts
        self.trades = TradeBook(store, clock)
        self.switch = EngineSwitch(store, clock, self.trades, mode)
        self.risk = RiskWatch(clock, self.switch, self.trades, lambda: limits)
        self.channels = ChannelPool(instance)
        self.fee_watch = FeeWatch(network)
        submission = Submission(network, self.trades, clock)
        rebidding = Rebidding(
            trades=self.trades,
            network=network,
            accounts=accounts,
            fee_watch=self.fee_watch,
            limits=lambda: limits,
            limits_version=lambda: 0,
        )
        self.settlement = Settlement(
            trades=self.trades,
            channels=self.channels,
            network=network,
            submission=submission,
            rebidding=rebidding,
            instance=instance,
        )
        execution = Execution(
            switch=self.switch,
            trades=self.trades,
            channels=self.channels,
            settlement=self.settlement,
            submission=submission,
            network=network,
            accounts=accounts,
            limits=lambda: limits,
            limits_version=lambda: 0,
            fee_watch=self.fee_watch,
            network_passphrase=PASSPHRASE,
            validity=validity,
        )
        self.trading = Trading(
            switch=self.switch,
            trades=self.trades,
            channels=self.channels,
            settlement=self.settlement,
            execution=execution,
            risk=self.risk,
            limits=lambda: limits,
            limits_version=lambda: 0,
            oracle=OracleWatch(None),
            network_passphrase=PASSPHRASE,
            instance=instance,
            distrust=self.distrust,
        )

    async def distrust(self) -> None:
        """The record is whole."""

    async def start(self, tip: Tip) -> "Executor":
        await self.trades.load()
        await self.switch.load()
        self.settlement.adopt(await self.accounts.accounts())
        await self.settlement.on_ledger(tip)
        await self.settlement.read_accounts()
        await self.fee_watch.look()
        await self.switch.start("test")
        return self

    async def live_through(self, found: OpportunityFound) -> None:
        """Take up and settle."""
        await self.trading.take_up(found, event_id="e")
        await self.settle(found.id)

    async def settle(self, trade_id: str, ledgers: int = 60) -> None:
        """Follow the network until the trade has ended."""
        async for tip in self.network.ledgers():
            await self.settlement.on_ledger(tip)
            await self.settlement.read_accounts()
            ledgers -= 1
            if not self.trades.get(trade_id).open or not ledgers:
                return


class World:
    """A still market with an arbitrage, own accounts on it, and a log."""

    def __init__(self, localnet: Localnet, accounts: OwnAccounts, network: FaultyNetwork) -> None:
        self.localnet = localnet
        self.accounts = accounts
        self.network = network
        self.stream = MemoryStream()

    @property
    def own(self) -> Sequence[str]:
        """Every account of ours."""
        return [self.accounts.trading, *self.accounts.channels]

    async def executor(self, found: OpportunityFound, **options: object) -> Executor:
        executor = Executor(self.stream, self.network, self.accounts, **options)  # type: ignore[arg-type]
        return await executor.start(Tip(found.ledger, found.close_time))

    async def facts(self) -> list[Fact]:
        store = MemoryEventStore("/test", self.stream)
        return [recorded.fact async for recorded in store.replay(every("trade"))]

    async def nothing_was_done_twice(self, before: dict[str, int]) -> None:
        """One envelope, one end, and the ledger moved by exactly what the events say."""
        facts = await self.facts()
        kinds = Counter(type(fact) for fact in facts)
        assert kinds[TradeSigned] <= 1
        assert kinds[TradeConfirmed] + kinds[TradeFailed] + kinds[TradeExpired] + kinds[TradeRejected] == 1
        assert len(set(self.network.sent)) <= 1
        expected = Counter(before)
        for fact in facts:
            if isinstance(fact, TradeConfirmed | TradeFailed):
                for change in fact.changes:
                    expected[change.account] += change.delta
        own = [self.accounts.trading, *self.accounts.channels]
        assert dict(expected) == await balances(self.localnet, own)


@asynccontextmanager
async def world_on(network: Localnet) -> AsyncIterator[World]:
    """Own accounts on a running network, and a log that is still empty."""
    rpc, horizon = RpcClient([network.rpc_url]), HorizonClient(network.url)
    accounts = OwnAccounts()
    await accounts.fund(network)
    try:
        yield World(network, accounts, FaultyNetwork(rpc, horizon))
    finally:
        await rpc.close()
        await horizon.close()
