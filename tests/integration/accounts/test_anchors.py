"""What the auditor signed stands on the ledger, where nobody here can take it back."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from nacl.signing import SigningKey
from support.accounts import AccountsService, Started, on_ledger
from support.cli import Outcome, arb
from support.facts import NOON
from support.localnet import Localnet

from arb.eventlog import EMPTY
from arb.eventlog.audit import Checkpoint, Verifier
from arb.messages.events.account import AccountTransactionSettled, AccountTransactionSigned
from arb.messages.events.audit import CheckpointSigned, KeyPublished
from arb.messages.subjects import AUDIT, EVERY_EVENT, account, every

KEY = SigningKey(b"7" * 32)


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


async def anchored(accounts: AccountsService) -> AccountTransactionSettled:
    """The end of the first anchor."""
    signed: list[str] = []
    async with asyncio.timeout(30), accounts.bus.store.subscribe(every("account")) as events:
        async for recorded in events:
            match fact := recorded.fact:
                case AccountTransactionSigned(purpose="anchor"):
                    signed.append(fact.tx_hash)
                case AccountTransactionSettled() if fact.tx_hash in signed:
                    return fact
    raise AssertionError("the record ended")


async def so_far(accounts: AccountsService) -> Checkpoint:
    """A checkpoint of the record as it is, as the auditor signs it."""
    verifier = Verifier()
    async for stored in accounts.bus.store.replay_stored(EVERY_EVENT):
        verifier.add(stored)
    found = verifier.verdict()
    return Checkpoint.signed(KEY, sequence=found.last_sequence, hash_=found.head, time=NOON)


async def verified(accounts: AccountsService, directory: Path, *options: str) -> Outcome:
    return await arb("audit", "verify", "--nats", accounts.bus.url, *options, directory=directory)


@pytest.mark.timeout(90)
async def test_verify_holds_the_record_against_its_anchors_on_the_ledger(
    service: Started, network: Localnet, tmp_path: Path
) -> None:
    async with service(ARB_AUDIT_ANCHOR="on", ARB_AUDIT_ANCHOR_SECONDS="600") as accounts:
        await accounts.until_ready()
        published = KeyPublished(public_key=KEY.verify_key.encode().hex())
        first = await accounts.bus.store.append(AUDIT, published, expected=EMPTY, time=NOON)
        taken = await so_far(accounts)
        signed = CheckpointSigned(**dict(taken))
        await accounts.bus.store.append(AUDIT, signed, expected=first.head, time=NOON)
        settled = await anchored(accounts)
        await memo_of(network, settled.tx_hash)

        checked = await verified(accounts, tmp_path, "--ledger", "--horizon", network.url, "--json")
        told = await verified(accounts, tmp_path, "--horizon", network.url)
        offline = await verified(accounts, tmp_path)
        away = await verified(accounts, tmp_path, "--horizon", "http://127.0.0.1:9")
        must = await verified(accounts, tmp_path, "--ledger", "--horizon", "http://127.0.0.1:9")
        nowhere = await verified(accounts, tmp_path, "--ledger")

    assert (checked.code, checked.json["ok"]) == (0, True), checked.json
    assert checked.json["anchors"] == {
        "checked": 1,
        "newest_sequence": taken.sequence,
        "newest_ledger": settled.ledger,
        "problems": [],
    }
    covers = f"1 anchors checked on the ledger: the newest, in ledger {settled.ledger}, covers message"
    assert f"{covers} {taken.sequence}" in told.out
    assert "anchors on the ledger were NOT checked: no Horizon was named" in offline.out
    assert "anchors on the ledger were NOT checked: " in away.out
    assert (offline.code, away.code, must.code, nowhere.code) == (0, 0, 3, 2)
    assert "name a Horizon" in nowhere.complaint


@pytest.mark.timeout(90)
async def test_a_record_that_is_not_the_anchored_one_is_told(
    service: Started, network: Localnet, tmp_path: Path
) -> None:
    # given an anchor of a hash that the record never had
    async with service(ARB_AUDIT_ANCHOR="on", ARB_AUDIT_ANCHOR_SECONDS="600") as accounts:
        await accounts.until_ready()
        await accounts.bus.store.append(AUDIT, checkpoint(3, "ab" * 32), expected=EMPTY, time=NOON)
        settled = await anchored(accounts)
        await memo_of(network, settled.tx_hash)

        found = await verified(accounts, tmp_path, "--horizon", network.url, "--json")

    assert (found.code, found.json["ok"]) == (1, False)
    assert found.json["anchors"]["problems"] == [
        f"ledger {settled.ledger} holds the hash {'ab' * 32} (transaction {settled.tx_hash}), "
        "which this record had at no message"
    ]
