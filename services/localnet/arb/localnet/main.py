"""Composition root of localnet: settings, node, traffic, server, clock; and how they end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Final

import structlog
import uvloop
from aiohttp import web

from arb.localnet import traffic
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.node.closer import Closer
from arb.localnet.node.friendbot import Friendbot
from arb.localnet.node.history import History
from arb.localnet.node.node import Node
from arb.localnet.server import application
from arb.localnet.settings import SettingError, Settings, read

_GENESIS_AGE: Final = 1_000
"""Seconds between genesis and now: room for the ledgers that build the market before the clock runs."""
_SHUTDOWN_SECONDS: Final = 0.2

log = structlog.get_logger("localnet")


class StartError(Exception):
    """The network could not be started. The message is one line that says why."""


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartError: the port is in use, or the market could not be set up.
    """
    stopping = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
    node = Node(
        settings.passphrase,
        now=time.time,
        genesis_time=int(time.time()) - _GENESIS_AGE,
        ledger_seconds=settings.ledger_seconds,
        history=History(settings.retained_ledgers),
        soroban=SorobanConfig(min_persistent_ttl=settings.min_persistent_ttl),
    )
    bot = Friendbot(node)
    bot.open_account()
    market = await _market(node, settings) if settings.traffic or settings.pools is not None else None
    contracts = market.contracts.described() if market is not None and market.contracts is not None else None
    app = application(node, bot, submit_timeout=settings.submit_timeout, manual=settings.manual, contracts=contracts)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    closer = Closer(node, settings.ledger_seconds)
    try:
        node.open(max_operations=settings.max_operations, damping_seed=settings.seed if settings.damping else None)
        await _listen(runner, settings)
        if not settings.manual:
            closer.start()
        await stopping.wait()
    finally:
        await closer.stop()
        if market is not None:
            await market.stop()
        await runner.cleanup()


async def _market(node: Node, settings: Settings) -> traffic.Traffic:
    try:
        return await traffic.start(node, settings)
    except traffic.TrafficError as error:
        raise StartError(str(error)) from error


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        raise StartError(f"cannot listen at {settings.host}:{settings.port}: {error.strerror or error}") from error
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"localnet is at http://{host}:{port}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run localnet; the exit code is 0 after a signal, 2 for a wrong setting or a port in use."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        settings = read(sys.argv[1:] if arguments is None else arguments, os.environ)
        uvloop.run(run(settings))
    except (SettingError, StartError) as error:
        sys.stderr.write(f"localnet: {error}\n")
        return 2
    return 0
