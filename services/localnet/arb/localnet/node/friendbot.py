"""Friendbot: gives new accounts 10,000 XLM by real transactions, all that ask within a ledger in one."""

import asyncio
from hashlib import sha256
from typing import Final

import structlog
from stellar_sdk import Account as SdkAccount
from stellar_sdk import Keypair, TransactionBuilder, xdr

from arb.localnet.ledger import keys
from arb.localnet.ledger.entries import Account
from arb.localnet.node.node import Node
from arb.localnet.node.queue import PENDING_LEDGERS, Status
from arb.localnet.node.records import TransactionRecord
from arb.localnet.node.trades import operation_results

STARTING_BALANCE: Final = 10_000
"""XLM given to a new account."""
_FRIENDBOT_BALANCE: Final = 10_000_000_000
_BATCH: Final = 100
_FEE: Final = 10_000
_LIFE_SECONDS: Final = 300

log = structlog.get_logger("localnet.friendbot")


class AccountExistsError(Exception):
    """The account to be created is there already."""


class FriendbotBusyError(Exception):
    """The account was not created in time."""


class Friendbot:
    """One account that creates others. Requests that come while a ledger is open share its next transaction."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._key = Keypair.from_raw_ed25519_seed(sha256(b"friendbot " + node.network_id).digest())
        self._asking: dict[str, list[asyncio.Future[TransactionRecord]]] = {}
        self._sent: tuple[bytes, list[str], int] | None = None  # hash, accounts, ledger it waits for at the latest
        node.on_before_close(self._submit)
        node.on_after_close(lambda _closed: self._settle())

    def open_account(self) -> None:
        """Create friendbot's own account from the root account; before the clock runs."""
        root = self._node.root_keypair()
        builder = self._builder(root.public_key)
        builder.append_create_account_op(self._key.public_key, str(_FRIENDBOT_BALANCE))
        envelope = builder.build()
        envelope.sign(root)
        answer = self._node.submit(envelope.to_xdr_object())
        self._node.close_now()
        if answer.status is not Status.PENDING or self._account(self._key.public_key) is None:
            raise RuntimeError(f"friendbot's account could not be created: {answer}")

    async def fund(self, account_id: str, timeout: float) -> TransactionRecord:
        """Create an account; answers the transaction that did.

        Raises:
            AccountExistsError: it exists.
            FriendbotBusyError: no ledger had created it after `timeout` seconds.
        """
        if self._account(account_id) is not None:
            raise AccountExistsError(account_id)
        future: asyncio.Future[TransactionRecord] = asyncio.get_running_loop().create_future()
        self._asking.setdefault(account_id, []).append(future)
        try:
            return await asyncio.wait_for(future, timeout)
        except TimeoutError:
            raise FriendbotBusyError(account_id) from None

    def _account(self, account_id: str) -> Account | None:
        entry = self._node.ledger.root.get(keys.account_key(account_id))
        return entry if isinstance(entry, Account) else None

    def _builder(self, source: str) -> TransactionBuilder:
        account = self._account(source)
        assert account is not None, f"{source} does not exist"
        known = SdkAccount(source, account.seq_num)
        builder = TransactionBuilder(known, self._node.network_passphrase, base_fee=_FEE)
        return builder.add_time_bounds(0, self._node.latest_close() + _LIFE_SECONDS)

    def _submit(self) -> None:
        """Before a close: one transaction that creates all accounts asked for, up to a hundred."""
        self._asking = {name: waiting for name, waiting in self._asking.items() if not all(f.done() for f in waiting)}
        if self._sent is not None or not self._asking:
            return
        batch = list(self._asking)[:_BATCH]
        builder = self._builder(self._key.public_key)
        for account_id in batch:
            builder.append_create_account_op(account_id, str(STARTING_BALANCE))
        envelope = builder.build()
        envelope.sign(self._key)
        answer = self._node.submit(envelope.to_xdr_object())
        if answer.status is Status.PENDING:
            self._sent = (answer.hash, batch, self._node.ledger.last.seq + PENDING_LEDGERS)
        else:
            code = answer.result.code.name if answer.result is not None else None
            log.warning("friendbot was refused", status=answer.status.value, code=code, accounts=len(batch))

    def _settle(self) -> None:
        """After a close: answer those whose account is there; the rest go into the next transaction."""
        if self._sent is None:
            return
        tx_hash, batch, until = self._sent
        record = self._node.history.transaction(tx_hash)
        if record is None:
            if self._node.ledger.last.seq >= until:
                self._sent = None  # aged out of the queue of a busy network: asked for again
            return
        self._sent = None
        failed = set() if record.successful else _not_created(record, batch)
        for account_id in batch:
            if not record.successful and account_id not in failed:
                continue  # another's fault: asked for again before the next close
            for future in self._asking.pop(account_id, ()):
                if future.done():
                    continue
                if record.successful:
                    future.set_result(record)
                else:
                    future.set_exception(AccountExistsError(account_id))


def _not_created(record: TransactionRecord, batch: list[str]) -> set[str]:
    """The accounts of a failed batch whose own operation failed."""
    results = operation_results(xdr.TransactionResult.from_xdr_bytes(record.result_xdr))
    success = xdr.CreateAccountResultCode.CREATE_ACCOUNT_SUCCESS
    return {
        account_id
        for account_id, result in zip(batch, results, strict=False)
        if result.tr is None
        or result.tr.create_account_result is None
        or result.tr.create_account_result.code != success
    }
