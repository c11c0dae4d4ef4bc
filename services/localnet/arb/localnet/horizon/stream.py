"""Server-sent events as Horizon streams them: a greeting, records with their paging token as id, a farewell."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import orjson
from aiohttp import web

from arb.localnet.horizon.hal import Json
from arb.localnet.node.node import Node

_HELLO: Final = b'retry: 1000\nevent: open\ndata: "hello"\n\n'
_BYE: Final = b'retry: 10\nevent: close\ndata: "byebye"\n\n'
_SECONDS: Final = 55.0
"""A stream ends after this long, as Horizon's does; clients come back with the last id they saw."""

Fetch = Callable[[int | None, int], Sequence[Json]]
"""Records after a cursor (None: from the beginning), so many at most."""


def wanted(request: web.Request) -> bool:
    """Whether the client asks for a stream."""
    return "text/event-stream" in request.headers.get("Accept", "")


async def serve(
    request: web.Request, node: Node, fetch: Fetch, place: Callable[[str], int], cursor: int | None, limit: int
) -> web.StreamResponse:
    """Send records as they come until `limit` are sent, the client goes or the stream is 55 seconds old.

    `place` turns a paging token into the cursor that follows it.
    """
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
    )
    response.headers["Latest-Ledger"] = str(node.history.latest)
    response.headers["Access-Control-Allow-Origin"] = "*"
    await response.prepare(request)
    await response.write(_HELLO)
    loop = asyncio.get_running_loop()
    until = loop.time() + _SECONDS
    while limit > 0 and loop.time() < until:
        records = fetch(cursor, limit)
        if records:
            cursor = place(records[-1]["paging_token"])
            limit -= len(records)
            await response.write(b"".join(_event(record) for record in records))
            continue
        try:
            await asyncio.wait_for(node.next_ledger(), until - loop.time())
        except TimeoutError:
            break
    await response.write(_BYE)
    return response


def _event(record: Json) -> bytes:
    return b"id: %b\ndata: %b\n\n" % (str(record["paging_token"]).encode(), orjson.dumps(record))
