"""Channels that are one too many: merged back once nothing holds them, booked exactly, and funded anew on demand."""

import asyncio
import time
from datetime import datetime

import aiohttp
import pytest
from support.accounts import AccountsService, Started, on_ledger
from support.localnet import Localnet

from arb.contracts.transactions import Cycle, build_basket
from arb.markets.asset import NATIVE
from arb.markets.universe import default_universe
from arb.messages.commands.accounts import CHANNEL_TAKEN, SignedTransaction, SignTransaction
from arb.messages.events.account import AccountRetired, AccountTransactionSigned
from arb.messages.subjects import every
from arb.runtime.errors import CommandFailed

PASSPHRASE = "Standalone Network ; February 2017"
CYCLE = Cycle((NATIVE, default_universe("LOCAL")[-1], NATIVE), 100, 101)
LIFE = 60
"""Seconds by the network's time, whose ledgers here close four times as fast as they say."""


async def network_time(network: Localnet) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{network.url}/ledgers?order=desc&limit=1") as last:
        closed_at = datetime.fromisoformat((await last.json())["_embedded"]["records"][0]["closed_at"])
    return max(int(closed_at.timestamp()), int(time.time()))


async def retired(accounts: AccountsService, count: int) -> list[AccountRetired]:
    """The first `count` retirements on record."""
    found: list[AccountRetired] = []
    async with asyncio.timeout(60), accounts.bus.store.subscribe(every("account")) as events:
        async for recorded in events:
            if isinstance(recorded.fact, AccountRetired):
                found.append(recorded.fact)
            if len(found) == count:
                return found
    raise AssertionError("the record ended")


async def test_fewer_channels_are_merged_back_when_nothing_holds_them(service: Started, network: Localnet) -> None:
    # given three channels, and an envelope of the last that may be applied for a while
    async with service() as accounts:
        before = await accounts.until_ready()
        trading, _, idle, held = (summary.account for summary in before.accounts)
        dies_at = await network_time(network) + LIFE

        async def sign(channel: str, max_time: int, command_id: str) -> SignedTransaction:
            envelope = build_basket(
                [CYCLE],
                channel=channel,
                trading=trading,
                sequence=2**40,
                fee=1000,
                max_time=max_time,
                passphrase=PASSPHRASE,
            ).envelope_xdr
            command = SignTransaction(command_id=command_id, trade_id=command_id, envelope_xdr=envelope)
            return await accounts.bus.request(command, SignedTransaction, timeout=5)

        await sign(held, dies_at, "one")
        assert await accounts.end() == 0
        # when only one is asked for
        await accounts.start(NUM_ACCOUNTS="1")
        ready = await accounts.until_ready()
        assert [a.retiring for a in ready.accounts][:2] == [False, False]
        # then nothing new is signed for the others, and who asks may ask for another
        with pytest.raises(CommandFailed) as refused:
            await sign(held, dies_at, "two")
        assert (refused.value.code, refused.value.retryable) == (CHANNEL_TAKEN, True)
        # and they are merged back: the one that nobody holds at once, the other after its envelope's time
        gone = [fact.account for fact in await retired(accounts, 2)]
        merges = [
            r.fact
            async for r in accounts.bus.store.replay(every("account"))
            if isinstance(r.fact, AccountTransactionSigned) and r.fact.purpose == "merge"
        ]
        # (a machine that took longer to start than the envelope lived finds both free, and one transaction does)
        assert gone == [idle, held] if len(merges) == 2 else set(gone) == {idle, held}
        assert merges[-1].max_time > dies_at
        # and the books are the ledger's, which has these accounts no more
        left = await accounts.accounts()
        assert [a.account for a in left.accounts] == [a.account for a in before.accounts[:2]]
        assert {p: a for p, a in (await accounts.booked()).items() if a} == await on_ledger(network, left)
        assert await accounts.end() == 0
        # when all three are asked for again, then the same keys get accounts again, and the books still agree
        await accounts.start()
        again = await accounts.until_ready()
        assert [a.account for a in again.accounts] == [a.account for a in before.accounts]
        await asyncio.sleep(0.5)
        assert await accounts.booked() == await on_ledger(network, again)
