"""Ledgers as they close, over Horizon's server-sent events: reconnects where it left off, notices silence."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final, NamedTuple

import aiohttp
import orjson

from arb.contracts.errors import Malformed, NetworkError, RateLimited, Unreachable
from arb.contracts.http import HttpSession

_log = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0
_LONGEST_EVENT: Final = 2**20


class LedgerClosed(NamedTuple):
    """A ledger that closed. `closed_at` is its close time in unix seconds, `base_fee` and `base_reserve` in stroops."""

    sequence: int
    closed_at: int
    base_fee: int
    base_reserve: int
    cursor: str
    """Where a stream can go on after this ledger."""


async def stream_ledgers(
    http: HttpSession, horizon_url: str, *, cursor: str, silence: float
) -> AsyncIterator[LedgerClosed]:
    """Yields each ledger once, in order, for ever; pauses 0.2 to 10 s after a fault and goes on after the last one.

    `silence` is how many seconds without a ledger count as a fault (of the connection, or of the network).
    """
    pause = _FIRST_PAUSE
    last = 0
    while True:
        try:
            async for ledger in _connection(http, horizon_url, cursor, silence):
                pause = _FIRST_PAUSE
                cursor = ledger.cursor
                if ledger.sequence > last:
                    last = ledger.sequence
                    yield ledger
        except RateLimited as limited:
            _log.warning("ledger stream: %s; again in %.1f s", limited, limited.retry_after)
            await asyncio.sleep(limited.retry_after)
        except NetworkError as fault:
            _log.warning("ledger stream: %s; again in %.1f s", fault, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        else:
            await asyncio.sleep(_FIRST_PAUSE)  # the server ends a stream now and then ("byebye")


async def _connection(http: HttpSession, url: str, cursor: str, silence: float) -> AsyncIterator[LedgerClosed]:
    where = f"{url}/ledgers"
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5.0, sock_read=silence)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": cursor}
    try:
        async with http.session.get(where, params={"cursor": cursor}, headers=headers, timeout=timeout) as response:
            if response.status == 429:
                raise RateLimited(f"{where}: too many requests", 5.0)
            if response.status != 200 or response.content_type != "text/event-stream":
                raise Unreachable(f"{where} answered {response.status} {response.content_type}, not an event stream")
            async for data in _events(response):
                if data.startswith(b"{"):
                    yield _ledger(data)
    except TimeoutError:
        raise Unreachable(f"{where}: no ledger in {silence:g} s") from None
    except (aiohttp.ClientError, OSError) as wrong:
        raise Unreachable(f"{where}: {wrong or type(wrong).__name__}") from None


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The data of each event. Lines are cut here: aiohttp's own readline has been patched by stellar_sdk's import."""
    buffer = b""
    data: list[bytes] = []
    async for chunk in response.content.iter_any():
        buffer += chunk
        if len(buffer) > _LONGEST_EVENT:
            raise Malformed(f"{response.url}: an event of more than {_LONGEST_EVENT} bytes")
        *lines, buffer = buffer.split(b"\n")
        for raw in lines:
            line = raw.rstrip(b"\r")
            if line.startswith(b"data:"):
                data.append(line[5:].strip())
            elif not line and data:
                yield b"\n".join(data)
                data = []


def _ledger(data: bytes) -> LedgerClosed:
    try:
        record = orjson.loads(data)
        closed_at = datetime.fromisoformat(record["closed_at"])
        return LedgerClosed(
            int(record["sequence"]),
            int(closed_at.timestamp()),
            int(record["base_fee_in_stroops"]),
            int(record["base_reserve_in_stroops"]),
            str(record["paging_token"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise Malformed(f"not a ledger of Horizon: {data[:100]!r}") from None
