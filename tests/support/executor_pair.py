"""Two executors at once over one record on a real bus, on a real network, and the signer that both ask."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from support.executor_world import LIMITS, Executor, FaultyNetwork
from support.localnet import Localnet
from support.nats import connected_bus
from support.signing_accounts import SigningAccounts

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.eventlog import EventStore, MemoryStream
from arb.executor.ports import Tip
from arb.messages.base import Fact
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.limits import Limits
from arb.messages.subjects import every

F = TypeVar("F", bound=Fact)

ROOMY = LIMITS.model_copy(update={"max_trades_per_pair_per_ledger": 99, "max_open_trades": 99})
"""Limits under which the same plan may be traded many times at once."""
PATIENCE_SECONDS = 60.0


class Pair:
    """What both share, and the two of them."""

    def __init__(self, localnet: Localnet, store: EventStore, accounts: SigningAccounts) -> None:
        self.localnet = localnet
        self.store = store
        self.accounts = accounts
        self.executors: list[Executor] = []
        self.networks: list[FaultyNetwork] = []

    async def facts(self, kind: type[F]) -> list[F]:
        """Every fact of this kind in the trades' events."""
        return [
            recorded.fact
            async for recorded in self.store.replay(every("trade"))
            if isinstance(recorded.fact, kind)
        ]  # fmt: skip

    async def ended(self) -> None:
        """Returns once every trade has ended, as both know."""
        first, second = (executor.trades for executor in self.executors)
        await until(lambda: not first.open() and not second.open() and first.counts() == second.counts())

    async def start(self, stack: AsyncExitStack, url: str, name: str, limits: Limits, validity: int) -> Executor:
        """One of them, until the stack is left: it follows the other, and settles after every ledger."""
        bus = await stack.enter_async_context(connected_bus(url, "executor"))
        rpc, horizon = RpcClient([self.localnet.rpc_url]), HorizonClient(self.localnet.url)
        stack.push_async_callback(rpc.close)
        stack.push_async_callback(horizon.close)
        network = FaultyNetwork(rpc, horizon)
        executor = Executor(
            MemoryStream(), network, self.accounts, store=bus.store, limits=limits, validity=validity, instance=name
        )
        self.executors.append(executor)
        self.networks.append(network)
        executor.settlement.adopt(await self.accounts.accounts())
        tip = await anext(aiter(network.ledgers()))
        self._closed(tip)
        for follow in (executor.trades.follow, executor.switch.follow):
            stack.callback(asyncio.create_task(follow()).cancel)
        await executor.start(tip)
        stack.callback(asyncio.create_task(self._settle(executor, network)).cancel)
        return executor

    async def _settle(self, executor: Executor, network: FaultyNetwork) -> None:
        async for tip in network.ledgers():
            self._closed(tip)
            await executor.settlement.on_ledger(tip)
            await executor.settlement.read_accounts()

    def _closed(self, tip: Tip) -> None:
        self.accounts.closed_at = max(self.accounts.closed_at, tip.close_time)


@asynccontextmanager
async def executor_pair(
    localnet: Localnet, nats_url: str, *, channels: int, limits: Limits = ROOMY, validity: int = 12
) -> AsyncIterator[Pair]:
    """Both run until the end of the block; on `nats_url` there is nothing yet but the platform's streams."""
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(connected_bus(nats_url, "accounts"))
        accounts = SigningAccounts(channels, localnet, bus.store)
        stack.push_async_callback(accounts.close)
        await accounts.fund(localnet)
        await accounts.adopt()
        pair = Pair(localnet, bus.store, accounts)
        for name in ("one", "two"):
            await pair.start(stack, nats_url, name, limits, validity)
        yield pair


def many(found: OpportunityFound, count: int) -> list[OpportunityFound]:
    """The same plan so many times."""
    return [found.model_copy(update={"id": f"{found.id[:20]}-{number}"}) for number in range(count)]


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Look again and again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)
