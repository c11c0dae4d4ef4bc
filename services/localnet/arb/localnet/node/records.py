"""What is remembered of closed ledgers: packed bytes and the few fields that lists and look-ups need."""

from dataclasses import dataclass
from typing import Final

from arb.localnet.ledger.closed import ClosedLedger
from arb.localnet.node.toid import Toid
from arb.localnet.node.touched import touched

_OVERHEAD: Final = 1_000
"""Bytes a record takes beside its packed parts, indexes included; measured roughly."""


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """An applied transaction. Fees in stroops, `close_time` in unix seconds; the `_xdr` fields are packed XDR.

    `order` is its place in the ledger from 1; `operations` counts those of the (inner) transaction; `touched` names the
    accounts, pools and offers it has to do with, as `History` indexes them. For a fee bump `hash` is the outer one.
    `contract_call` and what follows is about contract transactions, as in AppliedTx.
    """

    ledger: int
    order: int
    close_time: int
    hash: bytes
    inner_hash: bytes | None
    envelope_xdr: bytes
    result_xdr: bytes
    meta_xdr: bytes
    fee_changes_xdr: bytes
    successful: bool
    fee_charged: int
    max_fee: int
    operations: int
    touched: tuple[str, ...]
    contract_call: bool = False
    refund_changes_xdr: bytes = b"\x00\x00\x00\x00"
    resource_fee_charged: int = 0
    events: tuple[bytes, ...] = ()
    diagnostics: tuple[bytes, ...] = ()

    @property
    def toid(self) -> int:
        """Its paging token."""
        return int(Toid(self.ledger, self.order))

    @property
    def charged_operations(self) -> int:
        """The count its fees go by: a fee bump is one operation more."""
        return self.operations + (self.inner_hash is not None)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        parts = (self.envelope_xdr, self.result_xdr, self.meta_xdr, self.fee_changes_xdr)
        return _OVERHEAD + sum(len(part) for part in (*parts, *self.events))


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """A closed ledger with its transactions in the order they were applied."""

    seq: int
    hash: bytes
    prev_hash: bytes
    close_time: int
    header_xdr: bytes
    tx_set: bytes
    base_fee: int
    base_reserve: int
    max_tx_set_size: int
    total_coins: int
    fee_pool: int
    protocol_version: int
    transactions: tuple[TransactionRecord, ...]
    evicted: tuple[bytes, ...] = ()

    @property
    def toid(self) -> int:
        """Its paging token."""
        return int(Toid(self.seq))

    @property
    def size(self) -> int:
        """Bytes of memory with its transactions, about."""
        return (
            _OVERHEAD
            + len(self.header_xdr)
            + len(self.tx_set)
            + sum(transaction.size for transaction in self.transactions)
        )


def ledger_record(closed: ClosedLedger) -> LedgerRecord:
    """What to remember of a ledger that has just closed."""
    transactions = tuple(
        TransactionRecord(
            ledger=closed.seq,
            order=tx.application_order,
            close_time=closed.close_time,
            hash=tx.hash,
            inner_hash=tx.inner_hash,
            envelope_xdr=tx.envelope_xdr,
            result_xdr=tx.result,
            meta_xdr=tx.result_meta,
            fee_changes_xdr=tx.fee_changes,
            refund_changes_xdr=tx.refund_changes,
            successful=tx.successful,
            fee_charged=tx.fee_charged,
            resource_fee_charged=tx.resource_fee_charged,
            events=tx.events,
            diagnostics=tx.diagnostics,
            max_fee=tx.frame.fee,
            operations=len(tx.frame.operations),
            contract_call=tx.frame.soroban is not None,
            touched=touched(tx.frame, tx.result, tx.successful),
        )
        for tx in closed.txs
    )
    return LedgerRecord(
        seq=closed.seq,
        hash=closed.hash,
        prev_hash=closed.prev_hash,
        close_time=closed.close_time,
        header_xdr=closed.header_xdr,
        tx_set=closed.tx_set,
        base_fee=closed.base_fee,
        base_reserve=closed.base_reserve,
        max_tx_set_size=closed.max_tx_set_size,
        total_coins=closed.total_coins,
        fee_pool=closed.fee_pool,
        protocol_version=closed.protocol_version,
        transactions=transactions,
        evicted=closed.evicted,
    )
