"""Brings keys that leaked out of force: the ledger takes the new one, the record says so, and then the old one goes.

The new key is in the keystore before this begins (`arb keys renew`). Whatever dies in between, the next start looks at
the ledger and goes on from what it says.
"""

from collections.abc import Mapping
from typing import Protocol

from structlog.stdlib import BoundLogger

from arb.accounts.books import Books
from arb.accounts.domain.exchange import Exchange, Step, judge, operations, others
from arb.accounts.domain.observation import Observation
from arb.accounts.ports import Network
from arb.contracts.account_signers import AccountSigners
from arb.messages.events.account import KeyExchanged


class Keys(Protocol):
    """The keys that sign."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Keys that are to be exchanged."""
        ...

    async def exchange(self, account: str) -> None:
        """From now on the coming key signs for this account."""
        ...


class KeyExchange:
    """What is left to do for keys that are to be exchanged."""

    def __init__(self, keys: Keys, books: Books, network: Network, log: BoundLogger) -> None:
        self._keys = keys
        self._books = books
        self._network = network
        self._log = log
        self._told: set[Exchange] = set()
        self.under_way = False
        """Whether the last step left something that goes on: until it has ended nothing else is to be signed."""

    @property
    def pending(self) -> bool:
        """Whether a key is to be exchanged."""
        return bool(self._keys.exchanges)

    async def finish_recorded(self) -> None:
        """Put keys in force of which the record says that the ledger takes them: the keystore was not written then."""
        for exchange in self._keys.exchanges:
            if self._books.records[exchange.account].signer == exchange.new:
                await self._keys.exchange(exchange.account)

    async def step(self, seen: Observation) -> list[tuple[str, list[bytes]]]:
        """Put keys in force that the ledger takes by now; returns accounts with operations by which others will be."""
        waiting = tuple(exchange for exchange in self._keys.exchanges if exchange.account in seen.accounts)
        self.under_way = bool(waiting)
        if not waiting:
            return []
        ledger, found = await self._network.signers(tuple(exchange.account for exchange in waiting))
        if ledger < seen.ledger:
            return []  # of another server, which lags: at the next ledger
        step = judge(waiting, found)
        self._complain(step, found)
        self.under_way = bool(step.to_do)
        for exchange in step.done:
            await self._in_force(exchange, ledger, others(exchange, found[exchange.account]))
        return [(exchange.account, operations(exchange, found[exchange.account])) for exchange in step.to_do]

    async def _in_force(self, exchange: Exchange, ledger: int, beside: tuple[str, ...]) -> None:
        fact = KeyExchanged(
            account=exchange.account,
            ledger=ledger,
            old_signer=exchange.old,
            new_signer=exchange.new,
            other_signers=beside,
        )
        if self._books.records[exchange.account].signer != exchange.new:
            await self._books.write(exchange.account, fact)
        await self._keys.exchange(exchange.account)
        self._log.warning("key_exchanged", account=exchange.account, old=exchange.old, new=exchange.new, ledger=ledger)
        if beside:
            told = "the ledger takes these keys too, and this service never gave them weight"
            self._log.error("other_signers", account=exchange.account, signers=beside, advice=told)

    def _complain(self, step: Step, found: Mapping[str, AccountSigners]) -> None:
        for exchange in step.stuck:
            if exchange not in self._told:
                self._told.add(exchange)
                weights = dict(found[exchange.account].weights)
                told = "no key of ours may change this account's signers alone: somebody else did"
                self._log.error("key_not_exchanged", account=exchange.account, weights=weights, advice=told)
