"""`arb up`: the platform without an end, on a local network of its own or on the one in `.env`."""

import asyncio

import click

from arb.cli.launcher.network import starts_own_network
from arb.cli.launcher.platform import LocalNetwork, Options, Platform, ProcessFailedError
from arb.cli.launcher.ports import PortInUseError, is_free
from arb.cli.launcher.state import ROOT, StateDir
from arb.cli.output import Exit, fail, progress
from arb.cli.session import Session
from arb.cli.view import RunView
from arb.runtime.errors import StartupError
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
@click.option("--json", "as_json", is_flag=True, help="Plain lines, no table.")
def command(seed: int, ledger_seconds: float, start: bool | None, as_json: bool) -> None:
    """Run the platform until Ctrl-C.

    STELLAR_NETWORK (environment or .env) says where: LOCAL without a STELLAR_HORIZON_URL starts a local network;
    anything else is reached by its URLs. Without NATS_URL a bus is started too.
    """
    configure("launcher", "WARNING", "console")
    settings = ServiceSettings.load()
    given = settings.model_fields_set
    own_network = starts_own_network(settings)
    # A local network forgets everything when it stops, so what was recorded about it is of no use to the next one.
    state = StateDir.fresh("local") if own_network else StateDir.named(ROOT / settings.network.lower())
    try:
        for variable, port in (("ARB_WS_PORT", settings.ws_port), ("ARB_HTTP_PORT", settings.http_port)):
            if not is_free(port):
                raise PortInUseError(variable, port)
        options = Options(
            state=state,
            ws_port=settings.ws_port,
            http_port=settings.http_port,
            local=LocalNetwork(seed=seed, ledger_seconds=ledger_seconds) if own_network else None,
            nats_url=settings.nats_url if "nats_url" in given else None,
            say=progress,
        )
        asyncio.run(_up(options, start=own_network if start is None else start, plain=as_json))
    except PortInUseError as error:
        fail(str(error), Exit.PORT_TAKEN)
    except ProcessFailedError as error:
        fail(f"{error}\nlogs: {state.logs}", Exit.NEGATIVE)
    except StartupError as error:
        fail(str(error), Exit.UNREACHABLE)


async def _up(options: Options, *, start: bool, plain: bool) -> None:
    view = RunView("Stellar Arbitrage", plain=plain)
    async with Platform(options) as platform:
        session = Session(platform, view)
        with session.interruptible():
            await session.until_ready(limit=None)
            progress(f'ready: send start_engine to {platform.ws_url} (arb send \'{{"command": "start_engine"}}\')')
            with view.shown():
                await session.trade(None, start=start)
            progress("stopping")
            await session.stop_engine()
