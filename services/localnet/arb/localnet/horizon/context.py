"""What every route needs: the node behind the server, kept in the aiohttp application."""

from typing import Any, Final

from aiohttp import web

from arb.localnet.node.friendbot import Friendbot
from arb.localnet.node.node import Node

NODE: Final = web.AppKey("node", Node)
FRIENDBOT: Final = web.AppKey("friendbot", Friendbot)
CONTRACTS: Final = web.AppKey("contracts", dict[str, Any])
"""Where the seeded market's contracts are, as GET /localnet/contracts answers it; not there without any."""
SUBMIT_TIMEOUT: Final = web.AppKey("submit_timeout", float)
"""Seconds POST /transactions and friendbot wait for a ledger."""


def node_of(request: web.Request) -> Node:
    """The node that answers this request."""
    return request.app[NODE]
