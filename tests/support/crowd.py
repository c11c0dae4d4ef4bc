"""Others on a local network, whose ledgers a test may close itself: they fill ledgers, or swarm over one pair."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import aiohttp
from stellar_sdk import Account, Asset, Keypair, TransactionBuilder
from support.arbitrage import PASSPHRASE
from support.localnet import Localnet

from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.executor.ports import Tip

CYCLE_MAX = "1000"
FOREVER = 2**40


async def close(network: Localnet) -> Tip:
    """Close one ledger."""
    async with aiohttp.ClientSession() as session, session.post(f"{network.url}/localnet/close") as answer:
        ledger = await answer.json()
    return Tip(ledger["sequence"], int(datetime.fromisoformat(ledger["closed_at"]).timestamp()))


@asynccontextmanager
async def closing(network: Localnet, every: float = 0.1) -> AsyncIterator[None]:
    """Ledgers close by themselves meanwhile."""

    async def close_on() -> None:
        while True:
            await close(network)
            await asyncio.sleep(every)

    task = asyncio.create_task(close_on())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Crowd:
    """Strangers with accounts of their own. Fees are in stroops an operation."""

    def __init__(self, network: Localnet, count: int) -> None:
        self._network = network
        self._rpc = RpcClient([network.rpc_url])
        self._keys = [Keypair.random() for _ in range(count)]

    async def fund(self) -> "Crowd":
        """Friendbot for all of them; ledgers must close meanwhile."""
        async with aiohttp.ClientSession() as session:
            for key in self._keys:
                async with session.get(f"{self._network.url}/friendbot?addr={key.public_key}") as answer:
                    assert answer.status == 200, await answer.text()
        return self

    async def leave(self) -> None:
        """Close the connection."""
        await self._rpc.close()

    async def fill(self, operations: int, fee: int, *, by: int = 0) -> str:
        """One transaction of so many operations, by one of them, for the next ledger; what the queue says."""
        key = self._keys[by]
        builder = await self._builder(key, fee)
        for _ in range(operations):
            builder.append_payment_op(key.public_key, Asset.native(), "1")
        return await self._send(builder, key)

    async def flood(self, operations: int, fee: int, ledgers: int) -> None:
        """The same into each of the next ledgers, as far as the queue takes it: one that waits is not sent twice."""
        horizon = HorizonClient(self._network.url)
        try:
            async for _ in horizon.stream_ledgers():
                await self.fill(operations, fee)
                ledgers -= 1
                if not ledgers:
                    return
        finally:
            await horizon.close()

    async def swarm(self, through: Asset, fee: int) -> None:
        """A loop of payments through this asset and back by each but the first, in falling order of their bids."""
        for index, key in enumerate(self._keys[1:]):
            builder = await self._builder(key, fee - index)
            native = Asset.native()
            builder.append_path_payment_strict_receive_op(
                key.public_key, native, CYCLE_MAX, native, "0.0000001", [through]
            )
            assert await self._send(builder, key) == "PENDING"

    async def _builder(self, key: Keypair, fee: int) -> TransactionBuilder:
        entry = key_text(AccountKey(key.public_key))
        state = decode_entry((await self._rpc.get_ledger_entries([entry])).entries[entry])
        assert isinstance(state, AccountState)
        source = Account(key.public_key, state.sequence)
        return TransactionBuilder(source, PASSPHRASE, fee).add_time_bounds(0, FOREVER)

    async def _send(self, builder: TransactionBuilder, key: Keypair) -> str:
        envelope = builder.build()
        envelope.sign(key)
        return (await self._rpc.send_transaction(envelope.to_xdr())).status
