"""Composition root: keys from the keystore, records from the log, the network, and the tasks that tie them together."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NoReturn

from arb.accounts.adapters.keyring import Keyring
from arb.accounts.adapters.keystore import Keystore
from arb.accounts.adapters.keystore_format import Key
from arb.accounts.adapters.signers import ExternalSigner, KeystoreSigner
from arb.accounts.adapters.stellar import StellarNetwork
from arb.accounts.anchors import Anchors
from arb.accounts.app import AccountDesk
from arb.accounts.books import Books
from arb.accounts.domain.chores import House
from arb.accounts.domain.policy import Present, SigningPolicy
from arb.accounts.errors import KeystoreError
from arb.accounts.handlers import router
from arb.accounts.housekeeping import Housekeeper
from arb.accounts.key_exchange import KeyExchange
from arb.accounts.outbox import Outbox
from arb.accounts.ports import Signatory
from arb.accounts.reading import HistoryReader
from arb.accounts.sequences import SeenSequences
from arb.accounts.settings import AccountsSettings
from arb.accounts.signing import SigningDesk
from arb.contracts.errors import NetworkError
from arb.contracts.horizon import HorizonClient
from arb.contracts.http import HttpSession
from arb.contracts.rpc import RpcClient
from arb.messages.events.account import AccountAdopted
from arb.runtime.errors import EXIT_SETTINGS, StartupError
from arb.runtime.service import Context, Service, run_service
from arb.runtime.snapshots import Snapshots

Task = Callable[[], Coroutine[Any, Any, None]]

BASE_RESERVE = 5_000_000
"""Stroops, until the first ledger says it."""
STALE_SECONDS = 30.0


async def build(context: Context[AccountsSettings]) -> Service:
    """Open the keystore, adopt its accounts, and say what runs. StartupError when the keys are the wrong ones."""
    settings = context.settings
    keystore = await _open_keystore(settings)
    context.resources.callback(keystore.close)
    keyring = Keyring(keystore, partial(_signatory, settings=settings))
    accounts = {key.place: key.address for key in keystore.keys}
    books = Books(context.bus.store, context.clock.now)
    snapshots = Snapshots(context.bus.snapshots, context.bus.store, context.log)
    await snapshots.restore("books", books)
    try:
        await books.adopt(
            AccountAdopted(account=account, role=role, index=index, network_passphrase=settings.network_passphrase)
            for (role, index), account in accounts.items()
        )
        books.require_signers({key.address: key.publics for key in keystore.keys})
    except KeystoreError as error:
        raise StartupError(str(error), EXIT_SETTINGS) from None
    http = await context.resources.enter_async_context(HttpSession())
    rpc = RpcClient(settings.rpc_urls, http=http, passphrase=settings.network_passphrase)
    context.resources.push_async_callback(rpc.close)
    network = StellarNetwork(rpc, HorizonClient(settings.horizon_url, http=http), settings.friendbot)
    channels = [account for (role, _), account in sorted(accounts.items()) if role == "channel"]
    house = House(
        trading=accounts["trading", 0],
        channels=tuple(channels[: settings.num_accounts]),
        retiring=tuple(channels[settings.num_accounts :]),
        assets=settings.assets,
        friendbot=settings.friendbot is not None,
        channel_minimum=settings.channel_minimum,
        channel_target=settings.channel_target,
        base_reserve=BASE_RESERVE,
        max_fee_per_operation=settings.max_fee_per_operation,
    )
    passphrase = settings.network_passphrase

    def present() -> Present:
        return Present(keeper.closed_at, context.clock.micros() // 1_000_000)

    exchange = KeyExchange(keyring, books, network, context.log)
    await exchange.finish_recorded()
    outbox = Outbox(network, books, keyring, passphrase, present, context.log)
    anchors = Anchors(context.bus.store, settings.audit_anchor_seconds, context.log) if settings.audit_anchor else None
    keeper = Housekeeper(house, books, network, outbox, context.log, exchange=exchange, anchors=anchors)
    reader = HistoryReader(house.trading, house.accounts, books, network, keeper.seen_after, context.log)
    policy = SigningPolicy(
        house.trading,
        frozenset(house.channels),
        settings.max_signed_fee,
        settings.max_signed_amount,
        route_executors=frozenset(filter(None, (settings.route_executor_contract_id,))),
        retiring=frozenset(house.retiring),
    )
    sequences = SeenSequences(network, lambda: keeper.seen)
    signing = SigningDesk(books, keyring, policy, passphrase, present, sequences, keyring.awaits)

    right_network = asyncio.Event()

    async def check_network() -> None:
        """Look which network the endpoints serve, before anything is signed for it or read from it."""
        while True:
            try:
                wrong = await network.check(passphrase)
            except NetworkError as fault:
                context.log.warning("network_trouble", during="start", reason=str(fault))
                await asyncio.sleep(1.0)
                continue
            if wrong:
                raise StartupError(wrong, EXIT_SETTINGS)
            right_network.set()
            return

    def then(task: Task) -> Task:
        async def run() -> None:
            await right_network.wait()
            await task()

        return run

    async def ledger_check() -> str | None:
        age = time.monotonic() - keeper.looked_at
        return None if age < STALE_SECONDS else "the ledger has not been seen for a while"

    return Service(
        routers=(router(AccountDesk(books, keeper, keyring.awaits), signing),),
        tasks={
            "network": check_network,
            "books": books.follow,
            "snapshots": lambda: snapshots.keep("books", books),
            "ledgers": then(keeper.follow),
            "balances": then(keeper.watch),
            "chores": then(keeper.keep),
            "transactions": then(reader.follow),
            **({} if anchors is None else {"anchors": anchors.follow}),
        },
        checks={"ledger": ledger_check},
    )


def _signatory(key: Key, settings: AccountsSettings) -> Signatory:
    if key.seed is not None:
        return KeystoreSigner(key.seed)
    if not settings.signer_command:
        raise StartupError(
            f"{key.role} {key.index} ({key.address}) has no secret key in the keystore: set ARB_SIGNER_COMMAND",
            EXIT_SETTINGS,
        )
    return ExternalSigner(key.signer, settings.signer_command, settings.network_passphrase, settings.signer_seconds)


async def _open_keystore(settings: AccountsSettings) -> Keystore:
    """The keystore with all keys made. Deriving its key takes a fifth of a second: beside the event loop."""
    path = settings.keystore_path
    try:
        passphrase = settings.read_passphrase().get_secret_value()
        keystore = await asyncio.to_thread(Keystore.open, path, passphrase, settings.network_passphrase)
        await asyncio.to_thread(keystore.ensure, settings.num_accounts)
    except KeystoreError as error:
        raise StartupError(str(error), EXIT_SETTINGS) from None
    except UnicodeDecodeError:
        reason = f"ARB_KEYSTORE_PASSPHRASE_FILE={settings.keystore_passphrase_file} is not text"
        raise StartupError(reason, EXIT_SETTINGS) from None
    except OSError as error:
        raise StartupError(f"the keystore {path} cannot be used: {error}", EXIT_SETTINGS) from None
    return keystore


def main() -> NoReturn:
    """Run the accounts service."""
    run_service("accounts", AccountsSettings, build)
