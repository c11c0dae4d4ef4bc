"""`/health` and `/metrics` of a service over HTTP."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Self

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from arb.runtime.errors import EXIT_PORT_TAKEN, StartupError

Check = Callable[[], Awaitable[str | None]]
"""Says what is wrong in a few words, or None when all is well."""

CHECK_SECONDS = 2.0


async def run_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    """Every check's answer by name: `ok`, or what is wrong. A check that takes too long or raises is wrong."""

    async def one(check: Check) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await check() or "ok"
        except TimeoutError:
            return f"no answer in {CHECK_SECONDS:g} s"
        except Exception as error:  # noqa: BLE001  (a check that breaks is a check that fails)
            return f"{type(error).__name__}: {error}"

    answers = await asyncio.gather(*(one(check) for check in checks.values()))
    return dict(zip(checks, answers, strict=True))


class HealthServer:
    """Serves `/health` (200 or 503 with every check by name) and `/metrics` (Prometheus text)."""

    def __init__(self, service: str, checks: Mapping[str, Check]) -> None:
        self._service = service
        self._checks = checks
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        self.port = 0

    async def start(self, host: str, port: int, *, variable: str = "ARB_HEALTH_PORT") -> Self:
        """Listen. Raises StartupError (exit code 4), naming the `variable` that gave the port, when it is taken."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise StartupError(f"{variable}={port} cannot be used: {reason}", EXIT_PORT_TAKEN) from error
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _health(self, _: web.Request) -> web.Response:
        answers = await run_checks(self._checks)
        healthy = all(answer == "ok" for answer in answers.values())
        body = {"service": self._service, "ok": healthy, "checks": answers}
        return web.json_response(body, status=200 if healthy else 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
