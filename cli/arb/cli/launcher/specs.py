"""What each process of the platform is started with."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from arb.cli.launcher.ports import LOOPBACK, free_port
from arb.cli.launcher.process import ProcessSpec
from arb.cli.launcher.state import StateDir
from arb.runtime.gateway_tokens import Rights, holder, new_token

SERVICES = ("auditor", "accounts", "scanner", "executor", "gateway")
"""In the order they are named; stopped in the opposite order."""
READY_SECONDS = 60.0
OWNER = "owner"
"""The name under which whoever may read the state directory operates the platform."""


@dataclass(frozen=True, slots=True)
class LocalNetwork:
    """A local Stellar network to start: market seed, seconds a ledger, optionally recorded pools to start from."""

    seed: int = 7
    ledger_seconds: float = 1.0
    pools: Path | None = None


@dataclass(frozen=True)
class Options:
    """What to start. Without `local` the network is the one in `env`; without `nats_url` the bus is started too.

    `env` is given to every process and wins over what the launcher chooses for the state directory and the keystore.
    `anonymous`: what clients of the gateway may do without a token; `token` is the operator's own of this run.
    """

    state: StateDir
    ws_port: int
    http_port: int
    ws_host: str = LOOPBACK
    executors: int = 1
    local: LocalNetwork | None = None
    nats_url: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None
    anonymous: Rights = "operator"
    token: str = field(default_factory=new_token, repr=False)

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """Name of each process and which service it is, in the order of SERVICES."""
        several = [(f"executor-{number}", "executor") for number in range(1, self.executors + 1)]
        return tuple(
            named
            for service in SERVICES
            for named in (several if service == "executor" and self.executors > 1 else [(service, service)])
        )


def localnet_spec(local: LocalNetwork, options: Options, port: int) -> ProcessSpec:
    """The local network on `port`."""
    arguments = ["--port", str(port), "--ledger-seconds", f"{local.ledger_seconds:g}", "--seed", str(local.seed)]
    if local.pools is not None:
        arguments += ["--pools", str(local.pools)]
    return ProcessSpec(
        name="localnet",
        command=[sys.executable, "-m", "arb.localnet", *arguments],
        env=options.env,
        log_file=options.state.logs / "localnet.log",
        ready=lambda: until_answering(f"http://{LOOPBACK}:{port}/", {200}),
        ready_timeout=READY_SECONDS,
        # Its ledger is in memory, and a network that forgot everything is another network.
        restart=False,
    )


def service_spec(
    service: str, options: Options, network_env: Mapping[str, str], nats_url: str, *, name: str = ""
) -> ProcessSpec:
    """A service of the platform, with health on a free port. `name` tells several processes of one service apart."""
    name = name or service
    state, health_port = options.state, free_port()
    env = {
        "ARB_STATE_DIR": str(state.path),
        "ARB_KEYSTORE": str(state.keystore),
        "ARB_INSTANCE": name,
        **options.env,
        **network_env,
        "NATS_URL": nats_url,
        "ARB_HEALTH_HOST": LOOPBACK,
        "ARB_HEALTH_PORT": str(health_port),
        "ARB_WS_HOST": options.ws_host,
        "ARB_WS_PORT": str(options.ws_port),
        "ARB_HTTP_PORT": str(options.http_port),
    }
    if service == "accounts" and not {"ARB_KEYSTORE_PASSPHRASE", "ARB_KEYSTORE_PASSPHRASE_FILE"} & env.keys():
        env["ARB_KEYSTORE_PASSPHRASE_FILE"] = str(state.passphrase_file())
    if name == "gateway":
        others = env.get("ARB_GATEWAY_TOKENS", "")
        env["ARB_GATEWAY_TOKENS"] = f"{others},{holder(OWNER, 'operator', options.token)}"
        env["ARB_GATEWAY_ANONYMOUS"] = options.anonymous
    return ProcessSpec(
        name=name,
        command=[sys.executable, "-m", f"arb.{service}"],
        env=env,
        log_file=state.logs / f"{name}.log",
        # A service that waits for another one answers 503, but it serves.
        ready=lambda: until_answering(f"http://{LOOPBACK}:{health_port}/health", {200, 503}),
        ready_timeout=READY_SECONDS,
        opens_keystore=service == "accounts",
    )


async def until_answering(url: str, statuses: set[int]) -> None:
    """Poll until the URL answers with one of these HTTP statuses."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(url) as answer:
                    if answer.status in statuses:
                        return
            await asyncio.sleep(0.05)
