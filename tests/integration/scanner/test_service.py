"""The scanner as a process beside a real bus and a real network, killed and started again."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from support.localnet import Localnet
from support.nats import connected_bus
from support.processes import running

from arb.eventlog import EMPTY, Recorded
from arb.messages import subjects
from arb.messages.commands.scanner import (
    GetOpportunities,
    GetScannerStatus,
    GetSupportedAssets,
    Opportunities,
    ScannerStatus,
    SupportedAssets,
)
from arb.messages.events.engine import EngineStarted, EngineStopped
from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.runtime.bus import Bus
from arb.runtime.clock import SystemClock
from arb.runtime.nats_server import EmbeddedNats

StartLocalnet = Callable[..., Localnet]


async def opportunities(bus: Bus, count: int, after: int = 0) -> list[Recorded]:
    """The next `count` opportunities of the log."""
    found: list[Recorded] = []
    async with asyncio.timeout(30), bus.store.subscribe(subjects.every("opportunity"), after=after) as events:
        async for recorded in events:
            found.append(recorded)
            if len(found) == count:
                return found
    return found


async def status(bus: Bus, number: int) -> ScannerStatus:
    return await bus.request(GetScannerStatus(command_id=f"status-{number}"), ScannerStatus, timeout=10)


async def test_it_publishes_while_the_engine_runs_and_survives_kill_9(
    nats_server: EmbeddedNats, localnet: StartLocalnet, tmp_path: Path
) -> None:
    network = localnet(traffic="on", seed=7, ledger_seconds=0.5)
    environment = {
        "STELLAR_NETWORK": "LOCAL",
        "STELLAR_HORIZON_URL": network.url,
        "STELLAR_RPC_URL": network.rpc_url,
        "NATS_URL": nats_server.url,
    }
    clock = SystemClock()
    async with connected_bus(nats_server.url) as bus:
        async with running("-m", "arb.scanner", directory=tmp_path, environment=environment) as service:
            # given a scanner in step with the network and an engine that stands still
            async with asyncio.timeout(20):
                number = 0
                while not (await status(bus, number)).synced:
                    number += 1
                    await asyncio.sleep(0.1)
            assert await bus.store.last(subjects.ENGINE) is None
            assert await bus.store.last_sequence() == 0
            # when the engine starts / then opportunities with ids of their content appear in the log
            started = await bus.store.append(
                subjects.ENGINE, EngineStarted(mode="paper", by="test"), expected=EMPTY, time=clock.now()
            )
            first = await opportunities(bus, 2)
            for recorded in first:
                found = recorded.fact
                assert isinstance(found, OpportunityFound)
                assert found.id == opportunity_id(found.network_passphrase, found.ledger, found.plan)
                assert recorded.aggregate == subjects.opportunity(found.id)
                assert found.plan.net_profit > 0
                assert found.seen_at_us <= clock.micros()
            # and the commands answer
            listed = await bus.request(GetOpportunities(command_id="list"), Opportunities)
            assert {r.aggregate.id for r in first} <= {found.id for found in listed.opportunities}
            assets = await bus.request(GetSupportedAssets(command_id="assets"), SupportedAssets)
            assert assets.supported_assets[0].code == "XLM"
            assert len(assets.supported_assets) == 7
            # when it is killed
            assert await service.stop(signal.SIGKILL) == -signal.SIGKILL
        before = await bus.store.last_sequence()
        async with running("-m", "arb.scanner", directory=tmp_path, environment=environment) as service:
            # then a new one takes up where the log and the network are, and remembers what was found
            later = await opportunities(bus, 2, after=before)
            listed = await bus.request(GetOpportunities(command_id="again"), Opportunities, timeout=10)
            ids = [found.id for found in listed.opportunities]
            assert {r.aggregate.id for r in (*first, *later)} <= set(ids)
            assert len(ids) == len(set(ids))
            # and each opportunity is one event, never two
            events = [r.aggregate async for r in bus.store.replay(subjects.every("opportunity"))]
            assert len(events) == len(set(events))
            # when the engine stops / then so do the opportunities
            await bus.store.append(
                subjects.ENGINE, EngineStopped(by="test", reason="over"), expected=started.head, time=clock.now()
            )
            await asyncio.sleep(0.6)
            quiet = await bus.store.last_sequence()
            await asyncio.sleep(1.2)
            assert await bus.store.last_sequence() == quiet
            assert await service.stop() == 0
            assert "Traceback" not in service.log


async def test_it_goes_on_after_the_bus_was_killed(
    nats_server: EmbeddedNats, localnet: StartLocalnet, tmp_path: Path
) -> None:
    # given a scanner that publishes
    network = localnet(traffic="on", seed=11, ledger_seconds=0.5)
    environment = {
        "STELLAR_NETWORK": "LOCAL",
        "STELLAR_HORIZON_URL": network.url,
        "STELLAR_RPC_URL": network.rpc_url,
        "NATS_URL": nats_server.url,
    }
    async with (
        connected_bus(nats_server.url) as bus,
        running("-m", "arb.scanner", directory=tmp_path, environment=environment) as service,
    ):
        await bus.store.append(
            subjects.ENGINE, EngineStarted(mode="paper", by="test"), expected=EMPTY, time=SystemClock().now()
        )
        await opportunities(bus, 1)
        # when the bus is killed for some ledgers and started again
        await nats_server.kill()
        await asyncio.sleep(1.5)
        await nats_server.start()
        async with connected_bus(nats_server.url) as again:
            # then the same process publishes again, from the market of the newest ledger, each find once
            before = await again.store.last_sequence()
            later = await opportunities(again, 2, after=before)
            assert service.process.returncode is None
            events = [r.aggregate async for r in again.store.replay(subjects.every("opportunity"))]
            assert len(events) == len(set(events))
            assert {r.aggregate for r in later} <= set(events)
        assert await service.stop() == 0
