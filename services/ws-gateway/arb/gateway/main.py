"""Composition root of the gateway."""

import os
from functools import partial

from arb.gateway.adapters.token_file import Holders
from arb.gateway.adapters.websocket import WebSocketGateway
from arb.gateway.app.commands import CommandDesk
from arb.gateway.app.doorkeeper import Doorkeeper
from arb.gateway.app.feed import Feed
from arb.gateway.app.history import History
from arb.gateway.settings import GatewaySettings
from arb.runtime.errors import EXIT_PORT_TAKEN, EXIT_SETTINGS, StartupError
from arb.runtime.gateway_tokens import TokensError
from arb.runtime.health import HealthServer
from arb.runtime.service import Context, Service, run_service


async def build(context: Context[GatewaySettings]) -> Service:
    """Wire the gateway: WebSocket server, who may do what, the feed of events, HTTP beside it."""
    settings = context.settings
    try:
        holders = Holders(settings.holders, settings.gateway_tokens_file)
    except TokensError as error:
        raise StartupError(f"ARB_GATEWAY_TOKENS_FILE: {error}", EXIT_SETTINGS) from None
    door = Doorkeeper(holders, settings.anonymous_rights)
    feed = Feed(context.bus.store)
    server = WebSocketGateway(
        CommandDesk(context.bus, History(context.bus.store, feed), door),
        host=settings.ws_host,
        port=settings.ws_port,
        origins=settings.allowed_origins,
        max_clients=settings.max_clients,
    )
    try:
        await server.start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise StartupError(f"ARB_WS_PORT={settings.ws_port} cannot be used: {reason}", EXIT_PORT_TAKEN) from error
    context.resources.push_async_callback(server.stop)

    async def bus() -> str | None:
        return None if context.bus.connected else "NATS cannot be reached"

    http = HealthServer("gateway", {"bus": bus})
    await http.start(settings.ws_host, settings.http_port, variable="ARB_HTTP_PORT")
    context.resources.push_async_callback(http.stop)
    return Service(tasks={"feed": partial(feed.run, server), "tokens": partial(door.watch, server)})


def main() -> None:
    """Run the gateway until it is stopped."""
    run_service("gateway", GatewaySettings, build)
