"""Who watches the losses: from the record alone after a restart, once, and anew after a person's word."""

import asyncio

from support.facts import NOON
from support.plans import ISSUER, PASSPHRASE, planned

from arb.eventlog import EMPTY, MemoryEventStore, MemoryStream
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.risk_watch import RiskWatch
from arb.executor.app.trade_book import TradeBook
from arb.messages import subjects
from arb.messages.events.trade import TradeApproved, TradeFailed, TradeSigned
from arb.messages.limits import Limits
from arb.runtime.clock import SystemClock

LIMITS = Limits(
    max_notional=10**12,
    max_open_trades=3,
    min_profit=0,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
    max_daily_loss=100,
)
SIGNED = TradeSigned(
    tx_hash="a" * 64,
    envelope_xdr="AAAA",
    network_passphrase=PASSPHRASE,
    source=ISSUER,
    trading_account=ISSUER,
    sequence=5,
    max_time=1_700_000_015,
    max_fee=100,
)


class Life:
    """One executor's switch, trades and watch over a record that others share."""

    def __init__(self, stream: MemoryStream) -> None:
        store, clock = MemoryEventStore("/arb/executor", stream), SystemClock()
        self.trades = TradeBook(store, clock)
        self.switch = EngineSwitch(store, clock, self.trades, "live")
        self.risk = RiskWatch(clock, self.switch, self.trades, lambda: LIMITS)

    async def begin(self) -> "Life":
        await self.trades.load()
        await self.switch.load()
        await self.risk.look()
        return self

    async def lose(self, trade_id: str, fee: int) -> None:
        failed = TradeFailed(
            ledger=11, close_time=1_700_000_005, fee_charged=fee, changes=(), venues_moved=True, codes=("tx_failed",)
        )
        fact = planned().model_copy(update={"trade_id": trade_id})
        for event in (fact, TradeApproved(judged_at_ledger=10), SIGNED, failed):
            await self.trades.record(trade_id, event)


async def test_losses_add_up_over_restarts_until_a_person_resumes() -> None:
    # Given losses up to the limit, when the executor starts again and loses one stroop more, then it halts
    stream = MemoryStream()
    first = await Life(stream).begin()
    await first.switch.start("me")
    await first.lose("t1", 100)
    await first.risk.look()
    assert first.switch.engine.running
    second = await Life(stream).begin()
    assert second.switch.engine.running
    await second.lose("t2", 1)
    # (killed before it could say so: the next one does)
    third = await Life(stream).begin()
    halted = third.switch.engine.halted
    assert halted is not None
    assert (halted.limit, halted.value, halted.bound) == ("max_daily_loss", 101, 100)
    # When a person resumes, then the count begins anew, in every later life too
    await third.switch.resume("me")
    await third.risk.look()
    await third.lose("t3", 100)
    await third.risk.look()
    fourth = await Life(stream).begin()
    assert (third.switch.engine.running, fourth.switch.engine.running) == (True, True)
    await fourth.lose("t4", 1)
    await fourth.risk.look()
    assert not fourth.switch.engine.running
    # And results are what they are, whoever forgave what
    assert fourth.risk.pnl().total.fees == 202


async def test_what_ended_after_another_executors_word_counts_even_if_the_word_comes_late() -> None:
    stream = MemoryStream()
    one = await Life(stream).begin()
    await one.switch.start("me")
    await one.lose("t1", 101)
    await one.risk.look()
    other = await Life(stream).begin()
    await other.switch.resume("me")
    # Given one that lost again before it read that it was resumed
    await one.lose("t2", 90)
    await one.risk.look()
    await one.switch.load()
    await one.risk.look()
    assert one.switch.engine.running
    # Then that loss counts against the limit
    await one.lose("t3", 11)
    await one.risk.look()
    assert not one.switch.engine.running


async def test_losses_of_another_executor_count_here_once() -> None:
    # Given two executors on one record, each of which lost less than the limit
    stream = MemoryStream()
    one, other = await Life(stream).begin(), await Life(stream).begin()
    await one.switch.start("me")
    following = [asyncio.create_task(work) for work in (one.trades.follow(), one.risk.follow())]
    await one.lose("t1", 60)
    await one.risk.look()
    assert one.switch.engine.running
    # When both together lost more, then the one that follows halts
    await other.lose("t2", 41)
    async with asyncio.timeout(5):
        while True:
            await asyncio.sleep(0.01)
            if one.switch.status().halted is not None:
                break
    for task in following:
        task.cancel()
    halted = one.switch.engine.halted
    assert halted is not None
    assert halted.value == 101
    # And each loss is in the results once, whoever reads it again
    await one.trades.reread("t2")
    assert one.risk.pnl().total.fees == 101


async def test_a_record_without_trades_halts_nothing() -> None:
    store = MemoryEventStore("/test", stream := MemoryStream())
    await store.append(subjects.trade("t"), planned(), expected=EMPTY, time=NOON)
    assert (await Life(stream).begin()).switch.engine.halted is None
