"""Limits, halts and results by command: from a client's socket over the bus to an executor process that is killed."""

import signal
from pathlib import Path

import pytest
from support.dashboard import dashboard, executor, lost, write
from support.plans import planned

from arb.messages import subjects
from arb.messages.events.engine import EngineHalted
from arb.messages.events.limits import LimitsSet
from arb.messages.events.trade import TradeApproved, TradeRehearsed
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

pytestmark = pytest.mark.timeout(90)


async def test_a_halt_and_a_limit_survive_a_kill_and_only_resume_ends_the_halt(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    async with dashboard(tmp_path, nats_server.url) as ask:
        async with executor(tmp_path, nats_server.url) as first:
            assert (await ask("start_engine"))["running"] is True
            # Given a limit set by command, wrong ones refused by their names
            assert (await ask("get_limits"))["limits"]["max_notional"] == 700
            wrong = await ask("set_limits", limits={"max_notional": -5})
            assert (wrong["code"], "limits.max_notional" in wrong["error"]) == ("invalid_field", True)
            assert (await ask("set_limits"))["code"] == "no_limit_named"
            told = await ask("set_limits", limits={"max_notional": 500, "max_open_trades": 2})
            assert (told["limits"]["max_notional"], told["overridden"]) == (500, ["max_notional", "max_open_trades"])
            assert told["by"].startswith("ws-")
            # When the engine is halted and the executor killed
            halted = await ask("halt", reason="something smells")
            assert (halted["running"], halted["halted"]) == (False, "something smells")
            await first.stop(signal.SIGKILL)

        async with executor(tmp_path, nats_server.url):
            # Then its successor is halted too, cannot be started, and judges by that limit
            refused = await ask("start_engine")
            assert refused["code"] == "halted"
            assert "something smells" in refused["error"]
            assert (await ask("get_limits"))["limits"]["max_notional"] == 500
            # And a person ends it
            assert (await ask("resume"))["running"] is True
            assert (await ask("resume"))["halted"] is None

    limits = [event.fact for event in await bus.store.load(subjects.LIMITS)]
    assert [(fact.by[:3], fact.max_notional) for fact in limits if isinstance(fact, LimitsSet)] == [
        ("set", 700),
        ("ws-", 500),
    ]


async def test_a_loss_booked_before_a_crash_halts_the_successor_and_results_keep_paper_apart(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    # Given a record in which a trade lost three XLM, and a paper trade
    await lost(bus, "t1", 3_0000000)
    paper = planned().model_copy(update={"trade_id": "t2", "mode": "paper"})
    rehearsed = TradeRehearsed(tx_hash="a" * 64, hypothetical_profit=5_000, hypothetical_fee=100)
    await write(bus, "t2", paper, TradeApproved(judged_at_ledger=10), rehearsed)

    async with executor(tmp_path, nats_server.url), dashboard(tmp_path, nats_server.url) as ask:
        assert (await ask("start_engine"))["running"] is True
        total = await ask("get_pnl")
        assert total["total"]["net"] == {"native": "-3.0000000"}
        assert total["total"]["by_kind"]["classic_basket"]["trades"] == {"failed": 1}
        assert total["hypothetical"]["total"]["profit"] == {"native": "0.0005000"}
        assert total["hypothetical"]["total"]["trades"] == {"rehearsed": 1}
        # When the limit is set below what was lost, then trading halts at once and says which limit, value and bound
        await ask("set_limits", limits={"max_daily_loss": 3_0000000})
        assert (await ask("start_engine"))["running"] is True
        await ask("set_limits", limits={"max_daily_loss": 2_9999999})
        assert (await ask("start_engine"))["code"] == "halted"
        # And a person who resumes begins a new count
        assert (await ask("resume"))["running"] is True

    halted = [event.fact for event in await bus.store.load(subjects.ENGINE) if isinstance(event.fact, EngineHalted)]
    assert [(fact.limit, fact.asset, fact.value, fact.bound) for fact in halted] == [
        ("max_daily_loss", "native", 3_0000000, 2_9999999)
    ]
    # When the executor starts again, then what was forgiven stays forgiven, and another loss halts it at the start
    async with executor(tmp_path, nats_server.url) as second, dashboard(tmp_path, nats_server.url) as ask:
        assert (await ask("start_engine"))["running"] is True
        await second.stop(signal.SIGKILL)
    await lost(bus, "t3", 2_9999999 + 1)
    async with executor(tmp_path, nats_server.url), dashboard(tmp_path, nats_server.url) as ask:
        assert (await ask("start_engine"))["code"] == "halted"
