"""`arb up`: the platform without an end, on a local network of its own or on the one in `.env`."""

import asyncio
import contextlib

import click

from arb.cli.failures import one_line
from arb.cli.interrupt import Interrupt, Interrupted
from arb.cli.launcher.network import starts_own_network
from arb.cli.launcher.platform import LocalNetwork, Options, Platform
from arb.cli.launcher.ports import demanded
from arb.cli.launcher.state import ROOT, StateDir
from arb.cli.output import print_json, progress
from arb.cli.session import Session
from arb.cli.view import RunView
from arb.runtime.logging import configure
from arb.runtime.settings import ServiceSettings


@click.command()
@click.option("--seed", default=7, show_default=True, help="Seed of the local market.")
@click.option("--ledger-seconds", default=1.0, show_default=True, type=click.FloatRange(0.1), help="Ledger close time.")
@click.option(
    "--start/--no-start",
    default=None,
    help="Start the engine at once, or leave it to `start_engine`. Default: at once on a local network only.",
)
@click.option(
    "--executors", default=1, show_default=True, type=click.IntRange(1, 8), help="How many executors share the work."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line once it is ready; no table.")
def command(seed: int, ledger_seconds: float, start: bool | None, executors: int, as_json: bool) -> None:
    """Run the platform until Ctrl-C.

    STELLAR_NETWORK (environment or .env) says where: LOCAL without a STELLAR_HORIZON_URL starts a local network;
    anything else is reached by its URLs. Without NATS_URL a bus is started too. Ctrl-C waits for open trades, a second
    one does not.
    """
    configure("launcher", "ERROR", "console")
    settings = ServiceSettings.load()
    own_network = starts_own_network(settings)
    with one_line():
        state = _state(settings, own_network)
        options = Options(
            state=state,
            ws_host=settings.ws_host,
            ws_port=demanded("ARB_WS_PORT", settings.ws_port, settings.ws_host),
            http_port=demanded("ARB_HTTP_PORT", settings.http_port, settings.ws_host),
            local=LocalNetwork(seed=seed, ledger_seconds=ledger_seconds) if own_network else None,
            nats_url=settings.nats_url if "nats_url" in settings.model_fields_set else None,
            env={**({} if own_network else _keys(settings)), **_tokens(settings)},
            anonymous=settings.anonymous_rights,
            executors=executors,
            say=progress,
        )
        with state.locked():
            asyncio.run(_up(options, start=own_network if start is None else start, as_json=as_json))


def _state(settings: ServiceSettings, own_network: bool) -> StateDir:
    # A local network forgets everything when it stops, so what was recorded about it is of no use to the next one.
    if own_network:
        return StateDir.fresh("local")
    given = "state_dir" in settings.model_fields_set
    return StateDir.named(settings.state_dir if given else ROOT / settings.network.lower())


def _keys(settings: ServiceSettings) -> dict[str, str]:
    """The keystore that was configured; what is not comes from the state directory."""
    keys: dict[str, str] = {}
    if settings.keystore is not None:
        keys["ARB_KEYSTORE"] = str(settings.keystore.absolute())
    if settings.keystore_passphrase_file is not None:
        keys["ARB_KEYSTORE_PASSPHRASE_FILE"] = str(settings.keystore_passphrase_file.absolute())
    elif settings.keystore_passphrase is not None:
        keys["ARB_KEYSTORE_PASSPHRASE"] = settings.keystore_passphrase.get_secret_value()
    return keys


def _tokens(settings: ServiceSettings) -> dict[str, str]:
    """Holders of tokens that were configured; the launcher adds one of its own."""
    given = settings.gateway_tokens
    return {"ARB_GATEWAY_TOKENS": given.get_secret_value()} if given is not None else {}


async def _up(options: Options, *, start: bool, as_json: bool) -> None:
    view = RunView("Stellar Arbitrage", plain=as_json)
    with Interrupt().listening() as interrupt, contextlib.suppress(Interrupted):
        async with Platform(options) as platform:
            session = Session(platform, view, interrupt)
            await session.start()
            await session.until_ready(limit=None)
            if as_json:
                urls = {"ws_url": platform.ws_url, "http_url": platform.http_url, "nats_url": platform.nats_url}
                print_json({"ready": True, **urls, "state": str(options.state.path)})
            progress(f'ready: send start_engine to {platform.ws_url} (arb send \'{{"command": "start_engine"}}\')')
            with view.shown():
                await session.trade(None, start=start)
            progress("stopping: waiting for open trades (Ctrl-C again: do not wait)")
            await session.stop_engine()
