"""Keeping our accounts: watches the ledger, books what it shows, and does one chore after another."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Final

from structlog.stdlib import BoundLogger

from arb.accounts.anchors import Anchors
from arb.accounts.books import Books
from arb.accounts.domain.chores import (
    Anchor,
    AskFriendbot,
    AwaitFunding,
    Chore,
    CreateChannels,
    House,
    Merge,
    OpenTrustlines,
    TopUp,
    is_ready,
    may_book_opening,
    merged_away,
    next_chore,
    vanished,
)
from arb.accounts.domain.observation import Observation, opening
from arb.accounts.domain.record import booked, read_up_to
from arb.accounts.domain.settling import pause
from arb.accounts.errors import SignerFault
from arb.accounts.key_exchange import KeyExchange
from arb.accounts.outbox import Outbox
from arb.accounts.ports import Network
from arb.contracts.errors import NetworkError, RateLimited
from arb.contracts.transactions import bump_sequence, change_trust, create_account, merge_account, payment
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE
from arb.messages.events.account import AccountFunded, AccountRetired, BalancesChanged, FundingAwaited, Purpose

_QUIET: Final = 5.0
"""Seconds without news of a ledger after which the accounts are looked at all the same."""
_AFTER_THE_BURST: Final = 0.25
"""Seconds after a close until the accounts are looked at: first come those who trade on it, over the same servers."""
_FRIENDBOT_AT_ONCE: Final = 12
_MIN_FEE: Final = 100
_SIGNER_PAUSE: Final = 5.0
"""Seconds until an external signer that failed is asked again."""


class Housekeeper:
    """Three tasks run side by side: `follow` hears of ledgers, `watch` looks at them, `keep` acts on what was seen."""

    def __init__(
        self,
        house: House,
        books: Books,
        network: Network,
        outbox: Outbox,
        log: BoundLogger,
        *,
        exchange: KeyExchange | None = None,
        anchors: Anchors | None = None,
    ) -> None:
        self.house = house
        self.seen: Observation | None = None
        self.closed_at = 0
        """Close time of the last ledger heard of, unix seconds."""
        self.looked_at = float("-inf")
        """When the ledger was last seen, in monotonic seconds."""
        self._books = books
        self._network = network
        self._outbox = outbox
        self._anchors = anchors
        self._exchange = exchange
        self._log = log
        self._heard = asyncio.Event()
        self._closed = asyncio.Event()
        self._news = asyncio.Condition()
        self._friendbot_hashes: dict[str, str] = {}

    async def follow(self) -> None:
        """Wake `watch` at every close. Many closes while it looks are one."""
        async for ledger in self._network.ledgers():
            # What was once seen to close is past, whatever a node says that has fallen behind.
            self.closed_at = max(self.closed_at, ledger.closed_at)
            if ledger.base_reserve != self.house.base_reserve:
                self.house = replace(self.house, base_reserve=ledger.base_reserve)
            self._heard.set()
            self._closed.set()

    async def watch(self) -> None:
        """Look at the accounts after every close, for ever."""
        failures = 0
        while True:
            try:
                await self.look()
                failures = 0
            except NetworkError as fault:
                failures += 1
                self._log.warning("network_trouble", during="balances", reason=str(fault))
                patience = fault.retry_after if isinstance(fault, RateLimited) else min(0.5 * failures, _QUIET)
                await asyncio.sleep(patience)
                continue
            try:
                async with asyncio.timeout(_QUIET):
                    await self._closed.wait()
                if is_ready(self.house, self._books.records, self.seen):
                    await asyncio.sleep(_AFTER_THE_BURST)
            except TimeoutError:
                pass
            self._closed.clear()

    async def look(self) -> None:
        """One look: opening balances of accounts that are new on the ledger, then every balance that changed."""
        house = self.house
        seen = await self._network.observe(house.accounts, house.trading, house.assets)
        if self.seen is not None and seen.ledger < self.seen.ledger:
            return
        await self._book_openings(seen)
        await self._retire_merged(seen)
        for account in house.accounts:
            balances = seen.balances(account)
            record = self._books.records[account]
            if record.funded and balances and balances != record.balances:
                changed = BalancesChanged(account=account, ledger=seen.ledger, balances=balances)
                await self._books.write(account, changed)
        async with self._news:
            self.seen = seen
            self.looked_at = time.monotonic()
            self._news.notify_all()

    async def keep(self) -> None:
        """Do what there is to do, one chore at a time, each decided on a look that is newer than the one before."""
        decided = 0
        told = False
        while True:
            trading = self._books.records[self.house.trading]
            if trading.open is not None:
                await self._outbox.follow(trading.open)
                continue
            seen = await self.seen_after(max(decided, trading.last_ledger - 1))
            decided = seen.ledger
            gone = vanished(self.house, self._books.records, seen)
            if gone and not told:
                self._log.error("accounts_vanished", accounts=gone, advice="the network was reset: begin with a new"
                                " ARB_STATE_DIR (keystore and event log)")  # fmt: skip
            told = bool(gone)
            if await self._exchange_keys(seen):
                continue
            chore = next_chore(self.house, self._books.records, seen, self.closed_at)
            if chore is None and self._anchors is not None and is_ready(self.house, self._books.records, seen):
                chore = self._anchors.due()
            if chore is not None:
                await self._patiently(type(chore).__name__, self._do(chore, seen))

    async def seen_after(self, ledger: int) -> Observation:
        """The last look, once it shows a ledger after this one. Every opening it shows is booked by then."""
        async with self._news:
            while self.seen is None or self.seen.ledger <= ledger:
                await self._news.wait()
            return self.seen

    async def _book_openings(self, seen: Observation) -> None:
        """Book accounts that the ledger shows for the first time.

        Not while a transaction of ours is open, or was settled after this look: what is seen and what is booked would
        be of different moments, and its changes would count twice. Nor when ledgers after this look are read: what
        others paid in them would not count at all.
        """
        records = self._books.records
        if seen.ledger < (read_up_to(records.values()) or 0):
            return
        for account in self.house.accounts:
            trading = records[self.house.trading]
            held = seen.accounts.get(account)
            if held is None or records[account].funded or not may_book_opening(self.house, account, held):
                continue
            if trading.open is not None or trading.last_ledger > seen.ledger:
                return
            changes = opening(seen, account, booked(records.values(), account))
            funded = AccountFunded(
                account=account, ledger=seen.ledger, tx_hash=self._friendbot_hashes.get(account), changes=changes
            )
            await self._books.write(account, funded)
            self._log.info("account_funded", account=account, ledger=seen.ledger, balance=held.balance)

    async def _retire_merged(self, seen: Observation) -> None:
        """Not on a look from before a transaction of ours: an account that was just made is not on it either."""
        trading = self._books.records[self.house.trading]
        if trading.open is not None or trading.last_ledger > seen.ledger:
            return
        for channel in merged_away(self.house, self._books.records, seen):
            await self._books.write(channel, AccountRetired(account=channel, ledger=seen.ledger))
            self._log.info("account_retired", account=channel, ledger=seen.ledger)

    async def _exchange_keys(self, seen: Observation) -> bool:
        """Whether keys are being exchanged: nothing else is signed until then."""
        exchange = self._exchange
        if exchange is None or not exchange.pending or self.house.trading not in seen.accounts:
            return False
        await self._patiently("ExchangeKeys", self._hand_over(exchange, seen))
        return exchange.under_way

    async def _hand_over(self, exchange: KeyExchange, seen: Observation) -> None:
        steps = await exchange.step(seen)
        if steps:
            packed = [operation for _, operations in steps for operation in operations]
            cosigners = tuple(account for account, _ in steps if account != self.house.trading)
            await self._transact("exchange_keys", packed, seen, cosigners=cosigners)

    async def _patiently(self, what: str, work: Awaitable[None]) -> None:
        """Do it; a network or an external signer that fails costs a pause."""
        try:
            await work
        except NetworkError as fault:
            self._log.warning("network_trouble", during=what, reason=str(fault))
            await asyncio.sleep(1.0)
        except SignerFault as fault:
            self._log.error("signer_failed", during=what, reason=str(fault))
            await asyncio.sleep(_SIGNER_PAUSE)

    async def _do(self, chore: Chore, seen: Observation) -> None:
        match chore:
            case AskFriendbot(accounts):
                await self._ask_friendbot(accounts)
            case AwaitFunding(account, minimum):
                if self._books.records[account].awaited != minimum:
                    await self._books.write(account, FundingAwaited(account=account, minimum=minimum))
                    self._log.warning("funding_awaited", account=account, minimum=minimum)
            case CreateChannels(channels, starting):
                created = [create_account(channel, starting) for channel in channels]
                await self._transact("create_account", created, seen)
            case OpenTrustlines(assets):
                await self._transact("trustlines", [change_trust(asset, INT64_MAX) for asset in assets], seen)
            case TopUp(payments):
                paid = [payment(channel, NATIVE, amount) for channel, amount in payments]
                await self._transact("top_up", paid, seen)
            case Merge(channels):
                merged = [merge_account(channel, self.house.trading) for channel in channels]
                await self._transact("merge", merged, seen, cosigners=channels)
            case Anchor(sequence, hash_):
                assert self._anchors is not None
                await self._transact("anchor", [bump_sequence(0)], seen, memo_hash=hash_)
                self._anchors.done(chore)
                self._log.info("record_anchored", sequence=sequence, hash=hash_.hex())

    async def _transact(
        self,
        purpose: Purpose,
        operations: list[bytes],
        seen: Observation,
        *,
        memo_hash: bytes | None = None,
        cosigners: tuple[str, ...] = (),
    ) -> None:
        # What a transaction's life is counted from is the network's time, which nobody's clock knows.
        await self._heard.wait()
        house = self.house
        failures = self._books.records[house.trading].failures.get(purpose, 0)
        if failures:
            # The pause may outlive the look that this was decided on, but nobody else uses this account's numbers.
            await asyncio.sleep(pause(failures))
        fee = min(max(await self._network.fee_per_operation(), _MIN_FEE), house.max_fee_per_operation)
        sequence = seen.accounts[house.trading].sequence + 1
        await self._outbox.transact(
            purpose,
            house.trading,
            operations,
            sequence=sequence,
            fee=fee * len(operations),
            memo_hash=memo_hash,
            cosigners=cosigners,
        )

    async def _ask_friendbot(self, accounts: tuple[str, ...]) -> None:
        turn = asyncio.Semaphore(_FRIENDBOT_AT_ONCE)

        async def ask(account: str) -> None:
            async with turn:
                tx_hash = await self._network.ask_friendbot(account)
            if tx_hash is not None:
                self._friendbot_hashes[account] = tx_hash

        answers = await asyncio.gather(*(ask(account) for account in accounts), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
