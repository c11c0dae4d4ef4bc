"""The signer is asked while the verdict is being stored: what it gives is worth nothing before that is on record."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from support.arbitrage import balances, find_opportunity, push_pool_away
from support.executor_world import World, world_on
from support.localnet import Localnet

from arb.eventlog import Head, Recorded
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.memory import MemoryEventStore, MemoryStream
from arb.messages.base import Fact
from arb.messages.events.trade import TradeApproved, TradeConfirmed, TradeSigned
from arb.messages.subjects import Aggregate

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def world(localnet: Callable[..., Localnet]) -> AsyncIterator[World]:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25, soroban="off")
    async with world_on(running) as still:
        await push_pool_away(running)
        yield still


class SlowVerdicts(MemoryEventStore):
    """The first verdict is under way until it is let go; then it is lost, or stored, as `lost` says."""

    def __init__(self, stream: MemoryStream, *, lost: bool) -> None:
        super().__init__("/arb/executor", stream)
        self.let_go = asyncio.Event()
        self.under_way = asyncio.Event()
        self._lost = lost

    async def append(self, aggregate: Aggregate, fact: Fact, *, expected: Head, **rest: object) -> Recorded:
        if isinstance(fact, TradeApproved) and not self.under_way.is_set():
            self.under_way.set()
            await self.let_go.wait()
            if self._lost:
                raise StoreUnavailableError("nobody answered")
        return await super().append(aggregate, fact, expected=expected, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("lost", [False, True])
async def test_what_was_signed_is_neither_stored_nor_sent_before_the_verdict(world: World, lost: bool) -> None:
    found = await find_opportunity(world.localnet)
    before = await balances(world.localnet, world.own)
    store = SlowVerdicts(world.stream, lost=lost)
    executor = await world.executor(found, store=store)
    free = executor.channels.free
    # When the signer answers while the verdict is still on its way
    taking = asyncio.create_task(executor.trading.take_up(found, event_id="e"))
    await store.under_way.wait()
    await asyncio.sleep(0.2)
    assert world.accounts.signatures
    # Then nothing has come of it
    assert not any(isinstance(fact, TradeSigned | TradeApproved) for fact in await world.facts())
    assert not world.network.sent
    store.let_go.set()
    if lost:
        # A verdict that is lost takes the signature with it, and its channel rests
        with pytest.raises(StoreUnavailableError):
            await taking
        assert not world.network.sent
        assert executor.channels.free == free - 1
        # and the opportunity, delivered again, is carried out on another channel
        await executor.trading.take_up(found, event_id="e")
    else:
        await taking
    await executor.settle(found.id)
    assert isinstance(executor.trades.get(found.id).ended, TradeConfirmed)
    await world.nothing_was_done_twice(before)
