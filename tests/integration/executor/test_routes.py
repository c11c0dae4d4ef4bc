"""Routes through contract pools, from opportunity to settled trade on a real network, faults included."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from support.arbitrage import balances, find_opportunity, push_pool_away
from support.contract_routes import Stranger, deployed, find_route
from support.executor_world import World, world_on
from support.localnet import Localnet

from arb.eventlog.errors import StoreUnavailableError
from arb.messages.base import Fact
from arb.messages.events.trade import TradeConfirmed, TradeFailed, TradeRejected, TradeSigned, TradeSubmitted
from arb.messages.routes import SorobanRoute

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def world(localnet: Callable[..., Localnet]) -> AsyncIterator[World]:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25)
    async with world_on(running) as still:
        stranger = Stranger(running)
        await stranger.arrive()
        await stranger.swap(5_000_0000000)
        yield still


async def test_a_route_is_confirmed_with_exactly_the_predicted_profit(world: World) -> None:
    found = await find_route(world.localnet)
    assert isinstance(found.plan, SorobanRoute)
    before = await balances(world.localnet, world.own)
    executor = await world.executor(found)
    # When the same opportunity comes three times, twice at once
    await asyncio.gather(*(executor.trading.take_up(found, event_id="e") for _ in range(2)))
    await executor.trading.take_up(found, event_id="e")
    await executor.settle(found.id)
    # Then it is one call, and nobody else moved the pools, so prediction and result are one number
    confirmed = executor.trades.get(found.id).ended
    assert isinstance(confirmed, TradeConfirmed), confirmed
    assert not confirmed.venues_moved
    assert confirmed.realised_profit == confirmed.predicted_profit == found.plan.profit
    assert 0 < confirmed.fee_charged < confirmed.realised_profit
    await world.nothing_was_done_twice(before)


async def test_a_basket_and_a_route_of_one_ledger_run_beside_each_other_on_channels_of_their_own(world: World) -> None:
    await push_pool_away(world.localnet)
    route, basket = await find_route(world.localnet), await find_opportunity(world.localnet)
    executor = await world.executor(basket)
    await asyncio.gather(*(executor.trading.take_up(found, event_id="e") for found in (route, basket)))
    # Then both are under way at once, and neither waits for the other's end
    trades = [executor.trades.get(found.id) for found in (route, basket)]
    signed = [trade.signed for trade in trades if trade.signed is not None]
    assert len({fact.source for fact in signed}) == 2
    for found in (route, basket):
        await executor.settle(found.id)
        assert isinstance(executor.trades.get(found.id).ended, TradeConfirmed)


@pytest.mark.parametrize("fault", ["lose", "deafen"])
async def test_a_lost_request_or_answer_is_made_good_with_the_same_bytes(world: World, fault: str) -> None:
    found = await find_route(world.localnet)
    before = await balances(world.localnet, world.own)
    executor = await world.executor(found)
    setattr(world.network, fault, 1)
    await executor.live_through(found)
    assert executor.trades.get(found.id).state == "confirmed"
    await world.nothing_was_done_twice(before)


@pytest.mark.parametrize("kind", [TradeSigned, TradeSubmitted, TradeConfirmed])
async def test_an_executor_cut_off_after_a_write_is_taken_over_by_its_successor(world: World, kind: type[Fact]) -> None:
    found = await find_route(world.localnet)
    before = await balances(world.localnet, world.own)
    first = await world.executor(found, cut=(kind, "after"))
    with pytest.raises(StoreUnavailableError):
        await first.live_through(found)
    second = await world.executor(found)
    await second.trading.take_up(found, event_id="e")
    await second.settle(found.id)
    assert isinstance(second.trades.get(found.id).ended, TradeConfirmed)
    await world.nothing_was_done_twice(before)


async def test_a_route_that_no_longer_pays_is_refused_before_anything_is_signed(world: World) -> None:
    # Given somebody takes the same arbitrage first, all of it
    found = await find_route(world.localnet, largest=9_000_0000000)
    executor = await world.executor(found)
    rival = found.model_copy(update={"id": "rival", "ledger": found.ledger - 1})
    await executor.live_through(rival)
    assert isinstance(executor.trades.get(rival.id).ended, TradeConfirmed)
    before = await balances(world.localnet, world.own)
    # When the stale plan comes up, then its simulation says so, and nothing is signed, sent or paid
    await executor.live_through(found)
    rejected = executor.trades.get(found.id).ended
    assert isinstance(rejected, TradeRejected)
    assert rejected.code == "simulation:contract_error"
    assert found.id not in world.accounts.signed
    assert await balances(world.localnet, world.own) == before


async def test_a_route_whose_pools_moved_after_it_was_signed_fails_and_costs_its_fee_only(world: World) -> None:
    # Given a signed route that does not reach the network at first
    found = await find_route(world.localnet)
    executor = await world.executor(found)
    before = await balances(world.localnet, world.own)
    world.network.lose = 1
    await executor.trading.take_up(found, event_id="e")
    # When whoever made the price leave takes it back meanwhile
    await Stranger(world.localnet).swap_back()
    await executor.settle(found.id)
    # Then the contract undid it, the loss is the fee, and the record says that the venues moved
    ended = executor.trades.get(found.id).ended
    assert isinstance(ended, TradeFailed)
    assert "op_trapped" in ended.codes
    assert ended.venues_moved
    after = await balances(world.localnet, world.own)
    assert sum(before.values()) - sum(after.values()) == ended.fee_charged > 0


async def test_a_route_that_earns_less_than_the_call_costs_is_not_made(world: World) -> None:
    found = await find_route(world.localnet)
    assert isinstance(found.plan, SorobanRoute)
    poor = found.plan.model_copy(update={"profit": 1_000})
    executor = await world.executor(found)
    await executor.live_through(found.model_copy(update={"plan": poor}))
    rejected = executor.trades.get(found.id).ended
    assert isinstance(rejected, TradeRejected)
    assert rejected.code == "fee_above_profit"
    assert not world.network.sent


async def test_a_call_that_costs_more_than_the_plan_allows_is_not_made(world: World) -> None:
    found = await find_route(world.localnet)
    assert isinstance(found.plan, SorobanRoute)
    cheap = found.plan.model_copy(update={"fee": 1_000, "net_profit": 1_000})
    executor = await world.executor(found)
    await executor.live_through(found.model_copy(update={"plan": cheap}))
    rejected = executor.trades.get(found.id).ended
    assert isinstance(rejected, TradeRejected)
    assert rejected.code == "fee_above_cap"
    assert not world.network.sent


async def test_a_contract_that_is_no_route_executor_is_found_out_by_simulation(world: World) -> None:
    oracle = deployed(world.localnet)["oracle"]
    found = await find_route(world.localnet, executor=oracle)
    executor = await world.executor(found)
    await executor.live_through(found)
    rejected = executor.trades.get(found.id).ended
    assert isinstance(rejected, TradeRejected)
    assert rejected.code.startswith("simulation:")
