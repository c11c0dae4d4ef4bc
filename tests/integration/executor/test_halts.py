"""Paper mode, halts and limits around real trades on a real network."""

from collections.abc import AsyncIterator, Callable

import pytest
from support.arbitrage import balances, find_opportunity, push_pool_away
from support.executor_world import LIMITS, World, world_on
from support.localnet import Localnet

from arb.messages.commands.accounts import SignedTransaction
from arb.messages.events.trade import TradeConfirmed, TradeFailed, TradeRehearsed, TradeRejected, TradeSigned

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def world(localnet: Callable[..., Localnet]) -> AsyncIterator[World]:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25, soroban="off")
    async with world_on(running) as still:
        await push_pool_away(running)
        yield still


async def test_paper_mode_does_everything_but_sign(world: World) -> None:
    found = await find_opportunity(world.localnet)
    before = await balances(world.localnet, world.own)
    executor = await world.executor(found, mode="paper")
    await executor.trading.take_up(found, event_id="e")
    # Then the trade was judged by what is known and built, and ended as what it would have been
    trade = executor.trades.get(found.id)
    assert trade.planned is not None
    assert trade.planned.mode == "paper"
    assert trade.planned.spendable is not None
    assert trade.planned.spendable > 0
    assert isinstance(trade.ended, TradeRehearsed)
    assert (trade.ended.hypothetical_profit, trade.ended.hypothetical_fee) == (found.plan.profit, found.plan.fee)
    assert (world.accounts.signed, world.network.sent) == ([], [])
    assert await balances(world.localnet, world.own) == before
    # And is among no live results, nor counted against any limit
    pnl = executor.risk.pnl()
    assert (pnl.total.trades, pnl.hypothetical_total.trades) == ({}, {"rehearsed": 1})
    # And its channel is free for the next
    await executor.settlement.refresh_channels()
    assert executor.channels.free == len(world.accounts.channels)


async def test_a_halt_between_verdict_and_signature_leaves_no_envelope(world: World) -> None:
    # Given a signer that takes so long that the engine is halted meanwhile
    found = await find_opportunity(world.localnet)
    executor = await world.executor(found)
    sign = world.accounts.sign

    async def slow(trade_id: str, envelope_xdr: str) -> SignedTransaction:
        await executor.switch.halt("a person saw something", by="me")
        return await sign(trade_id, envelope_xdr)

    world.accounts.sign = slow  # type: ignore[method-assign]
    await executor.trading.take_up(found, event_id="e")
    # Then nothing of it is stored or sent
    ended = executor.trades.get(found.id).ended
    assert isinstance(ended, TradeRejected)
    assert (ended.code, world.network.sent) == ("halted", [])
    assert not any(isinstance(fact, TradeSigned) for fact in await world.facts())
    # And nothing more is taken up, here or after a restart
    later = found.model_copy(update={"id": "later"})
    await executor.trading.take_up(later, event_id="e")
    assert executor.trades.get("later").state is None


async def test_a_loss_beyond_the_limit_halts_before_the_next_trade_is_judged(world: World) -> None:
    # Given a trade that fails because somebody took the arbitrage first, and a limit that its fee passes
    found = await find_opportunity(world.localnet)
    executor = await world.executor(found, limits=LIMITS.model_copy(update={"max_drawdown": 0}))
    rival = found.model_copy(update={"id": "rival", "ledger": found.ledger - 1})
    await executor.live_through(rival)
    assert isinstance(executor.trades.get("rival").ended, TradeConfirmed)
    assert executor.switch.engine.running
    await executor.live_through(found)
    failed = executor.trades.get(found.id).ended
    assert isinstance(failed, TradeFailed)
    assert failed.close_time >= found.close_time
    # When the next opportunity comes, then the engine is halted and it is refused
    third = found.model_copy(update={"id": "third"})
    await executor.trading.take_up(third, event_id="e")
    ended = executor.trades.get("third").ended
    assert isinstance(ended, TradeRejected)
    assert ended.code == "halted"
    halted = executor.switch.engine.halted
    assert halted is not None
    assert (halted.limit, halted.value, halted.bound) == ("max_drawdown", failed.fee_charged, 0)
