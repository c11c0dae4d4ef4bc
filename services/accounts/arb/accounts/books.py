"""The records of our own accounts: loaded from the log, written by this service alone."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from random import Random
from typing import Final, TypeVar

import structlog

from arb.accounts.book_image import SCHEMA, books_of, lines_of
from arb.accounts.domain import record as decider
from arb.accounts.domain.record import AccountCommand, AccountRecord
from arb.accounts.errors import ForeignKeystore
from arb.eventlog import EventStore, Keeper, Place, Recorded
from arb.eventlog.errors import EventLogError, StoreFullError, StoreUnavailableError, WrongVersionError
from arb.messages.events.account import AccountAdopted, AccountTransactionSigned, TradeEnvelopeSigned
from arb.messages.subjects import account, every
from arb.runtime.retry import Backoff, retrying

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

_PATIENCE: Final = Backoff(first=0.1, longest=2.0)


class Books:
    """One record per own account. A write is repeated until the log has it, however often the bus goes away."""

    schema = SCHEMA

    def __init__(self, store: EventStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._keeper: Keeper[AccountCommand, AccountRecord] = Keeper(
            store, now, decider, every("account"), folded=self._folded
        )
        self._records: dict[str, AccountRecord] = {}
        self._writing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._random = Random()

    @property
    def records(self) -> Mapping[str, AccountRecord]:
        return self._records

    async def adopt(self, accounts: Iterable[AccountAdopted]) -> None:
        """Load the records of these accounts and record those that are new.

        ForeignKeystore when the log knows an account of ours that is not among them: its key is missing, and to go on
        without it would leave money behind.
        """
        adopted = list(accounts)
        await self._patiently(self._keeper.load)
        for fact in adopted:
            self._records[fact.account] = self._keeper.get(account(fact.account)).state
        if any(self._records[fact.account].adopted is None for fact in adopted):
            self._refuse_missing_keys(adopted)
        for fact in adopted:
            if self._records[fact.account].adopted is None:
                await self.write(fact.account, fact)

    def require_signers(self, keys: Mapping[str, frozenset[str]]) -> None:
        """`keys`: public halves the keystore has, by account. ForeignKeystore when one was exchanged for another."""
        for account_id, publics in keys.items():
            signer = self._records[account_id].signer
            if signer is not None and signer not in publics:
                raise ForeignKeystore(
                    f"the event log says that {signer} signs for {account_id} by now, but the keystore has an older"
                    " key: restore a backup made after `arb keys renew`"
                )

    async def follow(self) -> None:
        """Read back what is recorded of accounts, without end: own events, and those of a service beside this one."""
        try:
            await self._keeper.follow()
        except EventLogError as error:
            log.error("accounts_not_followed", reason=str(error))

    @property
    def place(self) -> Place:
        """The event up to which every one of an account is folded in."""
        return self._keeper.place

    def image(self) -> Iterator[bytes] | None:
        """See Fold: at a moment at which no event of ours is ahead of what others wrote before it."""
        if not self._keeper.settled:
            return None
        return lines_of({one.id: kept for one, kept in self._keeper.kept.items()})

    def restore(self, lines: list[bytes], place: Place) -> None:
        """See Fold: before `adopt`, which then only reads what came since."""
        self._keeper.restore({account(name): kept for name, kept in books_of(lines).items()}, place)

    async def write(
        self, account_id: str, command: AccountCommand, *, correlation: str | None = None, attempts: int = 1
    ) -> AccountRecord:
        """Append what is news to one account's events and return its record. Waits while the store is unavailable.

        Raises WrongVersionError when another process writes the same account: this one must not go on. With more than
        one of `attempts`, what the other wrote is read instead and the command decided again.
        """
        while True:
            attempts -= 1
            try:
                return await self._write(account_id, command, correlation)
            except WrongVersionError:
                log.warning("account_written_by_another", account=account_id)
                if attempts < 1:
                    raise

    async def signed(self, account_id: str, tx_hash: str) -> bool:
        """Whether this transaction was signed here with the account as its source. Waits as `write` does."""
        if account_id not in self._records:
            return False
        if tx_hash in self._records[account_id].signed:
            return True
        # An older one, or one of another process with the same keys: the log knows them all.
        events = await self._patiently(partial(self._store.load, account(account_id)))
        signed = (AccountTransactionSigned, TradeEnvelopeSigned)
        return any(isinstance(each.fact, signed) and each.fact.tx_hash == tx_hash for each in events)

    async def _write(self, account_id: str, command: AccountCommand, correlation: str | None) -> AccountRecord:
        aggregate = account(account_id)
        async with self._writing[account_id]:
            known = await self._patiently(partial(self._keeper.current, aggregate))
            facts = decider.decide(known.state, command)
            # A repeated write names the same head, so that a first one whose answer got lost is recognised.
            state = await self._patiently(
                lambda: self._keeper.record(aggregate, facts, expected=known.head, correlation=correlation)
            )
            self._records[account_id] = state
            return state

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        async def loudly() -> T:
            try:
                return await work()
            except StoreFullError as error:
                log.error("record_full", reason=str(error))
                raise

        unstored = (StoreUnavailableError, StoreFullError)
        return await retrying(loudly, on=unstored, random=self._random, backoff=_PATIENCE)

    def _refuse_missing_keys(self, adopted: list[AccountAdopted]) -> None:
        networks = {fact.network_passphrase for fact in adopted}
        held = {fact.account for fact in adopted}
        for kept in self._keeper.kept.values():
            fact = kept.state.adopted
            if fact is not None and fact.network_passphrase in networks and fact.account not in held:
                raise ForeignKeystore(
                    f"the event log says that {fact.account} ({fact.role} {fact.index}) is ours, but the keystore has"
                    " no key for it: give the keystore that belongs to this log, or begin with a new log"
                )

    def _folded(self, recorded: Recorded, before: AccountRecord, after: AccountRecord) -> None:
        if recorded.aggregate.id in self._records:
            self._records[recorded.aggregate.id] = after
