"""The platform as processes of its own, each with settings of its own, paused, killed and started again by a test."""

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from support.demo import free_port
from support.localnet import Localnet, running_localnet
from support.nats import connected_bus

from arb.cli.launcher.kept_nats import KeptNats
from arb.cli.launcher.process import Supervised
from arb.cli.launcher.restart import RestartPolicy
from arb.cli.launcher.specs import Options, service_spec
from arb.cli.launcher.state import StateDir
from arb.executor.domain.trade import Trade, evolve
from arb.messages.base import Message
from arb.messages.commands.accounts import Accounts, GetAccounts
from arb.messages.commands.base import Command
from arb.messages.commands.executor import EngineStatus, StartEngine, StopEngine
from arb.messages.subjects import every
from arb.runtime.bus import Bus
from arb.runtime.errors import CommandFailed, CommandTimeout

LEDGER_SECONDS = 0.5
POLL_SECONDS = 0.1
ALWAYS = RestartPolicy(longest_delay=0.1, deaths_allowed=10**6)
"""A test kills more often than any fault would."""

Trades = Mapping[str, Trade]
Answer = TypeVar("Answer", bound=Message)


class RealPlatform:
    """Bus, local network and whatever services were started, under the launcher's own supervision."""

    def __init__(self, state: Path, network: Localnet, bus: Bus, nats: KeptNats) -> None:
        self.state = StateDir(state)
        self.network = network
        self.bus = bus
        self.nats = nats
        self._parts: dict[str, Supervised] = {}
        self._ids = itertools.count()

    async def start(self, service: str, *, name: str = "", url: str = "", **settings: str) -> None:
        """Start a service and wait until it serves. `url` is where it finds the network, else at the network itself."""
        at = url or self.network.url
        env = {
            "STELLAR_NETWORK": "LOCAL",
            "STELLAR_HORIZON_URL": at,
            "STELLAR_SOROBAN_RPC_URL": f"{at}/rpc",
            "NUM_ACCOUNTS": "4",
            **settings,
        }
        options = Options(state=self.state, ws_port=free_port(), http_port=free_port(), env=env)
        spec = service_spec(service, options, {}, self.bus.url)
        spec = replace(spec, name=name or service, log_file=self.state.logs / f"{name or service}.log")
        part = self._parts[spec.name] = Supervised(spec, policy=replace(ALWAYS))
        await part.start()

    async def stop(self) -> None:
        """Stop every service, those that stand still too."""
        for part in self._parts.values():
            if part.pid is not None:
                os.kill(part.pid, signal.SIGCONT)
        await asyncio.gather(*(part.stop() for part in self._parts.values()))

    async def end(self, name: str) -> None:
        """Stop one service, to start it again with other settings."""
        await self._parts.pop(name).stop()

    def send(self, name: str, number: int) -> None:
        """A signal to a service that runs."""
        pid = self._parts[name].pid
        assert pid is not None, f"{name} does not run"
        os.kill(pid, number)

    def restarts(self, name: str) -> int:
        """How often a service had to be started again."""
        return self._parts[name].restarts

    def log(self, name: str) -> str:
        """All a service has written."""
        return (self.state.logs / f"{name}.log").read_text()

    async def accounts(self) -> Accounts:
        """Own accounts, once all are there and funded."""
        return await self._asked(GetAccounts(command_id=f"list {next(self._ids)}"), Accounts, lambda a: a.ready)

    async def start_engine(self) -> None:
        """Returns once it runs."""
        command = StartEngine(command_id=f"start {next(self._ids)}", by="test")
        await self._asked(command, EngineStatus, lambda status: status.running)

    async def stop_engine(self) -> None:
        """Returns once no trade is open."""
        command = StopEngine(command_id=f"stop {next(self._ids)}", by="test")
        await self._asked(command, EngineStatus, lambda status: not status.running)
        await self.until(lambda trades: not any(trade.open for trade in trades.values()))

    async def trades(self) -> Trades:
        """Every trade as the record has it."""
        found: dict[str, Trade] = {}
        async for recorded in self.bus.store.replay(every("trade")):
            found[recorded.aggregate.id] = evolve(found.get(recorded.aggregate.id, Trade()), recorded.fact)
        return found

    async def until(self, wanted: Callable[[Trades], bool], *, within: float = 60.0) -> Trades:
        """The trades, once they are as wanted."""
        async with asyncio.timeout(within):
            while True:
                trades = await self.trades()
                if wanted(trades):
                    return trades
                await asyncio.sleep(POLL_SECONDS)

    async def until_more(self, state: str, count: int = 1, *, within: float = 60.0) -> Trades:
        """The trades, once so many more than now are in this state."""
        before = sum(trade.state == state for trade in (await self.trades()).values())
        return await self.until(
            lambda trades: sum(trade.state == state for trade in trades.values()) >= before + count, within=within
        )

    async def _asked(self, command: Command, result: type[Answer], wanted: Callable[[Answer], bool]) -> Answer:
        async with asyncio.timeout(60):
            while True:
                try:
                    answer = await self.bus.request(command, result, timeout=2)
                except (CommandFailed, CommandTimeout):
                    pass
                else:
                    if wanted(answer):
                        return answer
                command = command.model_copy(update={"command_id": f"again {next(self._ids)}"})
                await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def real_platform(state: Path, **network: object) -> AsyncIterator[RealPlatform]:
    """A bus and a local network with a busy market; services are started by the test."""
    async with AsyncExitStack() as resources:
        (state / "logs").mkdir(parents=True)
        given = {"traffic": "on", "soroban": "off", "ledger_seconds": LEDGER_SECONDS, "seed": 3, **network}
        running = running_localnet(**given)
        localnet = await asyncio.to_thread(resources.enter_context, running)
        nats = KeptNats(state / "nats", policy=replace(ALWAYS))
        url = await nats.start()
        resources.push_async_callback(nats.stop)
        bus = await resources.enter_async_context(connected_bus(url))
        await bus.provision()
        platform = RealPlatform(state, localnet, bus, nats)
        resources.push_async_callback(platform.stop)
        yield platform
