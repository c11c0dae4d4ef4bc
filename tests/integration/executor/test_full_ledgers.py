"""Trades on a network that others crowd: ledgers filled by dearer bids, and swarms that core's damping thins out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from stellar_sdk import Asset
from support.arbitrage import balances, find_opportunity, push_pool_away
from support.crowd import Crowd, close, closing
from support.executor_world import Executor, World, world_on
from support.localnet import Localnet

from arb.eventlog.errors import StoreUnavailableError
from arb.executor.app.settlement import RESEND_AFTER_LEDGERS
from arb.executor.app.trade_list import newest_trades
from arb.executor.domain.fees import places
from arb.messages.base import Fact
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import TradeConfirmed, TradeDropped, TradeExpired, TradeRebid, TradeSigned
from arb.messages.plan import ClassicBasket

pytestmark = pytest.mark.timeout(90)

ROOM = 10
"""Operations a ledger takes."""
DEAR = 3_000
"""Stroops that others bid for an operation: more than our first bid, less than the profit allows."""
SWARM = 12
BANNED_FOR = 10
"""Ledgers, as core has it: what lives no longer is never taken again."""
LIFE = 20
"""Seconds, which are as many ledgers here at most."""


@dataclass
class Scene:
    """A network that stands still: an arbitrage, an executor that saw calm ledgers only, and others."""

    world: World
    executor: Executor
    found: OpportunityFound
    crowd: Crowd
    before: dict[str, int]

    async def take_up(self) -> None:
        await self.executor.trading.take_up(self.found, event_id="e")
        assert self.executor.trades.get(self.found.id).in_flight, self.executor.trades.get(self.found.id)

    def first_bought(self) -> Asset:
        """What the plan's first payment buys first."""
        assert isinstance(self.found.plan, ClassicBasket)
        code, issuer = self.found.plan.payments[0].assets[1].split(":")
        return Asset(code, issuer)

    async def next_ledger(self) -> None:
        await self.executor.settlement.on_ledger(await close(self.world.localnet))

    async def facts(self, kind: type[Fact]) -> list[Fact]:
        return [fact for fact in await self.world.facts() if isinstance(fact, kind)]

    async def until_ended(self) -> None:
        for _ in range(2 * LIFE):
            if not self.executor.trades.get(self.found.id).open:
                return
            await self.next_ledger()
        raise AssertionError("the trade has no end")

    async def books_are_the_ledgers(self) -> None:
        """One end, and balances moved by exactly what it says."""
        expected = dict(self.before)
        ended = self.executor.trades.get(self.found.id).ended
        for change in ended.changes if isinstance(ended, TradeConfirmed) else ():
            expected[change.account] += change.delta
        assert await balances(self.world.localnet, self.world.own) == expected


Set = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def scene(localnet: Callable[..., Localnet]) -> AsyncIterator[Set]:
    async with AsyncExitStack() as stack:

        async def build(
            *, others: int, room: int = ROOM, life: int = LIFE, cut: tuple[type[Fact], str] | None = None
        ) -> Scene:
            network = localnet(traffic="on", traffic_rate=0, soroban="off", manual="on", max_operations=room)
            crowd = Crowd(network, others)
            stack.push_async_callback(crowd.leave)
            async with closing(network):
                world = await stack.enter_async_context(world_on(network))
                await push_pool_away(network)
                await crowd.fund()
                found = await find_opportunity(network)
            executor = await world.executor(found, validity=life, cut=cut)
            return Scene(world, executor, found, crowd, await balances(network, world.own))

        yield build


async def test_a_trade_that_full_ledgers_leave_out_is_bid_for_again_and_confirmed_once(scene: Set) -> None:
    # given a ledger that others fill with dearer bids
    at = await scene(others=1)
    assert await at.crowd.fill(ROOM, DEAR) == "PENDING"
    await at.take_up()
    # when it closes without the trade
    await at.next_ledger()
    # then a fee bump around the same transaction is stored and sent: ten times the bid or more, within the share
    [signed], [rebid] = await at.facts(TradeSigned), await at.facts(TradeRebid)
    assert isinstance(signed, TradeSigned)
    assert isinstance(rebid, TradeRebid)
    assert rebid.grounds.dearest == DEAR
    assert rebid.max_fee >= 10 * signed.max_fee // places(at.found.plan) * (places(at.found.plan) + 1)
    assert rebid.max_fee - at.found.plan.fee <= at.found.plan.net_profit // 2
    assert at.world.network.sent == [signed.envelope_xdr, rebid.envelope_xdr]
    # and it takes the next full ledger, once, and the fee is booked to the stroop
    assert await at.crowd.fill(ROOM, DEAR) == "PENDING"
    await at.until_ended()
    ended = at.executor.trades.get(at.found.id).ended
    assert isinstance(ended, TradeConfirmed)
    assert ended.realised_profit == ended.predicted_profit
    assert not ended.venues_moved
    assert 200 <= ended.fee_charged <= rebid.max_fee
    await at.books_are_the_ledgers()
    # and its channel is free for the next one
    await at.executor.settlement.refresh_channels()
    assert at.executor.channels.free == len(at.world.accounts.channels)


async def test_a_trade_that_a_full_queue_never_took_gets_in_by_its_higher_bid(scene: Set) -> None:
    # given a queue that two ledgers' worth of dearer bids fill
    at = await scene(others=2)
    for stranger in range(2):
        assert await at.crowd.fill(ROOM, DEAR, by=stranger) == "PENDING"
    await at.take_up()
    assert at.executor.trades.get(at.found.id).state == "signed"
    # when a ledger has closed, then the higher bid is the first one that the queue takes
    await at.next_ledger()
    assert len(await at.facts(TradeRebid)) == 1
    assert at.executor.trades.get(at.found.id).state == "submitted"
    await at.until_ended()
    assert isinstance(at.executor.trades.get(at.found.id).ended, TradeConfirmed)
    await at.books_are_the_ledgers()


async def test_who_takes_over_finds_it_under_either_hash_and_counts_it_once(scene: Set) -> None:
    # given a higher bid that was stored and sent, and an executor that died then
    at = await scene(others=1)
    assert await at.crowd.fill(ROOM, DEAR) == "PENDING"
    await at.take_up()
    await at.next_ledger()
    assert len(at.world.network.sent) == 2
    # when another one starts from the record, after the ledger has it
    tip = await close(at.world.localnet)
    at.executor = Executor(at.world.stream, at.world.network, at.world.accounts)
    await at.executor.start(tip)
    # then that is the trade's one end
    ended = at.executor.trades.get(at.found.id).ended
    assert isinstance(ended, TradeConfirmed)
    assert not ended.venues_moved
    assert len(at.world.network.sent) == 2
    await at.books_are_the_ledgers()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_higher_bid_that_was_signed_and_not_sent_costs_nothing(scene: Set, moment: str) -> None:
    # given an executor that dies around the write of its higher bid, before a byte of it left
    at = await scene(others=1, cut=(TradeRebid, moment))
    assert await at.crowd.fill(ROOM, DEAR) == "PENDING"
    await at.take_up()
    with pytest.raises(StoreUnavailableError):
        await at.next_ledger()
    assert len(at.world.network.sent) == 1
    # when another one starts from the record while ledgers are full
    assert await at.crowd.fill(ROOM, DEAR) == "PENDING"
    at.executor = Executor(at.world.stream, at.world.network, at.world.accounts)
    await at.executor.start(await close(at.world.localnet))
    # then it sends what is stored, or bids again what is not, and the trade is confirmed once
    [rebid] = await at.facts(TradeRebid)
    assert isinstance(rebid, TradeRebid)
    assert at.world.network.sent[-1] == rebid.envelope_xdr
    await at.until_ended()
    assert isinstance(at.executor.trades.get(at.found.id).ended, TradeConfirmed)
    await at.books_are_the_ledgers()


async def test_nothing_is_bid_away_when_it_was_not_the_price(scene: Set) -> None:
    # given a trade whose bytes are lost on the way, on calm ledgers
    at = await scene(others=1)
    at.world.network.lose = 1
    await at.take_up()
    await at.next_ledger()
    await at.until_ended()
    # then the same bytes are sent again, and nothing more is bid
    assert await at.facts(TradeRebid) == []
    assert isinstance(at.executor.trades.get(at.found.id).ended, TradeConfirmed)
    await at.books_are_the_ledgers()


async def test_no_more_is_bid_once_somebody_else_was_there(scene: Set) -> None:
    # given a full ledger in which somebody trades on the plan's venues
    at = await scene(others=2)
    await at.crowd.swarm(at.first_bought(), 2 * DEAR)
    assert await at.crowd.fill(ROOM - 1, DEAR) == "PENDING"
    await at.take_up()
    # when it closes without the trade, then what the trade would earn now is not known, and not bid away
    await at.next_ledger()
    assert await at.facts(TradeRebid) == []
    assert at.executor.trades.get(at.found.id).in_flight
    # and the first bid gets its turn when ledgers are calm again
    await at.until_ended()
    assert len(set(at.world.network.sent)) == 1


async def test_what_damping_drops_after_pending_ends_expired_and_says_so(scene: Set) -> None:
    # given a swarm over the plan's first pair, with dearer bids
    at = await scene(others=SWARM + 1, room=1_000, life=BANNED_FOR)
    await at.crowd.swarm(at.first_bought(), DEAR)
    # when the trade is accepted
    await at.take_up()
    assert at.executor.trades.get(at.found.id).state == "submitted"
    # then no ledger has it, the queue knows its bytes no more, and the record says so before it is dead
    for _ in range(2 + RESEND_AFTER_LEDGERS):
        await at.next_ledger()
    [dropped] = await at.facts(TradeDropped)
    assert isinstance(dropped, TradeDropped)
    assert (dropped.answer, dropped.sends) == ("TRY_AGAIN_LATER", 2)
    [listed] = newest_trades(at.executor.trades, 1).trades
    assert listed.reason is not None
    assert listed.reason.startswith("dropped by the network's queue: TRY_AGAIN_LATER")
    assert at.executor.trades.get(at.found.id).state == "submitted"
    # and so does its end, which is proven
    await at.until_ended()
    ended = at.executor.trades.get(at.found.id).ended
    assert isinstance(ended, TradeExpired)
    assert ended.reason == "accepted (PENDING) and then dropped by the network's queue: TRY_AGAIN_LATER"
    assert ended.sends is not None
    assert ended.sends > 2
    assert len(set(at.world.network.sent)) == 1
    await at.books_are_the_ledgers()
