"""GET /localnet/status: how the server itself is doing, which no Horizon would say."""

import resource
import sys
from pathlib import Path
from typing import Final

from aiohttp import web

from arb.localnet.horizon.context import node_of

_STATM: Final = Path("/proc/self/statm")


async def get_status(request: web.Request) -> web.Response:
    """Newest ledger and its close time (unix seconds), transactions waiting, and memory in use."""
    node = node_of(request)
    return web.json_response(
        {
            "ledger": node.history.latest,
            "close_time": node.ledger.last.close_time,
            "queue": node.waiting,
            "memory_bytes": _memory(),
        }
    )


def _memory() -> int:
    """Bytes of memory in use; the most that ever was where the system does not say."""
    if _STATM.exists():
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
