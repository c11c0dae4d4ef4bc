"""Keys that leaked, exchanged in place on a real ledger: the old ones sign nothing more, whatever dies in between."""

import asyncio
import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
from stellar_sdk import Account, Asset, Keypair, TransactionBuilder, TransactionEnvelope
from support.accounts import AccountsService, Started, on_ledger
from support.localnet import Localnet

from arb.accounts.adapters.keystore import read_keys
from arb.accounts.adapters.keystore_format import Key
from arb.contracts.transactions import Cycle, build_basket
from arb.markets.asset import NATIVE
from arb.markets.universe import default_universe
from arb.messages.commands.accounts import Accounts, SignedTransaction, SignTransaction
from arb.messages.events.account import AccountTransactionSettled, AccountTransactionSigned, KeyExchanged
from arb.messages.subjects import every

pytestmark = pytest.mark.timeout(240)

PASSPHRASE = "Standalone Network ; February 2017"
PHRASE = "an unlikely phrase"
USDC = default_universe("LOCAL")[-1]
GAPS = (
    "accounts.transaction_signed.after_store",
    "accounts.send.after",
    "accounts.key_exchanged.before_store",
    "accounts.key_exchanged.after_store",
)


def stored(directory: Path) -> dict[str, Key]:
    """What the keystore holds, by account."""
    return {key.address: key for key in read_keys(directory / "state" / "keystore.json", PHRASE, PASSPHRASE)}


async def keytool(directory: Path, *arguments: str) -> tuple[int, str]:
    """`arb keys …` on the service's keystore: exit code and what it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ARB_", "STELLAR_", "NATS_"))}
    environment = {**clean, "ARB_STATE_DIR": str(directory / "state"), "ARB_KEYSTORE_PASSPHRASE": PHRASE}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "arb.accounts", "keys", *arguments, env=environment,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def signers(network: Localnet, account: str) -> dict[str, int]:
    """Weights of an account's keys on the ledger."""
    async with aiohttp.ClientSession() as session, session.get(f"{network.url}/accounts/{account}") as answer:
        return {signer["key"]: signer["weight"] for signer in (await answer.json())["signers"] if signer["weight"]}


async def refusal_of(network: Localnet, account: str, seed: bytes) -> str:
    """What the ledger says to a payment of this account signed with this seed."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{network.url}/accounts/{account}") as answer:
            sequence = int((await answer.json())["sequence"])
        builder = TransactionBuilder(Account(account, sequence), PASSPHRASE, base_fee=1000).set_timeout(3000)
        theft = builder.append_payment_op(Keypair.random().public_key, Asset.native(), "1").build()
        theft.sign(Keypair.from_raw_ed25519_seed(seed))
        async with session.post(f"{network.url}/transactions", data={"tx": theft.to_xdr()}) as answer:
            return str((await answer.json())["extras"]["result_codes"]["transaction"])


async def exchanged(accounts: AccountsService) -> list[KeyExchanged]:
    return [r.fact async for r in accounts.bus.store.replay(every("account")) if isinstance(r.fact, KeyExchanged)]


async def still_signs(accounts: AccountsService, network: Localnet, ready: Accounts, keys: dict[str, Key]) -> None:
    """A trade's envelope comes back with the signatures of the keys in force."""
    trading, channel, *_ = (summary.account for summary in ready.accounts)
    async with aiohttp.ClientSession() as session, session.get(f"{network.url}/ledgers?order=desc&limit=1") as last:
        closed = (await last.json())["_embedded"]["records"][0]["closed_at"]
    basket = build_basket(
        [Cycle((NATIVE, USDC, NATIVE), 100, 101)],
        channel=channel,
        trading=trading,
        sequence=1,
        fee=1000,
        max_time=int(datetime.fromisoformat(closed).timestamp()) + 100,
        passphrase=PASSPHRASE,
    )
    command = SignTransaction(command_id="sign", trade_id="trade-1", envelope_xdr=basket.envelope_xdr)
    answer = await accounts.bus.request(command, SignedTransaction, timeout=5)
    envelope = TransactionEnvelope.from_xdr(answer.envelope_xdr, PASSPHRASE)
    for account, decorated in zip((channel, trading), envelope.signatures, strict=True):
        Keypair.from_public_key(keys[account].signer).verify(envelope.hash(), decorated.signature)


async def test_after_an_exchange_the_old_key_signs_nothing_and_the_new_one_everything(
    service: Started, network: Localnet, tmp_path: Path
) -> None:
    async with service(NUM_ACCOUNTS="2") as accounts:
        # Given accounts in use, and keys to come for all of them
        before = await accounts.until_ready()
        assert (await keytool(tmp_path, "renew", "--role", "trading"))[0] == 2, "the service holds the keystore"
        assert await accounts.end() == 0
        old = stored(tmp_path)
        assert (await keytool(tmp_path, "backup", str(tmp_path / "early")))[0] == 0
        code, said = await keytool(tmp_path, "renew", "--role", "trading", "--json")
        assert (code, len(json.loads(said)["keys"])) == (0, 1)
        assert (await keytool(tmp_path, "renew", "--role", "channel"))[0] == 0
        coming = {account: key.coming.public for account, key in stored(tmp_path).items() if key.coming is not None}
        assert len(coming) == 3
        # a second time changes nothing: the same keys are to come
        assert (await keytool(tmp_path, "renew", "--role", "channel"))[0] == 0
        assert {a: key.coming.public for a, key in stored(tmp_path).items() if key.coming is not None} == coming

        # When the service starts
        await accounts.start()
        after = await accounts.until_ready()

        # Then the same accounts have other keys, on the ledger, in the keystore and on the record
        assert [a.account for a in after.accounts] == [a.account for a in before.accounts]
        for account, key in old.items():
            assert await signers(network, account) == {coming[account]: 1}
            assert await refusal_of(network, account, key.seed or b"") == "tx_bad_auth"
        facts = await exchanged(accounts)
        assert {(f.account, f.old_signer, f.new_signer, f.other_signers) for f in facts} == {
            (account, account, new, ()) for account, new in coming.items()
        }
        now = stored(tmp_path)
        assert {account: (key.signer, key.coming) for account, key in now.items()} == {
            account: (new, None) for account, new in coming.items()
        }
        await still_signs(accounts, network, after, now)
        assert await accounts.booked() == await on_ledger(network, after)
        # and no seed is in log or listing
        assert await accounts.end() == 0
        listing = (await keytool(tmp_path, "list"))[1]
        assert f"signed for by {coming[after.accounts[0].account]}" in listing
        seeds = [Keypair.from_raw_ed25519_seed(k.seed).secret for k in (*old.values(), *now.values()) if k.seed]
        assert [seed for seed in seeds if seed in accounts.log + listing] == []

        # And it goes on with the new keys after a restart: a trustline more is the trading account's own transaction
        await accounts.start(ARB_ASSETS=f"EURX:{USDC.issuer}")
        await accounts.until_settled(3)
        assert f"EURX:{USDC.issuer}" in {b.asset for b in (await accounts.until_ready()).accounts[0].balances}
        settled = [
            r.fact
            async for r in accounts.bus.store.replay(every("account"))
            if isinstance(r.fact, AccountTransactionSettled)
        ]
        assert [fact.outcome for fact in settled] == ["success"] * 3
        assert await accounts.end() == 0

        # And a backup from before is not taken for the present keys
        code, said = await keytool(tmp_path, "restore", str(tmp_path / "early"))
        assert (code, "lacks keys" in said) == (2, True)
        os.replace(tmp_path / "state" / "keystore.json", tmp_path / "moved")  # noqa: PTH105
        assert (await keytool(tmp_path, "restore", str(tmp_path / "early")))[0] == 0
        await accounts.start()
        assert await accounts.ended() == 2
        assert "restore a backup made after `arb keys renew`" in accounts.log


async def test_a_kill_in_any_gap_loses_no_key_and_exchanges_once(
    service: Started, network: Localnet, tmp_path: Path
) -> None:
    async with service(NUM_ACCOUNTS="1") as accounts:
        ready = await accounts.until_ready()
        trading, channel = (summary.account for summary in ready.accounts)
        assert await accounts.end() == 0
        for place in GAPS:
            # Given a key to come, and a service that dies at a place between the keystore's write and the end of it
            account, role = (channel, "channel") if place == GAPS[-1] else (trading, "trading")
            assert (await keytool(tmp_path, "renew", "--role", role))[0] == 0
            coming = stored(tmp_path)[account].coming
            assert coming is not None
            await accounts.start(ARB_FAILPOINT=place)
            assert await accounts.ended() == -signal.SIGKILL, place
            # When it starts again, then the key is in force, and never was there none
            await accounts.start(ARB_FAILPOINT=place)
            await accounts.until_ready()
            assert await accounts.end() == 0
            key = stored(tmp_path)[account]
            assert (key.signer, key.seed, key.coming) == (coming.public, coming.seed, None), place
            assert await signers(network, account) == {coming.public: 1}, place

        # Each exchange is on record once, in a chain from key to key
        facts = await exchanged(accounts)
        assert len(facts) == len(GAPS)
        for account in (trading, channel):
            chain = [(fact.old_signer, fact.new_signer) for fact in facts if fact.account == account]
            assert [old for old, _ in chain] == [account, *(new for _, new in chain[:-1])]
        signed = [
            r.fact
            async for r in accounts.bus.store.replay(every("account"))
            if isinstance(r.fact, AccountTransactionSigned) and r.fact.purpose == "exchange_keys"
        ]
        assert len({fact.tx_hash for fact in signed}) == len(signed) == len(GAPS)
