"""The records of our own accounts: loaded from the log, written by this service alone."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from random import Random
from typing import Final, TypeVar

import structlog

from arb.accounts.domain import record as decider
from arb.accounts.domain.record import AccountCommand, AccountRecord
from arb.accounts.errors import ForeignKeystore
from arb.eventlog.errors import StoreFullError, StoreUnavailableError, WrongVersionError
from arb.eventlog.keeper import Keeper
from arb.eventlog.ports import EventStore
from arb.messages.events.account import AccountAdopted
from arb.messages.subjects import account, every
from arb.runtime.retry import Backoff, retrying

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

_PATIENCE: Final = Backoff(first=0.1, longest=2.0)


class Books:
    """One record per own account. A write is repeated until the log has it, however often the bus goes away."""

    def __init__(self, store: EventStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._keeper: Keeper[AccountCommand, AccountRecord] = Keeper(store, now, decider, every("account"))
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
        for fact in adopted:
            aggregate = account(fact.account)
            self._records[fact.account] = (await self._patiently(partial(self._keeper.reread, aggregate))).state
        if any(self._records[fact.account].adopted is None for fact in adopted):
            await self._refuse_missing_keys(adopted)
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

    async def _refuse_missing_keys(self, adopted: list[AccountAdopted]) -> None:
        networks = {fact.network_passphrase for fact in adopted}
        held = {fact.account for fact in adopted}
        async for recorded in self._store.replay(every("account")):
            fact = recorded.fact
            if isinstance(fact, AccountAdopted) and fact.network_passphrase in networks and fact.account not in held:
                raise ForeignKeystore(
                    f"the event log says that {fact.account} ({fact.role} {fact.index}) is ours, but the keystore has"
                    " no key for it: give the keystore that belongs to this log, or begin with a new log"
                )
