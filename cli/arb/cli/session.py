"""One run of the platform from the gateway's side: wait until it can trade, start the engine, follow, stop."""

import asyncio
import contextlib
from collections.abc import Coroutine
from time import monotonic
from typing import Any, NoReturn, TypeVar

from websockets.exceptions import WebSocketException

from arb.cli.gateway_client import GatewayClient, GatewayError, GatewayLostError, Json, gateway
from arb.cli.interrupt import Interrupt, Interrupted
from arb.cli.launcher.platform import Platform
from arb.cli.races import unless
from arb.cli.view import RunView

READY_SECONDS = 120.0
SETTLE_SECONDS = 60.0
POLL_SECONDS = 0.25
_LOST = (GatewayLostError, TimeoutError, OSError, WebSocketException)

T = TypeVar("T")


class NotReadyError(Exception):
    """The platform did not get ready to trade in time; the text says what was missing."""


class Session:
    """Drives a platform. Survives a gateway or a service that is started again meanwhile.

    Everything raises ProcessFailedError as soon as a process ends that cannot be started again.
    """

    def __init__(self, platform: Platform, view: RunView, interrupt: Interrupt) -> None:
        self._platform = platform
        self._view = view
        self._interrupt = interrupt
        self._started = False

    async def start(self) -> None:
        """Start the platform. Raises Interrupted, StartupError, EventLogError."""
        await self._unless_interrupted(self._platform.start())

    async def until_ready(self, *, limit: float | None = READY_SECONDS) -> None:
        """Wait until accounts are funded and the market is known. Raises Interrupted, NotReadyError after `limit` s."""
        await self._unless_interrupted(self._until_ready(limit))

    async def trade(self, seconds: float | None, *, start: bool = True) -> None:
        """Start the engine, unless told not to, and show what happens for `seconds` or until interrupted."""
        follow = self._follow(start)
        with contextlib.suppress(Interrupted):
            await unless(self._count_down(seconds), follow, self._platform.failed(), self._interrupt.raised())

    async def stop_engine(self) -> bool:
        """Stop the engine and wait until no trade is open.

        False when one still was after a minute, or when a second interrupt came.
        """
        try:
            return await unless(self._settle(), self._platform.failed(), self._interrupt.raised(times=2))
        except Interrupted:
            return False

    async def _unless_interrupted(self, work: Coroutine[Any, Any, T]) -> T:
        return await unless(work, self._platform.failed(), self._interrupt.raised())

    async def _until_ready(self, limit: float | None) -> None:
        deadline = None if limit is None else monotonic() + limit
        said = missing = ""
        while True:
            try:
                status = await self._ask("get_status")
            except GatewayError as error:
                missing = str(error)
            except _LOST:
                missing = "the gateway does not answer"
            else:
                if status["ready"]:
                    return
                missing = "accounts are not funded yet" if not status["accounts"]["ready"] else "no market data yet"
            if deadline is not None and monotonic() > deadline:
                raise NotReadyError(f"not ready to trade after {limit:g} s: {missing}")
            if limit is None and missing != said:
                said = missing
                self._view.say(f"waiting: {missing}")
            await asyncio.sleep(POLL_SECONDS)

    async def _settle(self) -> bool:
        deadline = monotonic() + SETTLE_SECONDS
        at_rest = 0
        while monotonic() < deadline:
            with contextlib.suppress(GatewayError, *_LOST):
                state = await self._ask("stop_engine", reason="the run is over")
                at_rest = at_rest + 1 if not state["running"] and state["open_trades"] == 0 else 0
                # One of several answers, a moment before another has heard that it is to stop.
                if at_rest == self._platform.executors:
                    return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def _ask(self, command: str, **fields: Any) -> Json:
        async with gateway(self._platform.ws_url, self._platform.token) as client:
            return await client.ask(command, **fields)

    async def _follow(self, start: bool) -> NoReturn:
        said = ""
        while True:
            try:
                async with gateway(self._platform.ws_url, self._platform.token) as client:
                    await client.ask("subscribe", topics=["log", "events"])
                    # Once only: whoever stops the engine meanwhile has the last word.
                    if start and not self._started:
                        await self._start(client)
                        self._started = True
                    said = ""
                    await self._show(client)
            except GatewayError as error:
                trouble = str(error)
            except _LOST:
                trouble = "gateway lost"
            if trouble != said:
                said = trouble
                self._view.say(f"{trouble}: trying again")
            await asyncio.sleep(POLL_SECONDS)

    async def _start(self, client: GatewayClient) -> None:
        try:
            await client.ask("start_engine")
        except GatewayError as error:
            if error.code != "halted":
                raise
            # A person has to end that, and sees here what goes on until then.
            self._view.say(str(error))

    async def _show(self, client: GatewayClient) -> NoReturn:
        while True:
            self._view.on_push(await client.next_push())

    async def _count_down(self, seconds: float | None) -> None:
        end = None if seconds is None else monotonic() + seconds
        while end is None or monotonic() < end:
            self._view.tick(None if end is None else end - monotonic())
            await asyncio.sleep(POLL_SECONDS)
