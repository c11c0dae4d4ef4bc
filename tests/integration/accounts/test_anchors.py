"""What the auditor signed stands on the ledger, where nobody here can take it back."""

import asyncio
import base64
from typing import Any

import aiohttp
import pytest
from support.accounts import Started, on_ledger
from support.facts import NOON
from support.localnet import Localnet

from arb.eventlog import EMPTY
from arb.messages.events.account import AccountTransactionSettled, AccountTransactionSigned
from arb.messages.events.audit import CheckpointSigned
from arb.messages.subjects import AUDIT, account


def checkpoint(sequence: int, hash_: str) -> CheckpointSigned:
    return CheckpointSigned(
        sequence=sequence, hash=hash_, time="2026-03-01T12:00:00.000000Z", public_key="cd" * 32, signature="ef" * 64
    )


async def memo_of(network: Localnet, tx_hash: str) -> dict[str, Any]:
    """The transaction as Horizon tells it, once it does."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(20):
        while True:
            async with session.get(f"{network.url}/transactions/{tx_hash}") as answer:
                if answer.status == 200:
                    found: dict[str, Any] = await answer.json()
                    return found
            await asyncio.sleep(0.1)


@pytest.mark.timeout(90)
async def test_the_newest_checkpoint_becomes_a_memo_and_costs_a_fee_that_is_booked(
    service: Started, network: Localnet
) -> None:
    async with service(ARB_AUDIT_ANCHOR="on", ARB_AUDIT_ANCHOR_SECONDS="600") as accounts:
        ready = await accounts.until_ready()
        trading = ready.accounts[0].account
        first = await accounts.bus.store.append(AUDIT, checkpoint(3, "ab" * 32), expected=EMPTY, time=NOON)
        signed: list[AccountTransactionSigned] = []
        async with asyncio.timeout(30):
            async with accounts.bus.store.subscribe(account(trading).subject) as events:
                async for recorded in events:
                    match fact := recorded.fact:
                        case AccountTransactionSigned(purpose="anchor"):
                            signed.append(fact)
                        case AccountTransactionSettled() if signed and fact.tx_hash == signed[0].tx_hash:
                            break
        # The next one is not due for a while
        await accounts.bus.store.append(AUDIT, checkpoint(9, "ef" * 32), expected=first.head, time=NOON)
        on_chain = await memo_of(network, signed[0].tx_hash)
        await asyncio.sleep(1.0)
        booked, held = await accounts.booked(), await on_ledger(network, ready)
        types = await accounts.types()

    assert (on_chain["successful"], on_chain["memo_type"]) == (True, "hash")
    assert base64.b64decode(on_chain["memo"]).hex() == "ab" * 32
    assert booked == held
    assert types.count("transaction_signed") == 2  # the trustlines, and this one


async def test_without_the_setting_nothing_is_anchored(service: Started) -> None:
    async with service() as accounts:
        await accounts.until_ready()
        await accounts.bus.store.append(AUDIT, checkpoint(3, "ab" * 32), expected=EMPTY, time=NOON)
        await asyncio.sleep(1.5)

        assert (await accounts.types()).count("transaction_signed") == 1
