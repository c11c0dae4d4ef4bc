"""What befalls processes, network and accounts in production, done to real processes that trade (docs/faults.md).

One platform for the whole file, whose services disagree about the time of day by two hours throughout. After each
fault it has to trade again, and all of the run so far has to be exact by the ledger.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from stellar_sdk import Keypair
from support.fault_others import Others
from support.fault_proxy import BAD_SEQ_XDR, FaultProxy, behind, cut, fault_proxy, says, unanswered, unavailable
from support.held_keys import HeldKeys
from support.real_platform import LEDGER_SECONDS, RealPlatform, real_platform
from support.real_verdict import is_exact

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.messages.events.account import MovedByOthers
from arb.messages.events.trade import TradePlanned
from arb.messages.subjects import every

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

LEFT = 20_0000000
"""Stroops that whoever spends our balance leaves: reserves and fees."""
AHEAD, BEHIND = "3600", "-3600"
VALIDITY = "6"
"""Seconds of the network's time an envelope may live: a ledger of it lasts a second or more."""


@dataclass
class Stage:
    """The platform, and the proxy its executor sees the network through."""

    platform: RealPlatform
    proxy: FaultProxy

    async def moved_by_others(self) -> set[str]:
        """Transactions of others that are on record."""
        every_one = self.platform.bus.store.replay(every("account"))
        return {each.fact.tx_hash async for each in every_one if isinstance(each.fact, MovedByOthers)}

    async def trades_on(self) -> Counter[str]:
        """It trades again, and up to here everything is exact; how trades ended."""
        await self.platform.start_engine()
        await self.platform.until_more("confirmed")
        await self.platform.stop_engine()
        return await is_exact(self.platform)

    async def next_trade(self) -> None:
        """Wait until another trade is under way."""
        known = await self.platform.trades()
        await self.platform.until(lambda trades: trades.keys() > known.keys())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    directory: Path = tmp_path_factory.mktemp("faults")
    async with (
        real_platform(directory) as platform,
        fault_proxy(platform.network.url) as proxy,
    ):
        await asyncio.gather(
            platform.start("accounts", ARB_CLOCK_OFFSET_SECONDS=BEHIND),
            platform.start("scanner", ARB_CLOCK_OFFSET_SECONDS=AHEAD),
            platform.start("executor", url=proxy.url, ARB_CLOCK_OFFSET_SECONDS=AHEAD, ARB_TRADE_VALIDITY=VALIDITY),
        )
        await platform.accounts()
        yield Stage(platform, proxy)


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _trading(stage: Stage) -> None:
    await stage.platform.start_engine()


async def test_clocks_that_are_an_hour_wrong(stage: Stage) -> None:
    await stage.trades_on()
    # Then the record tells of the wrong clock, and no decision was made by it
    async for recorded in stage.platform.bus.store.replay(every("trade")):
        if isinstance(recorded.fact, TradePlanned):
            stamped = datetime.fromisoformat(recorded.event.time).timestamp()
            assert stamped - recorded.fact.close_time > 3_000


async def test_rpc_that_fails_and_lies_about_what_it_was_sent(stage: Stage) -> None:
    lies = {
        "unavailable": unavailable,
        "sent, answer cut": cut,
        "TRY_AGAIN_LATER": says("TRY_AGAIN_LATER"),
        "sent, TRY_AGAIN_LATER": says("TRY_AGAIN_LATER", sent=True),
        "DUPLICATE": says("DUPLICATE"),
        "PENDING, then gone": says("PENDING"),
        "txBAD_SEQ": says("ERROR", BAD_SEQ_XDR),
        "sent, txBAD_SEQ": says("ERROR", BAD_SEQ_XDR, sent=True),
        "sent, unanswered": unanswered,
    }
    stage.proxy.next("sendTransaction", *lies.items())
    await stage.platform.until(lambda _: stage.proxy.quiet)
    await stage.trades_on()
    assert set(lies) <= set(stage.proxy.met)


async def test_a_node_that_lags_and_one_that_goes_back(stage: Stage) -> None:
    for method in ("getTransactions", "getTransaction"):
        stage.proxy.next(method, *[("lagging", behind(3)), ("unavailable", unavailable)] * 2)
    stage.proxy.next("getLedgerEntries", *[("unavailable", unavailable)] * 3)
    stage.proxy.go_back(4)
    await stage.platform.until(lambda _: stage.proxy.quiet)
    await stage.trades_on()


async def test_services_that_stand_still_past_every_lease(stage: Stage) -> None:
    for service in ("executor", "accounts", "scanner"):
        await stage.next_trade()
        stage.platform.send(service, signal.SIGSTOP)
        # Longer than an envelope lives, by the network's clock
        await asyncio.sleep(int(VALIDITY) * LEDGER_SECONDS + 0.5)
        stage.platform.send(service, signal.SIGCONT)
    await stage.trades_on()
    assert not any(stage.platform.restarts(service) for service in ("executor", "accounts", "scanner"))


@pytest.mark.parametrize("what", ["spend", "next", "bump", "untrust", "merge"])
async def test_accounts_that_somebody_else_uses(stage: Stage, what: str) -> None:
    network = stage.platform.network
    rpc, horizon, refuge = RpcClient([network.rpc_url]), HorizonClient(network.url), Keypair.random().public_key
    try:
        await horizon.friendbot(f"{network.url}/friendbot", refuge)
        # When somebody who holds our keys spends the balance, takes sequence numbers, a trustline or a channel away
        others = Others(network, rpc, HeldKeys(stage.platform.state.path), refuge, kept=LEFT)
        await others.act(what)
    finally:
        await rpc.close()
        await horizon.close()
    # Then it trades on, and the record says what they did
    await stage.trades_on()
    assert others.hashes & await stage.moved_by_others()
    await stage.platform.accounts()


async def test_a_bus_that_is_killed_and_started_again(stage: Stage) -> None:
    pid = stage.platform.nats.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await stage.trades_on()
    assert stage.platform.nats.restarts == 1
