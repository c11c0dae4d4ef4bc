"""The transaction queue: what is let in, what waits, what the next ledger is offered (after core's TransactionQueue).

One difference to core: damping is applied when the next ledger is about to close, by falling fee per operation, not
every 200 ms as transactions are passed on to peers, of which localnet has none.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from arb.localnet.ledger.balances import available_in
from arb.localnet.ledger.close import Ledger
from arb.localnet.ledger.closed import ClosedLedger
from arb.localnet.node.damping import Damping
from arb.localnet.transactions.envelope import Frame
from arb.localnet.transactions.fee_bump import FeeBumpFrame
from arb.localnet.transactions.results import Code, TxResult

PENDING_LEDGERS: Final = 4
BAN_LEDGERS: Final = 10
SIZE_MULTIPLIER: Final = 2
FEE_MULTIPLIER: Final = 10
"""TRANSACTION_QUEUE_TIMEOUT_LEDGERS, _BAN_LEDGERS, _SIZE_MULTIPLIER and FEE_MULTIPLIER of core."""


class Status(Enum):
    """What a submitter is told."""

    PENDING = "PENDING"
    DUPLICATE = "DUPLICATE"
    TRY_AGAIN_LATER = "TRY_AGAIN_LATER"
    ERROR = "ERROR"


class Submission(NamedTuple):
    """The answer to a submission; `result` only with ERROR."""

    status: Status
    hash: bytes
    result: TxResult | None = None


@dataclass(slots=True)
class _Waiting:
    """A queued transaction and the number of ledgers it has waited."""

    tx: Frame
    age: int = 0


class TransactionQueue:
    """One queued transaction per source account, bounded by operations."""

    def __init__(self, ledger: Ledger, latest_close: Callable[[], int]) -> None:
        """`latest_close` answers the latest time (unix seconds) at which the next ledger may be expected to close."""
        self._ledger = ledger
        self._latest_close = latest_close
        self._waiting: dict[str, _Waiting] = {}  # by source account
        self._fees: dict[str, int] = {}  # stroops promised, by fee source
        self._operations = 0
        self._banned: deque[set[bytes]] = deque((set() for _ in range(BAN_LEDGERS)), maxlen=BAN_LEDGERS)
        self._evicted: Frame | None = None  # the dearest bid pushed out in this ledger: newcomers have to beat it
        self.damping: Damping | None = None
        """How arbitrage is damped; None for not at all."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def capacity(self) -> int:
        """Operations the queue can hold: a multiple of what one ledger takes."""
        return SIZE_MULTIPLIER * self._ledger.root.header.max_tx_set_size

    def submit(self, tx: Frame) -> Submission:
        """Admit a transaction or say why not."""
        if any(tx.hash in banned for banned in self._banned):
            return Submission(Status.TRY_AGAIN_LATER, tx.hash)
        if tx.fee < 0:
            return _error(tx, Code.txMALFORMED)
        queued = self._waiting.get(tx.source)
        replaced = queued.tx if queued is not None else None
        if replaced is not None:
            verdict = _may_replace(tx, replaced)
            if verdict is not None:
                return verdict
        victims = self._make_room(tx, replaced)
        if isinstance(victims, Submission):
            self._banned[0].add(tx.hash)
            return victims
        result = self._ledger.check(tx, self._latest_close())
        if not result.ok:
            return Submission(Status.ERROR, tx.hash, result)
        if not self._can_pay(tx, replaced):
            return _error(tx, Code.txINSUFFICIENT_BALANCE)
        if replaced is not None:
            self._drop(replaced)
        for victim in victims:
            self._evicted = victim
            self._ban(victim)
        self._waiting[tx.source] = _Waiting(tx)
        self._fees[tx.fee_source] = self._fees.get(tx.fee_source, 0) + tx.fee
        self._operations += tx.op_count
        return Submission(Status.PENDING, tx.hash)

    def offered(self) -> list[Frame]:
        """What may go into the next ledger. What damping skips leaves the queue and is banned, PENDING or not."""
        if self.damping is None:
            return [waiting.tx for waiting in self._waiting.values()]
        passed: list[Frame] = []
        for tx in self._by_falling_bid():
            if self.damping.admits(operation.body for operation in tx.operations):
                passed.append(tx)
            else:
                self._ban(tx)
        return passed

    def closed(self, ledger: ClosedLedger) -> None:
        """After a close: ban what was applied or found invalid, age what had no room, drop what is too old."""
        for applied in ledger.txs:
            waiting = self._waiting.get(applied.source)
            if waiting is not None and waiting.tx.seq_num <= applied.frame.seq_num:
                self._drop(waiting.tx)
            self._banned[0].add(applied.hash)
        self.ban(dropped.frame for dropped in ledger.dropped if dropped.result is not None)
        self._banned.appendleft(set())
        self._evicted = None
        if self.damping is not None:
            self.damping.new_ledger()
        for waiting in list(self._waiting.values()):
            waiting.age += 1
            if waiting.age >= PENDING_LEDGERS:
                self._ban(waiting.tx)

    def ban(self, transactions: Iterable[Frame]) -> None:
        """Remove queued transactions and refuse them for some ledgers."""
        for tx in transactions:
            self._ban(tx)

    def _make_room(self, tx: Frame, replaced: Frame | None) -> list[Frame] | Submission:
        """The cheaper transactions that must leave for this one; a refusal where that is not possible."""
        if self._evicted is not None and not _outbids(tx, self._evicted):
            return _error(tx, Code.txINSUFFICIENT_FEE, _better_fee(tx, self._evicted))
        needed = tx.op_count - (replaced.op_count if replaced is not None else 0)
        if needed > self.capacity:
            return Submission(Status.TRY_AGAIN_LATER, tx.hash)
        excess = self._operations + needed - self.capacity
        victims: list[Frame] = []
        if excess <= 0:
            return victims
        for cheapest in reversed(self._by_falling_bid()):
            if excess <= 0:
                break
            if not _outbids(tx, cheapest):
                return _error(tx, Code.txINSUFFICIENT_FEE, _better_fee(tx, cheapest))
            if cheapest.source == tx.source:
                return Submission(Status.TRY_AGAIN_LATER, tx.hash)
            victims.append(cheapest)
            excess -= cheapest.op_count
        return victims

    def _can_pay(self, tx: Frame, replaced: Frame | None) -> bool:
        """Whether the fee source can pay every fee it has promised."""
        root = self._ledger.root
        payer = root.account(tx.fee_source)
        promised = self._fees.get(tx.fee_source, 0) + tx.fee
        if replaced is not None and replaced.fee_source == tx.fee_source:
            promised -= replaced.fee
        return payer is not None and available_in(root.header, payer) >= promised

    def _by_falling_bid(self) -> list[Frame]:
        seed = self._ledger.root.header.ledger_seq.to_bytes(8, "big")  # breaks ties differently in every ledger
        waiting = (entry.tx for entry in self._waiting.values())
        return sorted(waiting, key=lambda tx: (-_bid(tx), hashlib.sha256(seed + tx.hash).digest()))

    def _ban(self, tx: Frame) -> None:
        waiting = self._waiting.get(tx.source)
        if waiting is not None and waiting.tx is tx:
            self._drop(tx)
        self._banned[0].add(tx.hash)

    def _drop(self, tx: Frame) -> None:
        del self._waiting[tx.source]
        self._operations -= tx.op_count
        left = self._fees[tx.fee_source] - tx.fee
        if left:
            self._fees[tx.fee_source] = left
        else:
            del self._fees[tx.fee_source]


def _may_replace(tx: Frame, queued: Frame) -> Submission | None:
    """Why a transaction may not take the place of the queued one of its source; None if it may."""
    if tx.hash in (queued.hash, queued.inner_hash):
        return Submission(Status.DUPLICATE, tx.hash)
    if tx.seq_num < queued.seq_num:
        return _error(tx, Code.txBAD_SEQ)
    if not isinstance(tx, FeeBumpFrame) or tx.seq_num != queued.seq_num:
        return Submission(Status.TRY_AGAIN_LATER, tx.hash)
    if tx.inclusion_fee * queued.op_count < FEE_MULTIPLIER * queued.inclusion_fee * tx.op_count:
        needed = -(-FEE_MULTIPLIER * queued.inclusion_fee * tx.op_count // queued.op_count) + tx.resource_fee
        return _error(tx, Code.txINSUFFICIENT_FEE, needed)
    return None


def _error(tx: Frame, code: Code, fee: int = 0) -> Submission:
    """ERROR with a bare code; `fee` (stroops) says which fee would have been enough."""
    return Submission(Status.ERROR, tx.hash, TxResult(fee, code))


def _bid(tx: Frame) -> int:
    """The fee per operation in 1/65536 stroop: fine enough that different bids never tie (at most 101 operations)."""
    return (tx.inclusion_fee << 16) // max(tx.op_count, 1)


def _outbids(tx: Frame, other: Frame) -> bool:
    return tx.inclusion_fee * max(other.op_count, 1) > other.inclusion_fee * max(tx.op_count, 1)


def _better_fee(tx: Frame, other: Frame) -> int:
    """The smallest fee with which `tx` outbids another per operation, in stroops."""
    return other.inclusion_fee * tx.op_count // max(other.op_count, 1) + 1 + tx.resource_fee
