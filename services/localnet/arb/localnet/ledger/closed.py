"""What is known of a closed ledger and of each transaction in it."""

from dataclasses import dataclass

from arb.localnet.transactions.envelope import Frame
from arb.localnet.transactions.results import TxResult


@dataclass(frozen=True, slots=True)
class AppliedTx:
    """A transaction of a closed ledger, in packed XDR; `application_order` counts from 1, fees are in stroops.

    `fee_charged` is what remained charged after the refund, `resource_fee_charged` the part of it for what contracts
    used; `events` are the packed ContractEvents of a contract call that succeeded, `diagnostics` the
    packed DiagnosticEvents of one that failed.
    """

    frame: Frame
    result: bytes
    result_meta: bytes
    fee_changes: bytes
    refund_changes: bytes
    successful: bool
    fee_charged: int
    resource_fee_charged: int
    events: tuple[bytes, ...]
    diagnostics: tuple[bytes, ...]
    application_order: int

    @property
    def hash(self) -> bytes:
        """The transaction's hash; of a fee bump the outer one."""
        return self.frame.hash

    @property
    def inner_hash(self) -> bytes | None:
        """The hash of a fee bump's inner transaction."""
        return self.frame.inner_hash

    @property
    def envelope_xdr(self) -> bytes:
        """The packed TransactionEnvelope."""
        return self.frame.envelope_xdr

    @property
    def source(self) -> str:
        """The account whose sequence number was used."""
        return self.frame.source


@dataclass(frozen=True, slots=True)
class Dropped:
    """An offered transaction the ledger did not take: it was not valid any more, or (result None) there was no room."""

    frame: Frame
    result: TxResult | None


@dataclass(frozen=True, slots=True)
class ClosedLedger:
    """A closed ledger. `clearing_fee` is what each operation paid, `base_fee` the least it can be (stroops).

    `evicted` are the packed keys of the contract entries that left the live state at its end, with those of their TTLs.
    """

    seq: int
    hash: bytes
    prev_hash: bytes
    close_time: int
    header_xdr: bytes
    tx_set: bytes
    txs: tuple[AppliedTx, ...]
    dropped: tuple[Dropped, ...]
    protocol_version: int
    base_fee: int
    base_reserve: int
    max_tx_set_size: int
    total_coins: int
    fee_pool: int
    clearing_fee: int
    tx_set_op_count: int
    successful_op_count: int
    state_hash: bytes
    evicted: tuple[bytes, ...] = ()
