"""Two executors at once over one record: channels, limits and ends are shared, whichever is slow, cut off or gone."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest
from support.arbitrage import balances, find_opportunity, push_pool_away
from support.executor_pair import ROOMY, Pair, executor_pair, many, until
from support.localnet import Localnet

from arb.cli import record
from arb.messages.events.trade import (
    Settlement,
    TradeApproved,
    TradeConfirmed,
    TradeExpired,
    TradeRejected,
    TradeSigned,
)
from arb.messages.limits import Limits
from arb.runtime.nats_server import EmbeddedNats

pytestmark = pytest.mark.timeout(120)


class Start(Protocol):
    """`async with two(channels=2) as pair`."""

    def __call__(
        self, *, channels: int, limits: Limits = ROOMY, validity: int = 12
    ) -> AbstractAsyncContextManager[Pair]: ...


@pytest.fixture
async def two(localnet: Callable[..., Localnet], nats_server: EmbeddedNats) -> Start:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25, soroban="off")
    await push_pool_away(running)

    def start(*, channels: int, limits: Limits = ROOMY, validity: int = 12) -> AbstractAsyncContextManager[Pair]:
        return executor_pair(running, nats_server.url, channels=channels, limits=limits, validity=validity)

    return start


async def test_two_executors_race_for_the_same_channels_and_trades(two: Start) -> None:
    async with two(channels=3) as pair:
        found = await find_opportunity(pair.localnet)
        own = [pair.accounts.trading, *pair.accounts.channels]
        before = await balances(pair.localnet, own)
        # When both are handed every opportunity at once
        wanted = many(found, 10)
        await asyncio.gather(
            *(
                pair.executors[(number + turn) % 2].trading.take_up(each, event_id="e")
                for number, each in enumerate(wanted)
                for turn in range(2)
            )
        )
        await pair.ended()
        # Then each is one trade with one end
        settled = [*await pair.facts(Settlement), *await pair.facts(TradeExpired)]
        rejected = await pair.facts(TradeRejected)
        assert len(settled) + len(rejected) == len(wanted) == sum(pair.executors[0].trades.counts().values())
        # And each envelope has a number of its own
        signed = await pair.facts(TradeSigned)
        assert 3 <= len(signed) == len({(fact.source, fact.sequence) for fact in signed})
        assert len(pair.accounts.signatures) == len(signed)
        assert {fact.code for fact in rejected} <= {"no_channel"}
        # And the ledger has moved by what the events say
        expected = Counter(before)
        for fact in await pair.facts(Settlement):
            for change in fact.changes:
                expected[change.account] += change.delta
        assert dict(expected) == await balances(pair.localnet, own)
        assert (await record.verify(pair.store, None)).ok


async def test_of_two_that_ask_for_one_channel_the_other_takes_the_next(two: Start) -> None:
    async with two(channels=2) as pair:
        found = await find_opportunity(pair.localnet)
        one, other = pair.executors
        # Given two that both begin with the same channel
        order = list(one.channels._sequences)
        other.channels._sequences = {account: other.channels._sequences[account] for account in order}
        first, second = many(found, 2)
        await asyncio.gather(one.trading.take_up(first, event_id="e"), other.trading.take_up(second, event_id="e"))
        # Then the signer gave it to one of them, and both have an envelope
        assert pair.accounts.taken == 1
        assert {fact.source for fact in await pair.facts(TradeSigned)} == set(pair.accounts.channels)
        await pair.ended()
        assert not await pair.facts(TradeRejected)


async def test_limits_count_the_trades_of_both(two: Start) -> None:
    async with two(channels=8, limits=ROOMY.model_copy(update={"max_open_trades": 2})) as pair:
        found = await find_opportunity(pair.localnet)
        # Given a signer that does not answer, so that what is approved stays open
        pair.accounts.answering.clear()
        taking = [
            asyncio.create_task(pair.executors[number % 2].trading.take_up(each, event_id="e"))
            for number, each in enumerate(many(found, 12))
        ]

        async def judged() -> bool:
            return len(await pair.facts(TradeApproved)) + len(await pair.facts(TradeRejected)) == 12

        await until(judged)
        # Then no more than the limit were let through by both together
        assert len(await pair.facts(TradeApproved)) == 2
        assert [fact.code for fact in await pair.facts(TradeRejected)] == ["max_open_trades"] * 10
        # And both list all of them
        pair.accounts.answering.set()
        await asyncio.gather(*taking)
        await pair.ended()
        assert [len(executor.trades.newest(20)) for executor in pair.executors] == [12, 12]


async def test_an_executor_that_was_paused_over_its_signature_finds_its_trade_ended(two: Start) -> None:
    async with two(channels=1, validity=4) as pair:
        found = await find_opportunity(pair.localnet)
        one, other = pair.executors
        # Given one that waits for the signer's answer until no envelope of its trade can live any more
        pair.accounts.answering.clear()
        waiting = asyncio.create_task(one.trading.take_up(found, event_id="e"))
        await until(lambda: bool(pair.accounts.signatures))
        # When the other, which meanwhile is not given the only channel, has ended the trade
        [refused] = many(found, 1)
        await other.trading.take_up(refused, event_id="e")
        await until(lambda: not other.trades.open())
        ended = other.trades.get(found.id).ended
        assert isinstance(ended, TradeRejected)
        assert ended.code == "interrupted"
        assert isinstance(other.trades.get(refused.id).ended, TradeRejected)
        # And the first one wakes up
        pair.accounts.answering.set()
        await waiting
        # Then what was signed is on nobody's way to the network, and the trade has the one end
        assert [network.sent for network in pair.networks] == [[], []]
        assert one.trades.get(found.id).ended == ended
        assert not await pair.facts(TradeSigned)
        # And the channel is given again once a ledger has closed after the envelope's time
        await until(lambda: one.channels.free == 1)
        again = await find_opportunity(pair.localnet)
        await one.trading.take_up(again, event_id="e")
        await pair.ended()
        assert isinstance(other.trades.get(again.id).ended, TradeConfirmed)


async def test_what_a_killed_executor_had_in_flight_is_settled_by_the_other(two: Start) -> None:
    async with two(channels=1, validity=20) as pair:
        found = await find_opportunity(pair.localnet)
        one = pair.executors[0]
        # Given one whose envelope is stored and never sent, and who looks at no ledger from then on
        pair.networks[0].lose = 10**6

        async def look_at_nothing(_: object) -> None: ...

        one.settlement.on_ledger = look_at_nothing  # type: ignore[assignment,method-assign]
        await one.trading.take_up(found, event_id="e")
        assert one.trades.get(found.id).state == "signed"
        # Then the other sends these bytes and reads the end off the ledger, and the first one learns of it
        await pair.ended()
        assert isinstance(one.trades.get(found.id).ended, TradeConfirmed)
        [signed] = await pair.facts(TradeSigned)
        assert [set(network.sent) for network in pair.networks] == [set(), {signed.envelope_xdr}]


async def test_start_stop_and_halt_reach_every_executor(two: Start) -> None:
    async with two(channels=1) as pair:
        one, other = (executor.switch for executor in pair.executors)
        await one.stop("me", "enough")
        await until(lambda: not other.engine.running)
        await other.start("me")
        await until(lambda: one.engine.running)
        await one.halt("look at this")
        await until(lambda: not other.engine.running)
        assert other.status().halted == "look at this"
        await other.resume("me")
        await until(lambda: one.engine.running)
