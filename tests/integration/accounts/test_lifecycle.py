"""From nothing to ready on a real network, and back to the same place after any crash."""

import asyncio
import json
import re
import signal
import socket
from collections import Counter
from pathlib import Path

import aiohttp
from support.accounts import AccountsService, Started, on_ledger
from support.localnet import Localnet

from arb.messages.events.account import AccountTransactionSettled, AccountTransactionSigned
from arb.messages.subjects import every
from arb.runtime.nats_server import EmbeddedNats

FRIENDBOT_GIVES = 100_000_000_000
TRUSTLINES = 6


async def test_accounts_are_created_funded_and_trusted(service: Started, network: Localnet, tmp_path: Path) -> None:
    # when the service starts for the first time
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with service(ARB_HEALTH_PORT=str(port), ARB_LOG_LEVEL="DEBUG") as accounts:
        ready = await accounts.until_ready()
        # then there is a trading account with a line per asset, and channels
        assert [(a.role, a.index) for a in ready.accounts] == [("trading", 0), *(("channel", i) for i in range(3))]
        assert all(a.ready for a in ready.accounts)
        trading = ready.accounts[0]
        assert [b.amount for b in trading.balances] == [FRIENDBOT_GIVES - TRUSTLINES * 100, *[0] * TRUSTLINES]
        assert [b.amount for a in ready.accounts[1:] for b in a.balances] == [FRIENDBOT_GIVES] * 3
        # and the books are the ledger's, to the stroop
        await asyncio.sleep(0.5)
        assert await accounts.booked() == await on_ledger(network, ready)
        counted = Counter(await accounts.types())
        assert (counted["adopted"], counted["funded"], counted["transaction_signed"]) == (4, 4, 1)
        # and its health says that the ledger is seen
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as response:
            assert response.status == 200
            assert json.loads(await response.text())["checks"]["ledger"] == "ok"
        # and it ends in order
        assert await accounts.end() == 0
        # and no seed is written anywhere
        events = b"".join([r.raw async for r in accounts.bus.store.replay(every("account"))])
        for text in (accounts.log, events.decode(), (tmp_path / "state" / "keystore.json").read_text()):
            assert not re.search(r"\bS[A-Z2-7]{55}\b", text)
            assert "an unlikely phrase" not in text


async def test_a_restart_does_nothing_twice(service: Started) -> None:
    async with service() as accounts:
        first = await accounts.until_ready()
        await asyncio.sleep(0.5)
        assert await accounts.end() == 0
        before = await accounts.types()
        await accounts.start()
        again = await accounts.until_ready()
        await asyncio.sleep(0.6)
        assert again == first
        assert await accounts.types() == before


async def killed_over_and_over(accounts: AccountsService, pause: float) -> None:
    """kill -9 after ever longer lives, until one life was long enough to get ready."""
    life = pause
    while True:
        await accounts.start()
        try:
            await accounts.until_ready(life)
        except TimeoutError:
            await accounts.end(signal.SIGKILL)
            life *= 1.15
        else:
            return


async def test_kill_at_any_point_neither_funds_nor_pays_twice(service: Started, network: Localnet) -> None:
    async with service(start=False) as accounts:
        await killed_over_and_over(accounts, 1.0)
        ready = await accounts.accounts()
        await asyncio.sleep(0.5)
        assert await accounts.booked() == await on_ledger(network, ready)
        counted = Counter(await accounts.types())
        assert (counted["adopted"], counted["funded"]) == (4, 4)
        assert counted["transaction_signed"] == counted["transaction_settled"]


async def test_a_signed_transaction_is_finished_with_the_same_bytes(service: Started, network: Localnet) -> None:
    """The worst moment: signed and stored, not yet sent."""
    # given a service that dies as soon as its trustline transaction is in the log
    async with service(start=False) as accounts:
        await accounts.start()
        async with asyncio.timeout(30), accounts.bus.store.subscribe(every("account")) as events:
            async for recorded in events:
                if isinstance(recorded.fact, AccountTransactionSigned):
                    signed = recorded.fact
                    await accounts.end(signal.SIGKILL)
                    break
        # when it starts again
        await accounts.start()
        ready = await accounts.until_ready()
        # then that very transaction is what settled, once
        ends = []
        async with asyncio.timeout(10), accounts.bus.store.subscribe(every("account")) as events:
            async for recorded in events:
                if isinstance(recorded.fact, AccountTransactionSettled):
                    ends.append(recorded.fact)
                    break
        assert [(end.tx_hash, end.outcome) for end in ends] == [(signed.tx_hash, "success")]
        assert (await accounts.types()).count("transaction_signed") == 1
        assert await accounts.booked() == await on_ledger(network, ready)


async def test_low_channels_are_topped_up_and_booked_once(service: Started, network: Localnet) -> None:
    # given a minimum above what Friendbot gives, so that every channel runs low at once
    low = {"ARB_CHANNEL_MINIMUM": str(FRIENDBOT_GIVES + 1), "ARB_CHANNEL_TARGET": str(FRIENDBOT_GIVES + 10**9)}
    async with service(**low) as accounts:
        await accounts.until_ready()
        await accounts.until_settled(2)
        await asyncio.sleep(1)
        ready = await accounts.accounts()
        assert [a.balances[0].amount for a in ready.accounts[1:]] == [FRIENDBOT_GIVES + 10**9] * 3
        assert await accounts.booked() == await on_ledger(network, ready)
        assert (await accounts.types()).count("transaction_signed") == 2


async def test_the_bus_may_die_meanwhile(service: Started, network: Localnet, nats_server: EmbeddedNats) -> None:
    async with service() as accounts:
        await asyncio.sleep(0.8)
        await nats_server.kill()
        await asyncio.sleep(1)
        await nats_server.start()
        ready = await accounts.until_ready()
        await asyncio.sleep(0.5)
        assert await accounts.booked() == await on_ledger(network, ready)
        assert Counter(await accounts.types())["funded"] == 4


async def refused_start(accounts: AccountsService, **changed: str) -> str:
    """The one line that a start with wrong settings ends with, and its exit code is 2."""
    before = len(accounts.log.splitlines())
    await accounts.start(**changed)
    assert await accounts.ended() == 2
    said = [line for line in accounts.log.splitlines()[before:] if '"level": "info"' not in line]
    assert len(said) == 1, said
    return said[0]


async def test_wrong_settings_stop_the_start_with_one_line(service: Started) -> None:
    async with service(start=False) as accounts:
        assert "ARB_CHANNEL_TARGET" in await refused_start(accounts, ARB_CHANNEL_TARGET="20000000")
        missing = {"ARB_KEYSTORE_PASSPHRASE_FILE": "/does/not/exist", "ARB_KEYSTORE_PASSPHRASE": ""}
        assert "/does/not/exist" in await refused_start(accounts, **missing)
        assert "Another Network" in await refused_start(accounts, STELLAR_NETWORK_PASSPHRASE="Another Network")


async def test_keys_that_do_not_belong_stop_the_start_with_one_line(service: Started, tmp_path: Path) -> None:
    # given a service that ran before
    async with service() as accounts:
        await accounts.until_ready()
        await accounts.end()
        # when it starts with another passphrase, or without the keystore its log belongs to
        said = await refused_start(accounts, ARB_KEYSTORE_PASSPHRASE="another phrase")
        assert "passphrase does not open" in said
        assert "no key for it" in await refused_start(accounts, ARB_KEYSTORE=str(tmp_path / "elsewhere.json"))
