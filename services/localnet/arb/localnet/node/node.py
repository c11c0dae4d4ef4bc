"""The node: the ledger, the queue before it and the history behind it, seen as one thing by everything that serves."""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog
from stellar_sdk import Keypair, xdr

from arb.localnet.ledger.close import Ledger
from arb.localnet.ledger.closed import ClosedLedger
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.node.damping import Damping
from arb.localnet.node.history import History
from arb.localnet.node.queue import Submission, TransactionQueue
from arb.localnet.node.records import TransactionRecord, ledger_record
from arb.localnet.transactions.envelope import Frame

GENESIS_OPERATIONS: Final = 1_000_000
"""Operations a ledger takes before the network opens: markets are built in few ledgers."""
_CLOSE_TIME_TOLERANCE: Final = 2
"""Ledgers a transaction must still be valid for when it is submitted (core's EXPECTED_CLOSE_TIME_MULT)."""

log = structlog.get_logger("localnet.node")


class Node:
    """One validator that agrees with itself. Nothing here awaits while a ledger closes."""

    def __init__(
        self,
        passphrase: str,
        *,
        now: Callable[[], float],
        genesis_time: int,
        ledger_seconds: float,
        history: History | None = None,
        soroban: SorobanConfig | None = None,
    ) -> None:
        """`now` is the wall clock and `genesis_time` the close time of ledger 1, both in unix seconds.

        `soroban` is what the network settles about contracts (None: the public network's numbers).
        """
        self.ledger = Ledger(passphrase, genesis_time=genesis_time, max_tx_set_size=GENESIS_OPERATIONS, soroban=soroban)
        self.network_passphrase = passphrase
        self.network_id = self.ledger.network_id
        self.history = history if history is not None else History()
        self._now = now
        self._tolerance = _CLOSE_TIME_TOLERANCE * ledger_seconds
        self._queue = TransactionQueue(self.ledger, self.latest_close)
        self._before: list[Callable[[], None]] = []
        self._after: list[Callable[[ClosedLedger], None]] = []
        self._waiters: dict[bytes, list[asyncio.Future[TransactionRecord]]] = {}
        self._next_ledger: asyncio.Event | None = None
        self._opened = False
        self._remember(self.ledger.last)

    def root_keypair(self) -> Keypair:
        """The network's root account: its seed is the network id, and it holds all coins at genesis."""
        return Keypair.from_raw_ed25519_seed(self.network_id)

    def parse(self, envelope_xdr: bytes) -> Frame:
        """The transaction of a packed TransactionEnvelope. Raises MalformedEnvelopeError."""
        return self.ledger.parse(envelope_xdr)

    def submit(self, envelope: xdr.TransactionEnvelope) -> Submission:
        """Offer a transaction for the next ledger."""
        return self.submit_frame(self.parse(envelope.to_xdr_bytes()))

    def submit_frame(self, frame: Frame) -> Submission:
        """Offer a transaction that is parsed already."""
        return self._queue.submit(frame)

    @property
    def waiting(self) -> int:
        """Transactions in the queue."""
        return len(self._queue)

    def on_before_close(self, hook: Callable[[], None]) -> None:
        """Call `hook` right before each close, the place to submit. An exception is logged, the ledger closes."""
        self._before.append(hook)

    def on_after_close(self, hook: Callable[[ClosedLedger], None]) -> None:
        """Call `hook` with every closed ledger. An exception is logged."""
        self._after.append(hook)

    def close_now(self) -> ClosedLedger:
        """Close a ledger one second after the last, without hooks: for building the market before the clock runs."""
        return self._close(self.ledger.last.close_time + 1)

    def open(self, *, max_operations: int, damping_seed: int | None) -> None:
        """End of genesis: bound ledgers to `max_operations`; damp arbitrage by a generator of that seed (None: not)."""
        self._opened = True
        self.ledger.root.header.max_tx_set_size = max_operations
        if damping_seed is not None:
            self._queue.damping = Damping(random.Random(f"damping {damping_seed}"))

    def close(self) -> ClosedLedger:
        """Close a ledger at the present time, and in any case later than the last one."""
        for hook in self._before:
            try:
                hook()
            except Exception:
                log.exception("before-close hook failed", ledger=self.ledger.last.seq + 1)
        closed = self._close(self.next_close())
        for listener in self._after:
            try:
                listener(closed)
            except Exception:
                log.exception("after-close hook failed", ledger=closed.seq)
        return closed

    async def applied(self, tx_hash: bytes, timeout: float) -> TransactionRecord | None:
        """The transaction once a ledger holds it; None after `timeout` seconds without."""
        known = self.history.transaction(tx_hash)
        if known is not None:
            return known
        future: asyncio.Future[TransactionRecord] = asyncio.get_running_loop().create_future()
        waiting = self._waiters.setdefault(tx_hash, [])
        waiting.append(future)
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            return None
        finally:
            waiting.remove(future)
            if not waiting and self._waiters.get(tx_hash) is waiting:
                del self._waiters[tx_hash]

    async def next_ledger(self) -> None:
        """Returns after the next close."""
        if self._next_ledger is None:
            self._next_ledger = asyncio.Event()
        await self._next_ledger.wait()

    def next_close(self) -> int:
        """The time (unix seconds) the next ledger would get now: the present, and later than the last one."""
        return max(int(self._now()), self.ledger.last.close_time + 1)

    def latest_close(self) -> int:
        """The latest time (unix seconds) at which the next ledger is expected to close."""
        last = self.ledger.last.close_time
        return int((max(last, self._now()) if self._opened else last + 1) + self._tolerance)

    def _close(self, close_time: int) -> ClosedLedger:
        offered = self._queue.offered()
        try:
            closed = self.ledger.close(offered, close_time)
        except Exception:
            log.exception("a ledger could not be closed with its transactions: they are banned", count=len(offered))
            self._queue.ban(offered)
            closed = self.ledger.close([], close_time)
        self._queue.closed(closed)
        self._remember(closed)
        if self._next_ledger is not None:
            self._next_ledger.set()
            self._next_ledger = None
        return closed

    def _remember(self, closed: ClosedLedger) -> None:
        record = ledger_record(closed)
        self.history.add(record)
        for transaction in record.transactions:
            for tx_hash in (transaction.hash, transaction.inner_hash):
                for future in self._waiters.get(tx_hash, ()) if tx_hash is not None else ():
                    if not future.done():
                        future.set_result(transaction)
