"""Faults that seeded runs have found: acknowledgements lost at the wrong moment, and two executors on one log."""

from collections.abc import Callable

import pytest
from support.fault_ledger import LAWS, Evidence
from support.fault_plan import ExecutorFaults, FaultPlan, Kill, LineFault, StoreFault, draw
from support.fault_run import LEDGER_SECONDS, FaultRun
from support.localnet import Localnet

from arb.messages.events.trade import TradeConfirmed, TradeRejected

pytestmark = pytest.mark.timeout(120)


def plan(
    *store: StoreFault, line: tuple[LineFault, ...] = (), kills: tuple[Kill, ...] = (), executors: int = 1
) -> FaultPlan:
    faults = ExecutorFaults(line, kills, store, clock_seconds=0)
    return FaultPlan(
        1, "basket", 2, validity=40, max_open=5, again=False, executors=(faults,) * executors, disturbances=()
    )


async def run(localnet: Callable[..., Localnet], faults: FaultPlan) -> Evidence:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=LEDGER_SECONDS)
    evidence = await FaultRun(running, faults).run()
    broken = {law: wrong for law, judge in LAWS.items() if (wrong := judge(evidence)) is not None}
    assert not broken
    return evidence


async def test_a_channel_is_free_again_though_the_end_of_its_trade_was_recorded_without_an_answer(
    localnet: Callable[..., Localnet],
) -> None:
    # Given an envelope that cannot be stored, and a rejection whose acknowledgement is lost
    evidence = await run(localnet, plan(StoreFault(2, "before"), StoreFault(3, "after")))
    ended = evidence.facts[-1].fact
    assert isinstance(ended, TradeRejected)
    assert ended.code == "interrupted"


async def test_an_executor_goes_on_though_its_submission_was_recorded_without_an_answer(
    localnet: Callable[..., Localnet],
) -> None:
    # Given the acknowledgement of what was submitted is lost, and the network knows nothing of it at first
    swallowed = LineFault("send", 0, "swallowed", 0)
    evidence = await run(localnet, plan(StoreFault(3, "after"), line=(swallowed,)))
    # Then what it submits next is not recorded again, and it did not have to be started anew
    assert isinstance(evidence.facts[-1].fact, TradeConfirmed)
    assert not [fault for fault in evidence.met if fault.startswith("executor ended")]


async def test_a_plan_that_was_recorded_without_an_answer_is_taken_up_all_the_same(
    localnet: Callable[..., Localnet],
) -> None:
    # Given the acknowledgement of a plan is lost, and the balance it noted is another one when it is tried again
    unread = LineFault("spendable", 0, "lost", 0)
    faults = plan(StoreFault(0, "after"), line=(unread,))
    evidence = await run(localnet, faults)
    # Then it is not taken for somebody else's, whose end nobody would see to
    assert isinstance(evidence.facts[-1].fact, TradeConfirmed)


def test_a_seed_is_one_plan() -> None:
    assert draw(7) == draw(7)
    assert len({repr(draw(seed)) for seed in range(100)}) == 100
