"""Composition root of the gateway."""

import os
from functools import partial

from arb.gateway.adapters.websocket import WebSocketGateway
from arb.gateway.app.commands import CommandDesk
from arb.gateway.app.feed import Feed
from arb.gateway.app.history import History
from arb.gateway.settings import GatewaySettings
from arb.runtime.errors import EXIT_PORT_TAKEN, StartupError
from arb.runtime.health import HealthServer
from arb.runtime.service import Context, Service, run_service


async def build(context: Context[GatewaySettings]) -> Service:
    """Wire the gateway: WebSocket server, the feed of events, HTTP beside it."""
    settings = context.settings
    feed = Feed(context.bus.store)
    server = WebSocketGateway(
        CommandDesk(context.bus, History(context.bus.store, feed)),
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
    return Service(tasks={"feed": partial(feed.run, server)})


def main() -> None:
    """Run the gateway until it is stopped."""
    run_service("gateway", GatewaySettings, build)
