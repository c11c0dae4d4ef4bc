"""The ledger as the node sees it: judge a transaction, close a ledger, read the state of the last one."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from nacl.signing import SigningKey

from arb.localnet.ledger.account_ids import account_id_of_key
from arb.localnet.ledger.balances import add_to, available_in
from arb.localnet.ledger.chain import pack_header, result_set_hash
from arb.localnet.ledger.closed import AppliedTx, ClosedLedger, Dropped
from arb.localnet.ledger.entries import Account
from arb.localnet.ledger.header import TOTAL_COINS, Header
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.ledger.state import LedgerState
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.transactions.envelope import Frame, parse
from arb.localnet.transactions.meta import pack_changes
from arb.localnet.transactions.preconditions import At
from arb.localnet.transactions.results import Code, TxResult
from arb.localnet.transactions.tx_set import BaseFees, apply_order, pack_tx_set, select

_NO_HASH = bytes(32)


class Ledger:
    """A chain of ledgers from genesis on, in memory. No clock and no chance: the same closes give the same hashes."""

    def __init__(
        self, passphrase: str, *, genesis_time: int, max_tx_set_size: int = 1000, soroban: SorobanConfig | None = None
    ) -> None:
        """Ledger 1: the account whose seed is SHA-256 of the passphrase holds all coins.

        `genesis_time` is its close time in seconds, `max_tx_set_size` the operations a ledger takes,
        `soroban` what the network settles about contracts (None: the public network's numbers).
        """
        self.network_id = sha256(passphrase.encode()).digest()
        self.root_account = account_id_of_key(bytes(SigningKey(self.network_id).verify_key))
        header = Header(ledger_seq=1, close_time=genesis_time, max_tx_set_size=max_tx_set_size)
        header.soroban = soroban or header.soroban
        self.root = LedgerState(header)
        with LedgerTxn(self.root) as genesis:
            genesis.create(Account(self.root_account, TOTAL_COINS, seq_num=0))
            genesis.commit()
        self.last = self._seal(
            [], pack_tx_set([], [], _NO_HASH, BaseFees(header.base_fee, header.base_fee)), (), header.base_fee, _NO_HASH
        )

    def parse(self, envelope_xdr: bytes) -> Frame:
        """The frame of a packed TransactionEnvelope. Raises MalformedEnvelopeError."""
        return parse(envelope_xdr, self.network_id)

    def check(self, frame: Frame, close_time: int, pending_seq: int | None = None) -> TxResult:
        """Judge a transaction for the next ledger, closing at `close_time`, as core does at submission.

        `pending_seq` is the sequence number its source will have then if it has others in the queue. A result that is
        `ok` means acceptable; else it is the one to send back.
        """
        return frame.check(self.root, At(self.root.header.ledger_seq + 1, close_time), pending_seq)

    def close(self, frames: Sequence[Frame], close_time: int) -> ClosedLedger:
        """Close the next ledger over the offered transactions; those not valid now, or without room, are dropped."""
        valid, dropped = self._trim(frames, close_time)
        header = self.root.header
        classic = select([f for f in valid if f.soroban is None], header.max_tx_set_size, header.base_fee)
        calls = select([f for f in valid if f.soroban], header.soroban.ledger_max_tx_count, header.base_fee)
        dropped += [Dropped(frame, None) for frame in classic.crowded_out + calls.crowded_out]
        previous = self.last.hash
        fees = BaseFees(classic.base_fee, calls.base_fee)
        tx_set = pack_tx_set(classic.included, calls.included, previous, fees)
        set_hash = sha256(tx_set).digest()
        order = apply_order(classic.included, set_hash) + apply_order(calls.included, set_hash)
        with LedgerTxn(self.root) as ltx:
            ltx.header.ledger_seq += 1
            ltx.header.close_time = close_time
            txs = _apply_all(ltx, order, fees)
            ltx.commit()
        evicted = self.root.evict()
        self.last = self._seal(txs, tx_set, dropped, fees.classic, previous, evicted)
        return self.last

    def state_hash(self) -> bytes:
        """The hash of all entries: the same for the same state however it came about."""
        return self.root.state_hash()

    def _trim(self, frames: Sequence[Frame], close_time: int) -> tuple[list[Frame], list[Dropped]]:
        """Judge each offered transaction after those of its source before it, and fee accounts for all they owe."""
        valid: list[Frame] = []
        dropped: list[Dropped] = []
        sequences: dict[str, int] = {}
        owed: dict[str, int] = defaultdict(int)
        for frame in sorted(frames, key=lambda frame: frame.seq_num):
            result = self.check(frame, close_time, sequences.get(frame.source))
            payer = self.root.account(frame.fee_source)
            if result.ok and payer is not None:
                owed[frame.fee_source] += frame.fee
                if owed[frame.fee_source] > available_in(self.root.header, payer):
                    owed[frame.fee_source] -= frame.fee
                    result = TxResult(result.fee_charged, Code.txINSUFFICIENT_BALANCE)
            if result.ok:
                sequences[frame.source] = frame.seq_num
                valid.append(frame)
            else:
                dropped.append(Dropped(frame, result))
        return valid, dropped

    def _seal(
        self,
        txs: list[AppliedTx],
        tx_set: bytes,
        dropped: Sequence[Dropped],
        clearing_fee: int,
        previous: bytes,
        evicted: Sequence[bytes] = (),
    ) -> ClosedLedger:
        header, state_hash = self.root.header, self.root.state_hash()
        header_xdr = pack_header(
            header,
            previous_hash=previous,
            tx_set_hash=sha256(tx_set).digest(),
            result_set_hash=result_set_hash((tx.hash, tx.result) for tx in txs),
            state_hash=state_hash,
        )
        return ClosedLedger(
            seq=header.ledger_seq,
            hash=sha256(header_xdr).digest(),
            prev_hash=previous,
            close_time=header.close_time,
            header_xdr=header_xdr,
            tx_set=tx_set,
            txs=tuple(txs),
            dropped=tuple(dropped),
            protocol_version=header.protocol_version,
            base_fee=header.base_fee,
            base_reserve=header.base_reserve,
            max_tx_set_size=header.max_tx_set_size,
            total_coins=header.total_coins,
            fee_pool=header.fee_pool,
            clearing_fee=clearing_fee,
            tx_set_op_count=sum(tx.frame.op_count for tx in txs),
            successful_op_count=sum(len(tx.frame.operations) for tx in txs if tx.successful),
            state_hash=state_hash,
            evicted=tuple(evicted),
        )


def _apply_all(ltx: LedgerTxn, frames: Sequence[Frame], fees: BaseFees) -> list[AppliedTx]:
    """Charge all fees first, then apply each transaction, in the same order; at last give back what was not used."""
    charged: list[tuple[TxResult, bytes]] = []
    for frame in frames:
        with ltx.child() as charging:
            result = frame.charge(charging, fees.classic if frame.soroban is None else fees.contracts)
            charged.append((result, pack_changes(charging.changes())))
            charging.commit()
    metas = [frame.apply(ltx, result) for frame, (result, _) in zip(frames, charged, strict=True)]
    applied: list[AppliedTx] = []
    for order, (frame, (result, fee_changes), meta) in enumerate(zip(frames, charged, metas, strict=True), start=1):
        refund_changes, resource_fee = pack_changes(()), 0
        if meta.soroban is not None:
            refund_changes, refunded = _refund(ltx, frame.fee_source, meta.soroban.refund)
            result.fee_charged -= refunded
            resource_fee = frame.resource_fee - refunded
        applied.append(
            AppliedTx(
                frame=frame,
                result=result.packed(),
                result_meta=meta.packed(),
                fee_changes=fee_changes,
                refund_changes=refund_changes,
                successful=result.ok,
                fee_charged=result.fee_charged,
                resource_fee_charged=resource_fee,
                events=tuple(meta.soroban.events) if meta.soroban is not None and result.ok else (),
                diagnostics=tuple(meta.soroban.diagnostics) if meta.soroban is not None else (),
                application_order=order,
            )
        )
    return applied


def _refund(ltx: LedgerTxn, fee_source: str, refund: int) -> tuple[bytes, int]:
    """Give an account back what its contract call did not use: (packed changes, stroops); none if it is gone."""
    with ltx.child() as refunding:
        account = refunding.load_account(fee_source) if refund > 0 else None
        if account is None or not add_to(refunding.header, account, refund):
            return pack_changes(()), 0
        refunding.header.fee_pool -= refund
        changes = pack_changes(refunding.changes())
        refunding.commit()
    return changes, refund
