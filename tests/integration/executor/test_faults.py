"""From opportunity to settled trade on a real network, with every answer lost once and every step cut off once."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from support.arbitrage import PASSPHRASE, applied, balances, find_opportunity, push_pool_away
from support.executor_world import World, world_on
from support.localnet import Localnet

from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import build_transaction, bump_sequence, merge_account, sign
from arb.eventlog.errors import StoreUnavailableError
from arb.messages.base import Fact
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

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def world(localnet: Callable[..., Localnet]) -> AsyncIterator[World]:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25, soroban="off")
    async with world_on(running) as still:
        await push_pool_away(running)
        yield still


async def test_a_basket_is_confirmed_with_exactly_the_predicted_profit(world: World) -> None:
    found = await find_opportunity(world.localnet, payments=10)
    assert len(found.plan.paths) > 1
    before = await balances(world.localnet, world.own)
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
    before = await balances(world.localnet, world.own)
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
    before = await balances(world.localnet, world.own)
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


@pytest.mark.parametrize("deed", ["bump", "next", "merge"])
async def test_what_others_do_to_an_idle_channel_costs_no_trade(world: World, deed: str) -> None:
    # given an executor that has read its channels, the first choice of which others then use, or take away
    found = await find_opportunity(world.localnet)
    executor = await world.executor(found)
    lease = executor.channels.lease("probe")
    assert lease is not None
    executor.channels.release("probe")
    source, number = lease
    operation = {
        "bump": bump_sequence(number + 50),
        "next": bump_sequence(0),
        "merge": merge_account(source, world.accounts.trading),
    }[deed]
    theirs = build_transaction(
        [operation], source=source, sequence=number, fee=1_000, max_time=2**40, passphrase=PASSPHRASE
    )
    rpc = RpcClient([world.localnet.rpc_url])
    sent = await rpc.send_transaction(sign(theirs, world.accounts.signer(source)).envelope_xdr)
    assert await applied(rpc, sent.hash)
    await rpc.close()
    # when accounts are read after a close, and a trade is made
    await executor.settlement.read_accounts()
    assert executor.channels.free == len(world.accounts.channels) - (deed == "merge")
    await executor.live_through(found)
    # then what was sent first is confirmed: no number that was used up, no channel that is gone
    assert executor.trades.get(found.id).state == "confirmed"
    assert len(world.network.sent) == 1


async def test_a_trade_that_another_executor_left_is_ended_once_no_envelope_of_it_could_live(world: World) -> None:
    # Given an executor that stops between verdict and signature
    found = await find_opportunity(world.localnet)
    before = await balances(world.localnet, world.own)
    first = await world.executor(found, cut=(TradeSigned, "before"), validity=5, instance="one")
    with pytest.raises(StoreUnavailableError):
        await first.trading.take_up(found, event_id="e")
    # When one of another name starts, then it leaves the trade alone: its maker may only be slow
    other = await world.executor(found, instance="two")
    assert other.trades.get(found.id).state == "approved"
    # Until a ledger has closed after the last moment that the plan names
    await other.settle(found.id)
    ended = other.trades.get(found.id).ended
    assert isinstance(ended, TradeRejected)
    assert ended.code == "interrupted"
    assert other.settlement.tip_time > found.close_time + 5
    assert not world.network.sent
    await world.nothing_was_done_twice(before)


async def test_an_envelope_that_never_arrives_expires_with_proof(world: World) -> None:
    found = await find_opportunity(world.localnet)
    before = await balances(world.localnet, world.own)
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
    before = await balances(world.localnet, world.own)
    # When the stale plan is executed all the same
    await executor.trading.take_up(found, event_id="e")
    await executor.settle(found.id)
    # Then it fails as a whole, says so in the network's terms, and only the fee is gone
    failed = executor.trades.get(found.id).ended
    assert isinstance(failed, TradeFailed)
    assert "op_over_source_max" in failed.codes
    assert failed.venues_moved
    after = await balances(world.localnet, world.own)
    assert sum(before.values()) - sum(after.values()) == failed.fee_charged > 0
