"""The market from Horizon and RPC: a snapshot of offers and pools once, then what every ledger's transactions changed.

Horizon's ledger stream says when a ledger closed, RPC's getTransactions what it did. When RPC no longer holds a ledger
that was missed, the snapshot is taken again. Pages of a snapshot come from several ledgers: every entry carries the
ledger that left it as it is, and the changes since before the first page are laid over it in order.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from itertools import combinations, permutations
from typing import Final

import structlog

from arb.contracts.errors import LaggingNode, NetworkError, RateLimited, Rejected
from arb.contracts.horizon import HorizonClient
from arb.contracts.market_changes import market_changes
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import TransactionsPage
from arb.markets.asset import Asset
from arb.runtime.clock import Clock
from arb.scanner.adapters.horizon_records import offer_seen, pool_seen
from arb.scanner.domain.picture import pair_of
from arb.scanner.ports import LedgerClose, LedgerUpdate, Seen

log = structlog.stdlib.get_logger(__name__)

_PAGE: Final = 200
_LEDGERS_BEFORE: Final = 3
"""A Horizon behind a balancer may answer a page from a little before the ledger its stream announced."""

_POLL_SECONDS: Final = 0.03
_PATIENCE_SECONDS: Final = 5.0
"""How long RPC may lag behind Horizon's stream before the ledger is given up and tried again."""

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0


class _LedgersMissedError(NetworkError):
    """RPC no longer holds a ledger that was not read: only a new snapshot helps."""


class _OtherNetworkError(NetworkError):
    """Horizon or RPC serves another network than the configured one: its market must not be mixed in."""


class HorizonRpcSource:
    """A MarketSource; run `watch` beside `updates`.

    passphrase: that of the network both must serve. only: the assets of interest; books and pools of other pairs are
    neither fetched nor reported. None: all.
    """

    def __init__(
        self,
        horizon: HorizonClient,
        rpc: RpcClient,
        clock: Clock,
        *,
        passphrase: str,
        only: Collection[Asset] | None = None,
    ) -> None:
        self._horizon = horizon
        self._rpc = rpc
        self._clock = clock
        self._passphrase = passphrase
        self._only = None if only is None else frozenset(only)
        self._latest: LedgerClose | None = None
        self._arrived = asyncio.Event()

    async def watch(self) -> None:
        """Follows Horizon's ledger stream, without end."""
        async for closed in self._horizon.stream_ledgers():
            self._latest = LedgerClose(closed.sequence, closed.closed_at, closed.base_fee, self._clock.micros())
            self._arrived.set()

    def newest_ledger(self) -> int:
        """The newest ledger Horizon announced, 0 before the first."""
        return 0 if self._latest is None else self._latest.ledger

    async def updates(self) -> AsyncIterator[LedgerUpdate]:
        """Endless. Faults of the network are logged, waited out and tried again; nothing is yielded meanwhile."""
        shown = 0
        pause = _FIRST_PAUSE
        while True:
            await self._closed_after(shown)
            try:
                update = await self._update(shown)
            except _LedgersMissedError as missed:
                log.warning("snapshot_again", reason=str(missed))
                shown = 0
                continue
            except NetworkError as fault:
                wait = fault.retry_after if isinstance(fault, RateLimited) else pause
                log.warning("market_unreadable", reason=str(fault), again_in=wait)
                await asyncio.sleep(wait)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            shown = update.close.ledger
            yield update

    async def closes(self) -> AsyncIterator[LedgerClose]:
        """Endless: each newest ledger as it is learnt."""
        shown = 0
        while True:
            close = await self._closed_after(shown)
            shown = close.ledger
            yield close

    async def _closed_after(self, ledger: int) -> LedgerClose:
        """The newest ledger, once it is beyond `ledger`."""
        while self._latest is None or self._latest.ledger <= ledger:
            self._arrived.clear()
            await self._arrived.wait()
        return self._latest

    async def _update(self, shown: int) -> LedgerUpdate:
        rows: list[Seen] = []
        first = shown + 1
        if shown == 0:
            await self._check_network()
            first = await self._oldest_to_replay()
            rows = await self._snapshot()
            # A page may already show a ledger that the stream has not announced yet.
            await self._closed_after(max((row.ledger for row in rows), default=1) - 1)
        close = await self._closed_after(shown)
        changes = await self._changes(first, close.ledger)
        return LedgerUpdate(close, changes=(*rows, *changes), whole=shown == 0)

    async def _check_network(self) -> None:
        served = {
            "Horizon": (await self._horizon.root()).get("network_passphrase"),
            "RPC": (await self._rpc.get_network()).passphrase,
        }
        for server, passphrase in served.items():
            if passphrase != self._passphrase:
                raise _OtherNetworkError(f"{server} serves {passphrase!r}; the settings say {self._passphrase!r}")

    async def _oldest_to_replay(self) -> int:
        oldest = (await self._rpc.get_health()).oldest_ledger
        return max(1, oldest, self.newest_ledger() + 1 - _LEDGERS_BEFORE)

    async def _snapshot(self) -> list[Seen]:
        """Every offer and pool of interest, as Horizon shows them page by page."""
        offers: list[dict[str, str]] = [{}]
        pools: list[dict[str, str]] = [{}]
        if self._only is not None:
            known = sorted(map(str, self._only))
            offers = [{"selling": selling, "buying": buying} for selling, buying in permutations(known, 2)]
            pools = [{"reserves": f"{a},{b}"} for a, b in combinations(known, 2)]
        rows = [offer_seen(record) for query in offers async for record in self._horizon.pages("/offers", query)]
        rows += [
            pool_seen(record) for query in pools async for record in self._horizon.pages("/liquidity_pools", query)
        ]
        log.info("snapshot_taken", entries=len(rows))
        return rows

    async def _changes(self, first: int, last: int) -> list[Seen]:
        """What the transactions of ledgers first..last left of offers and pools, in the order of application."""
        changes: list[Seen] = []
        cursor: str | None = None
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            page = await self._page(first, cursor)
            for transaction in page.transactions if page else ():
                if transaction.ledger > last:
                    return changes
                if transaction.successful:
                    changes += (
                        Seen(change, transaction.ledger)
                        for change in market_changes(transaction.meta_xdr)
                        if self._only is None or self._only.issuperset(pair_of(change))
                    )
            if page is not None and page.transactions:
                cursor = page.cursor
            if page is not None and len(page.transactions) == _PAGE:
                continue
            if page is not None and page.latest_ledger >= last:
                return changes
            if asyncio.get_running_loop().time() > deadline:
                raise LaggingNode(f"RPC does not show ledger {last} after {_PATIENCE_SECONDS:g} s")
            await asyncio.sleep(_POLL_SECONDS)

    async def _page(self, first: int, cursor: str | None) -> TransactionsPage | None:
        """The next page; None while RPC has not reached ledger `first` yet."""
        try:
            if cursor is not None:
                return await self._rpc.get_transactions(cursor=cursor, limit=_PAGE)
            return await self._rpc.get_transactions(start_ledger=first, limit=_PAGE)
        except Rejected as refused:
            health = await self._rpc.get_health()
            if first < health.oldest_ledger:
                raise _LedgersMissedError(
                    f"RPC holds ledgers from {health.oldest_ledger} on, {first} was not read"
                ) from refused
            if first > health.latest_ledger:
                return None
            raise
