"""One run of the platform from the gateway's side: wait until it can trade, start the engine, follow, stop."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from time import monotonic
from typing import Any

from websockets.exceptions import WebSocketException

from arb.cli.gateway_client import GatewayClient, GatewayError, Json, gateway
from arb.cli.launcher.platform import Platform, ProcessFailedError
from arb.cli.view import RunView

READY_SECONDS = 120.0
SETTLE_SECONDS = 60.0
POLL_SECONDS = 0.25
_LOST = (GatewayError, TimeoutError, OSError, WebSocketException)


class NotReadyError(Exception):
    """The platform did not get ready to trade in time; the text says what was missing."""


class Session:
    """Drives a started platform. Survives a gateway or a service that is started again meanwhile."""

    def __init__(self, platform: Platform, view: RunView) -> None:
        self._platform = platform
        self._view = view
        self._stop = asyncio.Event()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the run in order instead of cutting it off."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def until_ready(self, *, limit: float | None = READY_SECONDS) -> None:
        """Wait until accounts are funded and the market is known. Raises NotReadyError after `limit` seconds."""
        deadline = None if limit is None else monotonic() + limit
        missing = "the gateway does not answer"
        while not self._stop.is_set():
            with contextlib.suppress(*_LOST):
                status = await self._ask("get_status")
                if status["ready"]:
                    return
                missing = "accounts are not ready" if not status["accounts"]["ready"] else "the market is not synced"
            if deadline is not None and monotonic() > deadline:
                raise NotReadyError(f"not ready to trade after {limit:g} s: {missing}")
            await self._pause()

    async def trade(self, seconds: float | None, *, start: bool = True) -> None:
        """Start the engine, unless told not to, and show what happens for `seconds` or until interrupted.

        Raises ProcessFailedError when a process ends that cannot be started again.
        """
        follow = asyncio.create_task(self._follow(start))
        failed = asyncio.create_task(self._platform.failed())
        stopped = asyncio.create_task(self._stop.wait())
        count = asyncio.create_task(self._count_down(seconds))
        try:
            done, _ = await asyncio.wait({follow, failed, stopped, count}, return_when=asyncio.FIRST_COMPLETED)
            if failed in done:
                raise ProcessFailedError(failed.result())
            if follow in done:
                follow.result()
        finally:
            for task in (follow, failed, stopped, count):
                task.cancel()
            await asyncio.gather(follow, failed, stopped, count, return_exceptions=True)

    async def stop_engine(self) -> bool:
        """Stop the engine and wait until no trade is open; False when one still was after a minute."""
        deadline = monotonic() + SETTLE_SECONDS
        while monotonic() < deadline:
            with contextlib.suppress(*_LOST):
                state = await self._ask("stop_engine", reason="the run is over")
                if not state["running"] and state["open_trades"] == 0:
                    return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def _ask(self, command: str, **fields: Any) -> Json:
        async with gateway(self._platform.ws_url) as client:
            return await client.ask(command, **fields)

    async def _follow(self, start: bool) -> None:
        while True:
            with contextlib.suppress(*_LOST):
                async with gateway(self._platform.ws_url) as client:
                    await client.ask("subscribe", topics=["log", "events"])
                    if start:
                        await client.ask("start_engine")
                    await self._show(client)
            self._view.say("gateway lost, connecting again")
            await asyncio.sleep(POLL_SECONDS)

    async def _show(self, client: GatewayClient) -> None:
        while True:
            self._view.on_push(await client.next_push())

    async def _count_down(self, seconds: float | None) -> None:
        end = None if seconds is None else monotonic() + seconds
        while end is None or monotonic() < end:
            self._view.tick(None if end is None else end - monotonic())
            await asyncio.sleep(POLL_SECONDS)

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), POLL_SECONDS)
