"""The whole platform on one machine: bus, local network when wanted, and every service as a process of its own."""

import asyncio
from typing import NoReturn

import structlog

from arb.cli.launcher.contracts import contracts_env
from arb.cli.launcher.kept_nats import KeptNats
from arb.cli.launcher.ports import LOOPBACK, free_port
from arb.cli.launcher.process import ProcessFailedError, ProcessSpec, Supervised
from arb.cli.launcher.specs import LocalNetwork, Options, localnet_spec, service_spec
from arb.cli.races import together
from arb.runtime.bus import Bus

CONNECT_SECONDS = 10.0
ANY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  (compared with, not listened on)


class Platform:
    """Starts everything in order, restarts what dies, stops everything in order at the end of `async with`."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._parts: list[Supervised | KeptNats] = []
        self._failed: asyncio.Future[ProcessFailedError] = asyncio.get_running_loop().create_future()
        self._localnet_port = free_port() if options.local is not None else 0
        self._contracts: dict[str, str] = {}
        self.nats_url = options.nats_url or ""

    @property
    def ws_url(self) -> str:
        """Where clients of the gateway connect."""
        return f"ws://{self._host}:{self._options.ws_port}"

    @property
    def token(self) -> str:
        """What the gateway takes as the operator's token of this run."""
        return self._options.token

    @property
    def http_url(self) -> str:
        """HTTP beside the gateway."""
        return f"http://{self._host}:{self._options.http_port}"

    @property
    def executors(self) -> int:
        """How many share the work."""
        return self._options.executors

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process had to be started again, those that never had to left out."""
        return {part.name: part.restarts for part in self._parts if part.restarts}

    @property
    def network_env(self) -> dict[str, str]:
        """Settings that name the network and, once it serves, its contracts."""
        if self._options.local is None:
            return {}
        horizon = f"http://{LOOPBACK}:{self._localnet_port}"
        return {
            "STELLAR_NETWORK": "LOCAL",
            "STELLAR_NETWORK_PASSPHRASE": "Standalone Network ; February 2017",
            "STELLAR_HORIZON_URL": horizon,
            "STELLAR_SOROBAN_RPC_URL": f"{horizon}/rpc",
            **self._contracts,
        }

    async def __aenter__(self) -> "Platform":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def start(self) -> None:
        """Start everything and wait until it serves. Raises ProcessFailedError, StartupError, EventLogError."""
        options, say = self._options, self._options.say
        servers = []
        if self.nats_url:
            say("asking for the bus at NATS_URL")
            await self._provision()
        else:
            say("starting the bus (nats-server, JetStream on disk)")
            servers.append(self._start_nats())
        if options.local is not None:
            say(f"starting a local Stellar network (seed {options.local.seed})")
            servers.append(self._launch(localnet_spec(options.local, options, self._localnet_port)))
        await together(*servers)
        if options.local is not None:
            self._contracts = await contracts_env(self.network_env["STELLAR_HORIZON_URL"])
        say(f"starting services: {', '.join(name for name, _ in options.services)}")
        specs = (
            service_spec(service, options, self.network_env, self.nats_url, name=name)
            for name, service in options.services
        )
        await together(*(self._launch(spec) for spec in specs))
        options.state.note_access(self.ws_url, self.token)
        say(f"gateway: {self.ws_url}    health and metrics: {self.http_url}/health")

    async def failed(self) -> NoReturn:
        """Wait until a process ends that will not be started again, then raise its ProcessFailedError."""
        raise await asyncio.shield(self._failed)

    @property
    def _host(self) -> str:
        return LOOPBACK if self._options.ws_host in ANY_ADDRESS else self._options.ws_host

    async def _start_nats(self) -> None:
        nats = KeptNats(self._options.state.nats, on_change=self._note, say=self._options.say)
        self._keep(nats)
        self.nats_url = await nats.start()
        await self._provision()

    async def _provision(self) -> None:
        log = structlog.stdlib.get_logger()
        async with await Bus.connect(self.nats_url, "launcher", log, limit=CONNECT_SECONDS) as bus:
            await bus.provision()

    async def _launch(self, spec: ProcessSpec) -> None:
        process = Supervised(spec, on_change=self._note, say=self._options.say)
        self._keep(process)
        await process.start()

    def _keep(self, part: Supervised | KeptNats) -> None:
        self._parts.append(part)
        part.failed.add_done_callback(self._one_failed)

    def _one_failed(self, failed: "asyncio.Future[ProcessFailedError]") -> None:
        if not failed.cancelled() and not self._failed.done():
            self._failed.set_result(failed.result())

    def _note(self) -> None:
        pids = {part.name: part.pid for part in self._parts if part.pid is not None}
        self._options.state.note_processes(pids)

    async def _stop(self) -> None:
        # Services first, the gateway first of all; the bus last, so that everything can still be written down.
        for name in (*reversed([name for name, _ in self._options.services]), "localnet", "nats-server"):
            for part in self._parts:
                if part.name == name:
                    await part.stop()
        self._note()


__all__ = ["LocalNetwork", "Options", "Platform", "ProcessFailedError"]
