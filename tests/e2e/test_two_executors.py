"""Two executors on one durable, killed and paused in turn: every trade ends once, on a channel that was its alone."""

import asyncio
import signal
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import arb
from support.real_platform import LEDGER_SECONDS, RealPlatform, Trades, real_platform
from support.real_verdict import is_exact

from arb.executor.domain.trade import Trade
from arb.messages.events.account import TradeEnvelopeSigned
from arb.messages.subjects import every

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(300)]

BOTH = ("executor-1", "executor-2")
PLACES = {
    "executor.planned.after_store",
    "executor.signed.before_store",
    "executor.signed.after_store",
    "executor.send.after",
}
"""Where the one leaves the other something to end. That an executor survives every place, test_failpoints shows."""
VALIDITY = 6
"""Seconds of the network's time an envelope may live: a ledger of it lasts a second or more."""
WINDOW = VALIDITY * LEDGER_SECONDS + 1.0
"""Wall-clock seconds after which no envelope of a trade that was cut off lives."""


async def test_two_executors_killed_and_paused_in_turn(tmp_path: Path) -> None:
    async with real_platform(tmp_path, traffic_rate=4) as platform:
        # Given two executors, of which one or the other dies at named places of a trade's life
        settings = {"ARB_TRADE_VALIDITY": str(VALIDITY), "NUM_ACCOUNTS": "4", "ARB_FAILPOINT": ",".join(PLACES)}
        await asyncio.gather(
            platform.start("accounts", NUM_ACCOUNTS="4"),
            platform.start("scanner"),
            *(platform.start("executor", name=name, ARB_INSTANCE=name, **settings) for name in BOTH),
        )
        await platform.accounts()
        await platform.start_engine()
        await platform.until(lambda _: met(platform) >= PLACES, within=120)
        for name in BOTH:
            await platform.until(more("confirmed", name, 0))

        # When each is killed besides while it is at work
        for round_ in range(4):
            victim, other = BOTH[round_ % 2], BOTH[(round_ + 1) % 2]
            await platform.until(more("planned", victim, seen(await platform.trades(), "planned", victim)))
            platform.send(victim, signal.SIGKILL)
            # Then the other trades on
            await platform.until(more("confirmed", other, seen(await platform.trades(), "confirmed", other)))

        # When each stands still for longer than any envelope lives, and comes back
        for victim, other in (BOTH, BOTH[::-1]):
            await platform.until(more("planned", victim, seen(await platform.trades(), "planned", victim)))
            platform.send(victim, signal.SIGSTOP)
            confirmed = seen(await platform.trades(), "confirmed", other)
            await asyncio.sleep(WINDOW)
            # Then the other one has traded, and ended what the one left open
            trades = await platform.until(more("confirmed", other, confirmed))
            platform.send(victim, signal.SIGCONT)
            await platform.until(more("confirmed", victim, seen(trades, "confirmed", victim)))

        await platform.stop_engine()
        assert sum(platform.restarts(name) for name in BOTH) >= len(PLACES) + 4

        # Then every trade has one end, and what is on the ledger is what the ends say, to the stroop
        ends = await is_exact(platform)
        assert set(ends) <= {"confirmed", "failed", "expired", "rejected"}
        assert ends["confirmed"] >= 10
        await no_two_envelopes_lived_on_one_channel(platform)
        # And every verdict of either comes out the same from what that one knew
        again = await arb("audit", "replay", "--decisions", "--nats", platform.bus.url, "--json", directory=tmp_path)
        assert (again.code, again.json["differences"]) == (0, 0), again
        assert again.json["executor"]["decisions"] >= ends["confirmed"]
        assert not again.json["executor"]["passed_over"].keys() & {"grounds_impossible", "approved_without_grounds"}


def met(platform: RealPlatform) -> set[str]:
    """Where an executor has died so far."""
    return {place for note in platform.state.path.glob("failpoints-met-*") for place in note.read_text().split()}


def seen(trades: Trades, what: str, instance: str) -> int:
    """How many of an executor's trades were planned, or were confirmed."""
    return sum(of(trade, instance) and (what == "planned" or trade.state == what) for trade in trades.values())


def of(trade: Trade, instance: str) -> bool:
    return trade.planned is not None and trade.planned.instance == instance


def more(what: str, instance: str, than: int) -> Callable[[Trades], bool]:
    """That an executor has planned, or had confirmed, more trades than so many."""
    return lambda trades: seen(trades, what, instance) > than


async def no_two_envelopes_lived_on_one_channel(platform: RealPlatform) -> None:
    """By what the signer wrote down: the next envelope for a number was signed after a ledger closed past the last."""
    last: dict[tuple[str, int], TradeEnvelopeSigned] = {}
    of_trade: defaultdict[str, list[TradeEnvelopeSigned]] = defaultdict(list)
    by_channel: Counter[str] = Counter()
    async for recorded in platform.bus.store.replay(every("account")):
        fact = recorded.fact
        if not isinstance(fact, TradeEnvelopeSigned):
            continue
        place = (fact.source, fact.sequence)
        if place in last:
            assert fact.closed_at > last[place].max_time, (last[place], fact)
        last[place] = fact
        by_channel[fact.source] += 1
        assert all(fact.closed_at > earlier.max_time for earlier in of_trade[fact.trade_id])
        of_trade[fact.trade_id].append(fact)
    assert len(by_channel) > 1
