"""From opportunity to settled trade on a real network, with every answer lost once and every step cut off once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from support.arbitrage import PASSPHRASE, OwnAccounts, balances, find_opportunity, push_pool_away
from support.localnet import Localnet

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.eventlog import MemoryEventStore, MemoryStream
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.ports import Head, Recorded
from arb.executor.adapters.stellar import StellarNetwork
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.oracle_watch import OracleWatch
from arb.executor.app.settlement import Settlement
from arb.executor.app.submission import Submission
from arb.executor.app.trade_book import TradeBook
from arb.executor.app.trading import Trading
from arb.executor.domain.channels import ChannelPool
from arb.executor.domain.guard import Limits
from arb.executor.ports import NetworkDownError, SendAnswer, Tip
from arb.messages.base import Fact
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import (
    TradeApproved,
    TradeConfirmed,
    TradeExpired,
    TradeFailed,
    TradePlanned,
    TradeRejected,
    TradeSigned,
    TradeSubmitted,
)
from arb.messages.subjects import Aggregate, every
from arb.runtime.clock import SystemClock

pytestmark = pytest.mark.timeout(90)
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
        network: FaultyNetwork,
        accounts: OwnAccounts,
        *,
        cut: tuple[type[Fact], str] | None = None,
        validity: int = 60,
    ) -> None:
        clock = SystemClock()
        store = CutStore(stream, cut)
        self.network = network
        self.accounts = accounts
        self.trades = TradeBook(store, clock)
        self.switch = EngineSwitch(store, clock, self.trades, "live")
        self.channels = ChannelPool()
        submission = Submission(network, self.trades, clock)
        self.settlement = Settlement(trades=self.trades, channels=self.channels, network=network, submission=submission)
        self.trading = Trading(
            switch=self.switch,
            trades=self.trades,
            channels=self.channels,
            settlement=self.settlement,
            submission=submission,
            network=network,
            accounts=accounts,
            limits=LIMITS,
            oracle=OracleWatch(None),
            network_passphrase=PASSPHRASE,
            validity=validity,
        )

    async def start(self, tip: Tip) -> "Executor":
        await self.trades.load()
        await self.switch.load()
        self.settlement.adopt(await self.accounts.accounts())
        await self.settlement.on_ledger(tip)
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


@pytest.fixture
async def world(localnet: Callable[..., Localnet]) -> AsyncIterator[World]:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25)
    rpc, horizon = RpcClient([running.rpc_url]), HorizonClient(running.url)
    accounts = OwnAccounts()
    await accounts.fund(running)
    await push_pool_away(running)
    yield World(running, accounts, FaultyNetwork(rpc, horizon))
    await rpc.close()
    await horizon.close()


def own(world: World) -> Sequence[str]:
    return [world.accounts.trading, *world.accounts.channels]


async def test_a_basket_is_confirmed_with_exactly_the_predicted_profit(world: World) -> None:
    found = await find_opportunity(world.localnet, payments=10)
    assert len(found.plan.paths) > 1
    before = await balances(world.localnet, own(world))
    executor = await world.executor(found)
    # When the same opportunity comes three times, twice at once
    await asyncio.gather(*(executor.trading.take_up(found, event_id="e") for _ in range(2)))
    await executor.trading.take_up(found, event_id="e")
    await executor.settle(found.id)
    # Then it is one trade, and nobody else moved the market, so prediction and result are one number
    confirmed = executor.trades.get(found.id).ended
    assert isinstance(confirmed, TradeConfirmed)
    assert not confirmed.venues_moved
    assert confirmed.realised_profit == confirmed.predicted_profit == found.plan.profit
    assert world.accounts.signed == [found.id]
    await world.nothing_was_done_twice(before)


@pytest.mark.parametrize("fault", ["lose", "deafen"])
async def test_a_lost_request_or_answer_is_made_good_with_the_same_bytes(world: World, fault: str) -> None:
    found = await find_opportunity(world.localnet)
    before = await balances(world.localnet, own(world))
    executor = await world.executor(found)
    setattr(world.network, fault, 1)
    await executor.trading.take_up(found, event_id="e")
    assert executor.trades.get(found.id).state == "signed"
    await executor.settle(found.id)
    assert executor.trades.get(found.id).state == "confirmed"
    await world.nothing_was_done_twice(before)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kind", [TradePlanned, TradeApproved, TradeSigned, TradeSubmitted, TradeConfirmed])
async def test_an_executor_cut_off_at_any_write_is_taken_over_by_its_successor(
    world: World, kind: type[Fact], moment: str
) -> None:
    # Given an executor that dies around one write
    found = await find_opportunity(world.localnet)
    before = await balances(world.localnet, own(world))
    first = await world.executor(found, cut=(kind, moment))
    with pytest.raises(StoreUnavailableError):
        await first.live_through(found)
    # When another one starts from the log alone, and the bus delivers the opportunity again
    second = await world.executor(found)
    await second.trading.take_up(found, event_id="e")
    await second.settle(found.id)
    # Then the trade has one end and was done at most once
    ended = second.trades.get(found.id).ended
    if kind in (TradeSubmitted, TradeConfirmed) or (kind, moment) == (TradeSigned, "after"):
        assert isinstance(ended, TradeConfirmed)
    elif (kind, moment) == (TradePlanned, "before"):
        assert isinstance(ended, TradeConfirmed)  # nothing was known of it: it is simply done now
    else:
        assert isinstance(ended, TradeRejected)
        assert ended.code == "interrupted"
        assert not world.network.sent
    await world.nothing_was_done_twice(before)


async def test_an_envelope_that_never_arrives_expires_with_proof(world: World) -> None:
    found = await find_opportunity(world.localnet)
    before = await balances(world.localnet, own(world))
    executor = await world.executor(found, validity=4)
    world.network.lose = 10**6
    await executor.trading.take_up(found, event_id="e")
    await executor.settle(found.id)
    trade = executor.trades.get(found.id)
    assert isinstance(trade.ended, TradeExpired)
    assert trade.signed is not None
    assert trade.ended.closed_at > trade.signed.max_time
    assert trade.ended.oldest_ledger <= found.ledger + 1
    assert not world.network.sent
    # and its channel can be used again
    await executor.settlement.refresh_channels()
    assert executor.channels.free == len(world.accounts.channels)
    await world.nothing_was_done_twice(before)


async def test_a_trade_on_a_market_that_moved_fails_and_costs_its_fee_only(world: World) -> None:
    # Given somebody takes the same arbitrage first
    found = await find_opportunity(world.localnet)
    executor = await world.executor(found)
    rival = found.model_copy(update={"id": "rival", "ledger": found.ledger - 1})
    await executor.trading.take_up(rival, event_id="r")
    await executor.settle(rival.id)
    assert isinstance(executor.trades.get(rival.id).ended, TradeConfirmed)
    before = await balances(world.localnet, own(world))
    # When the stale plan is executed all the same
    await executor.trading.take_up(found, event_id="e")
    await executor.settle(found.id)
    # Then it fails as a whole, says so in the network's terms, and only the fee is gone
    failed = executor.trades.get(found.id).ended
    assert isinstance(failed, TradeFailed)
    assert "op_over_source_max" in failed.codes
    assert failed.venues_moved
    after = await balances(world.localnet, own(world))
    assert sum(before.values()) - sum(after.values()) == failed.fee_charged > 0
