"""The accounts service as a process of its own, and what it says on the bus."""

import asyncio
import itertools
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
from support.localnet import Localnet

from arb.messages.commands.accounts import Accounts, GetAccounts
from arb.messages.events.account import AccountTransactionSettled
from arb.messages.subjects import every
from arb.runtime.bus import Bus
from arb.runtime.errors import CommandTimeout


class AccountsService:
    """The service's process, and what it says on the bus."""

    def __init__(self, bus: Bus, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.bus = bus
        self._command = command
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._ids = itertools.count()

    async def start(self, **changed: str) -> None:
        with self._log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env={**self._environment, **changed}, stdout=out, stderr=out
            )

    async def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self._process is not None:
            await self.end(signal.SIGKILL)

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        async with asyncio.timeout(10):
            return await self._process.wait()

    async def ended(self) -> int:
        """Exit code of a service that stops by itself."""
        assert self._process is not None
        async with asyncio.timeout(20):
            return await self._process.wait()

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    async def accounts(self) -> Accounts:
        return await self.bus.request(GetAccounts(command_id=f"list-{next(self._ids)}"), Accounts, timeout=10)

    async def until_ready(self, seconds: float = 30) -> Accounts:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    listed = await self.accounts()
                except CommandTimeout:
                    if self._process is None or self._process.returncode is not None:
                        raise RuntimeError(f"the service ended: {self.log[-2000:]}") from None
                    continue
                if listed.ready:
                    return listed
                await asyncio.sleep(0.1)

    async def until_settled(self, count: int, seconds: float = 20) -> None:
        """Wait until `count` transactions of ours have ended."""
        async with asyncio.timeout(seconds), self.bus.store.subscribe(every("account")) as events:
            async for recorded in events:
                count -= isinstance(recorded.fact, AccountTransactionSettled)
                if count == 0:
                    return

    async def booked(self) -> dict[tuple[str, str], int]:
        """Sum of every balance change that the log holds, by account and asset."""
        total: dict[tuple[str, str], int] = {}
        async for recorded in self.bus.store.replay(every("account")):
            for change in getattr(recorded.fact, "changes", ()):
                place = (change.account, change.asset)
                total[place] = total.get(place, 0) + change.delta
        return total

    async def types(self) -> list[str]:
        """Types of all account events, without family and version: `funded`."""
        return [r.event.type.split(".")[2] async for r in self.bus.store.replay(every("account"))]


async def on_ledger(network: Localnet, accounts: Accounts) -> dict[tuple[str, str], int]:
    """What Horizon says every own account holds."""
    found = {}
    async with aiohttp.ClientSession() as session:
        for summary in accounts.accounts:
            async with session.get(f"{network.url}/accounts/{summary.account}") as response:
                document = await response.json()
            for line in document["balances"]:
                asset = "native" if line["asset_type"] == "native" else f"{line['asset_code']}:{line['asset_issuer']}"
                found[summary.account, asset] = int(line["balance"].replace(".", ""))
    return {place: amount for place, amount in found.items() if amount}


Started = Callable[..., AbstractAsyncContextManager[AccountsService]]
