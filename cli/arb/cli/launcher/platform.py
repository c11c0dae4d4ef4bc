"""The whole platform on one machine: bus, local network when wanted, and every service as a process of its own."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from arb.cli.launcher.ports import LOOPBACK, free_port
from arb.cli.launcher.process import ProcessFailedError, ProcessSpec, Supervised
from arb.cli.launcher.state import StateDir
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

log = structlog.get_logger(__name__)

SERVICES = ("auditor", "accounts", "scanner", "executor", "gateway")
"""In the order they are started; stopped in the opposite order."""


@dataclass(frozen=True, slots=True)
class LocalNetwork:
    """A local Stellar network to start: market seed, seconds a ledger, optionally recorded pools to start from."""

    seed: int = 7
    ledger_seconds: float = 1.0
    pools: Path | None = None


@dataclass(frozen=True)
class Options:
    """What to start. Without `local` the network is the one in `env`; without `nats_url` the bus is started too."""

    state: StateDir
    ws_port: int
    http_port: int
    local: LocalNetwork | None = None
    nats_url: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None


class Platform:
    """Starts everything in order, restarts what dies, stops everything in order. Use as `async with`."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._nats = EmbeddedNats(options.state.nats)
        self._nats_watch: asyncio.Task[None] | None = None
        self._running: list[Supervised] = []
        self._stopping = False
        self._starting_nats = False
        self._localnet_port = 0
        self.nats_url = options.nats_url or ""
        self.restarts: dict[str, int] = {}

    @property
    def ws_url(self) -> str:
        """Where clients of the gateway connect."""
        return f"ws://{LOOPBACK}:{self._options.ws_port}"

    @property
    def http_url(self) -> str:
        """HTTP beside the gateway."""
        return f"http://{LOOPBACK}:{self._options.http_port}"

    @property
    def network_env(self) -> dict[str, str]:
        """Settings that name the network."""
        if self._options.local is None:
            return {}
        horizon = f"http://{LOOPBACK}:{self._localnet_port}"
        return {
            "STELLAR_NETWORK": "LOCAL",
            "STELLAR_NETWORK_PASSPHRASE": "Standalone Network ; February 2017",
            "STELLAR_HORIZON_URL": horizon,
            "STELLAR_SOROBAN_RPC_URL": f"{horizon}/rpc",
        }

    async def __aenter__(self) -> "Platform":
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def failed(self) -> str:
        """Wait until a process ends that will not be started again; its name and last words."""
        done, _ = await asyncio.wait([p.failed for p in self._running], return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()

    async def _start(self) -> None:
        say = self._options.say
        if self._options.local is not None:
            self._localnet_port = free_port()
        starting: list[Awaitable[Any]] = []
        if not self.nats_url:
            say("starting the bus (nats-server, JetStream on disk)")
            starting.append(self._start_nats())
        if self._options.local is not None:
            say(f"starting a local Stellar network (seed {self._options.local.seed})")
            starting.append(self._launch(self._localnet()))
        await asyncio.gather(*starting)
        async with await Bus.connect(self.nats_url, "launcher", structlog.stdlib.get_logger()) as bus:
            await bus.provision()
        say(f"starting services: {', '.join(SERVICES)}")
        await asyncio.gather(*(self._launch(self._service(name)) for name in SERVICES))
        say(f"gateway: {self.ws_url}    health and metrics: {self.http_url}/health")

    async def _start_nats(self) -> None:
        self.nats_url = await self._nats.start()
        self._nats_watch = asyncio.create_task(self._keep_nats())
        self._note()

    async def _keep_nats(self) -> None:
        while True:
            code = await self._nats.wait()
            if self._stopping:
                return
            log.warning("process_ended", process="nats-server", exit_code=code)
            self.restarts["nats-server"] = self.restarts.get("nats-server", 0) + 1
            await self._nats.start()
            self._note()

    def _localnet(self) -> ProcessSpec:
        local = self._options.local
        assert local is not None
        arguments = ["--port", str(self._localnet_port), "--ledger-seconds", f"{local.ledger_seconds:g}"]
        arguments += ["--seed", str(local.seed)]
        if local.pools is not None:
            arguments += ["--pools", str(local.pools)]
        # Not started again: its ledger is in memory, and a network that forgot everything is another network.
        return ProcessSpec(
            name="localnet",
            command=[sys.executable, "-m", "arb.localnet", *arguments],
            env=self._options.env,
            log_file=self._options.state.logs / "localnet.log",
            ready=lambda: _until_ok(f"http://{LOOPBACK}:{self._localnet_port}/"),
            ready_timeout=60.0,
            restart=False,
        )

    def _service(self, name: str) -> ProcessSpec:
        state, health_port = self._options.state, free_port()
        env = {
            "ARB_STATE_DIR": str(state.path),
            "ARB_KEYSTORE": str(state.keystore),
            **self._options.env,
            **self.network_env,
            "NATS_URL": self.nats_url,
            "ARB_HEALTH_PORT": str(health_port),
            "ARB_WS_HOST": LOOPBACK,
            "ARB_WS_PORT": str(self._options.ws_port),
            "ARB_HTTP_PORT": str(self._options.http_port),
        }
        if name == "accounts" and not {"ARB_KEYSTORE_PASSPHRASE", "ARB_KEYSTORE_PASSPHRASE_FILE"} & env.keys():
            env["ARB_KEYSTORE_PASSPHRASE_FILE"] = str(state.passphrase_file())
        return ProcessSpec(
            name=name,
            command=[sys.executable, "-m", f"arb.{name}"],
            env=env,
            log_file=state.logs / f"{name}.log",
            ready=lambda: _until_answering(f"http://{LOOPBACK}:{health_port}/health"),
            ready_timeout=60.0,
        )

    async def _launch(self, spec: ProcessSpec) -> None:
        process = Supervised(spec, on_change=self._note)
        self._running.append(process)
        await process.start()

    def _note(self) -> None:
        pids = {p.spec.name: p.pid for p in self._running if p.pid is not None}
        if self._nats_watch is not None:
            pids["nats-server"] = self._nats.pid
        self._options.state.note_processes(pids)
        for process in self._running:
            if process.restarts:
                self.restarts[process.spec.name] = process.restarts

    async def _stop(self) -> None:
        self._stopping = True
        for name in (*reversed(SERVICES), "localnet"):
            await asyncio.gather(*(p.stop() for p in self._running if p.spec.name == name))
        await self._nats.stop()
        if self._nats_watch is not None:
            self._nats_watch.cancel()
            await asyncio.gather(self._nats_watch, return_exceptions=True)


async def _until_ok(url: str) -> None:
    """Poll until the URL answers 200."""
    await _until(url, lambda status: status == 200)


async def _until_answering(url: str) -> None:
    """Poll until the URL answers at all: a service that waits for another one already serves."""
    await _until(url, lambda status: status in (200, 503))


async def _until(url: str, good: Callable[[int], bool]) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(url) as answer:
                    if good(answer.status):
                        return
            await asyncio.sleep(0.05)


__all__ = ["LocalNetwork", "Options", "Platform", "ProcessFailedError"]
