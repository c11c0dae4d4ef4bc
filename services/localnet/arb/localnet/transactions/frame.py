"""A transaction from envelope to meta: judged as core does, charged, its sequence number used, operations applied."""

import logging
from enum import IntEnum
from hashlib import sha256

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of_muxed
from arb.localnet.ledger.balances import available_in
from arb.localnet.ledger.entries import Signer
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.ledger.txn import LedgerTxn, LedgerTxnError
from arb.localnet.operations.handler import OpContext
from arb.localnet.operations.soroban_checks import footprint_refusal
from arb.localnet.transactions.meta import SorobanMeta, TxMeta
from arb.localnet.transactions.operation import Operation
from arb.localnet.transactions.preconditions import At, preconditions_of
from arb.localnet.transactions.results import Code, TxResult, is_success, pack_inner
from arb.localnet.transactions.signatures import SignatureChecker, pre_auth_tx_signer, signers_of
from arb.localnet.transactions.soroban_data import SorobanData, SorobanRun

_log = logging.getLogger(__name__)
_SOROBAN = (
    xdr.OperationType.INVOKE_HOST_FUNCTION,
    xdr.OperationType.EXTEND_FOOTPRINT_TTL,
    xdr.OperationType.RESTORE_FOOTPRINT,
)


class Stage(IntEnum):
    """How far the judgement of a transaction got: from SEQUENCE on it uses its sequence number even when it fails."""

    INVALID = 0
    SEQUENCE = 1
    AUTHORIZED = 2
    VALID = 3


def charge_fee(ltx: LedgerTxn, fee_source: str, fee: int) -> int:
    """Take a fee (stroops) into the fee pool, at most what the account has, its reserve included; what was taken."""
    account = ltx.load_account(fee_source)
    if account is None:
        raise LedgerTxnError(f"fee account {fee_source} vanished between selection and charging of the fees")
    fee = min(account.balance, fee)
    account.balance -= fee
    ltx.header.fee_pool += fee
    return fee


def remove_signer(ltx: LedgerTxn, account_id: str, key: bytes) -> None:
    """Drop a signer (a packed SignerKey) an account may have, with the subentry it counts as."""
    account = ltx.account(account_id)
    if account is None or all(signer.key != key for signer in account.signers):
        return
    mine = ltx.load_account(account_id)
    assert mine is not None
    mine.signers = tuple(signer for signer in mine.signers if signer.key != key)
    mine.num_sub_entries -= 1


class TransactionFrame:
    """A V1 transaction. `fee` is the most it pays in stroops, `op_count` the operations it pays for."""

    __slots__ = (
        "_network_id",
        "_signatures",
        "conditions",
        "envelope",
        "envelope_xdr",
        "fee",
        "fee_source",
        "full_hash",
        "hash",
        "inner_hash",
        "op_count",
        "operations",
        "seq_num",
        "soroban",
        "source",
    )

    def __init__(
        self, envelope: xdr.TransactionEnvelope, envelope_xdr: bytes, tx_hash: bytes, network_id: bytes
    ) -> None:
        assert envelope.v1 is not None
        tx = envelope.v1.tx
        self.envelope = envelope
        self.envelope_xdr = envelope_xdr
        self.hash = tx_hash
        self.full_hash = sha256(envelope_xdr).digest()
        self.inner_hash: bytes | None = None
        self.source = account_id_of_muxed(tx.source_account)
        self.fee_source = self.source
        self.seq_num = tx.seq_num.sequence_number.int64
        self.fee = tx.fee.uint32
        self.conditions = preconditions_of(tx.cond)
        self.operations = [Operation.of(operation, self.source) for operation in tx.operations]
        self.op_count = len(self.operations)
        self._signatures = envelope.v1.signatures
        self._network_id = network_id
        data = tx.ext.soroban_data
        restoring = any(operation.body.restore_footprint_op is not None for operation in tx.operations)
        self.soroban = None if data is None else SorobanData.of(data, len(envelope_xdr), restoring=restoring)

    @property
    def resource_fee(self) -> int:
        """The part of the fee set aside for what contracts use, in stroops."""
        return 0 if self.soroban is None else self.soroban.resource_fee

    @property
    def inclusion_fee(self) -> int:
        """The bid for a place in the ledger, in stroops."""
        return self.fee - self.resource_fee

    def check(self, reads: LedgerReads, at: At, pending_seq: int | None = None) -> TxResult:
        """Judge the transaction for the ledger `at` over the state of the last one, as core does at submission.

        `pending_seq` stands for the source's sequence number where transactions of it are to be applied before.
        """
        result = TxResult(reads.header.base_fee * self.op_count + self.resource_fee)
        self.check_into(result, reads, at, pending_seq, pays_fee=True)
        return result

    def check_into(
        self, result: TxResult, reads: LedgerReads, at: At, pending_seq: int | None, *, pays_fee: bool
    ) -> None:
        """`check`, writing to a result; a fee bump's inner transaction does not pay its fee itself."""
        signatures = SignatureChecker(self.hash, self._signatures)
        result.operations = [operation.unjudged() for operation in self.operations]
        stage, code = self._judge(reads, at, signatures, pending_seq, self.fee if pays_fee else None, pays_fee=pays_fee)
        if stage is not Stage.VALID:
            result.code = code
            return
        for index, operation in enumerate(self.operations):
            refused = operation.check(reads, signatures) or self._malformed_footprint(operation, reads)
            if refused is not None:
                result.operations[index] = refused
                result.code = Code.txFAILED
                return
        if not signatures.all_used():
            result.code = Code.txBAD_AUTH_EXTRA

    def charge(self, ltx: LedgerTxn, base_fee: int) -> TxResult:
        """Charge the fee at `base_fee` stroops per operation; the result that application goes on with."""
        fee = self.resource_fee + min(self.inclusion_fee, base_fee * self.op_count)
        return TxResult(charge_fee(ltx, self.fee_source, fee))

    def apply(self, ltx: LedgerTxn, result: TxResult) -> TxMeta:
        """Apply the transaction, its fee charged before: use the sequence number, then all operations or none."""
        meta = TxMeta()
        self.apply_into(ltx, result, meta, pays_fee=True)
        return meta

    def apply_into(self, ltx: LedgerTxn, result: TxResult, meta: TxMeta, *, pays_fee: bool) -> None:
        """`apply`, writing to a result and a meta."""
        signatures = SignatureChecker(self.hash, self._signatures)
        result.operations = [operation.unjudged() for operation in self.operations]
        with ltx.child() as before:
            at = At(before.header.ledger_seq, before.header.close_time)
            stage, code = self._judge(before, at, signatures, None, 0 if pays_fee else None, pays_fee=pays_fee)
            if stage >= Stage.SEQUENCE:
                self._use_sequence(before, at)
            if stage is not Stage.VALID:
                result.code = code
            else:
                self._settle_signatures(before, signatures, result)
            for account_id in dict.fromkeys([self.source, *(operation.source for operation in self.operations)]):
                remove_signer(before, account_id, pre_auth_tx_signer(self.hash))
            meta.before += before.changes()
            before.commit()
        if result.code == Code.txSUCCESS:
            self._apply_operations(ltx, result, meta)
        elif self.soroban is not None:
            meta.soroban = _soroban_meta(SorobanRun(self.soroban, ltx.header.soroban), succeeded=False)

    def _judge(
        self,
        reads: LedgerReads,
        at: At,
        signatures: SignatureChecker,
        pending_seq: int | None,
        to_pay: int | None,
        *,
        pays_fee: bool,
    ) -> tuple[Stage, xdr.TransactionResultCode]:
        """Core's commonValid, check for check in its order. `to_pay` None: nothing is asked of the balance."""
        if self.conditions.malformed():
            return Stage.INVALID, Code.txMALFORMED
        if not self.operations:
            return Stage.INVALID, Code.txMISSING_OPERATION
        if self._malformed_soroban():
            return Stage.INVALID, Code.txMALFORMED
        if self.soroban is not None and self._invalid_soroban(self.soroban, reads, pays_fee=pays_fee):
            return Stage.INVALID, Code.txSOROBAN_INVALID
        if self.conditions.too_early(at):
            return Stage.INVALID, Code.txTOO_EARLY
        if self.conditions.too_late(at):
            return Stage.INVALID, Code.txTOO_LATE
        if pays_fee and self.inclusion_fee < reads.header.base_fee * self.op_count:
            return Stage.INVALID, Code.txINSUFFICIENT_FEE
        account = reads.account(self.source)
        if account is None:
            return Stage.INVALID, Code.txNO_ACCOUNT
        current = account.seq_num if pending_seq is None else pending_seq
        if self.seq_num == at.ledger_seq << 32 or not self.conditions.sequence_fits(current, self.seq_num):
            return Stage.INVALID, Code.txBAD_SEQ
        if self.conditions.sequence_too_young(at, account.seq_time, account.seq_ledger):
            return Stage.SEQUENCE, Code.txBAD_MIN_SEQ_AGE_OR_GAP
        extra = [Signer(key, 1) for key in self.conditions.extra_signers]
        if not signatures.check(signers_of(account), account.thresholds[1]):
            return Stage.SEQUENCE, Code.txBAD_AUTH
        if extra and not signatures.check(extra, len(extra)):
            return Stage.SEQUENCE, Code.txBAD_AUTH
        if to_pay is not None and available_in(reads.header, account) < to_pay:
            return Stage.AUTHORIZED, Code.txINSUFFICIENT_BALANCE
        return Stage.VALID, Code.txSUCCESS

    def _malformed_soroban(self) -> bool:
        """Contract operations come alone and with resource data, classic ones without."""
        contract_calls = sum(operation.body.type in _SOROBAN for operation in self.operations)
        if contract_calls == 0:
            return self.soroban is not None
        return len(self.operations) != 1 or self.soroban is None

    def _invalid_soroban(self, data: SorobanData, reads: LedgerReads, *, pays_fee: bool) -> bool:
        """Whether its resource data cannot stand, its fee does not cover them, or a call has a memo or muxed source.

        A contract sees neither, so that calls may not carry them (protocol 25).
        """
        assert self.envelope.v1 is not None
        tx = self.envelope.v1.tx
        (operation,) = tx.operations
        if operation.body.type is xdr.OperationType.INVOKE_HOST_FUNCTION:
            sources = [tx.source_account, *([operation.source_account] if operation.source_account else [])]
            if tx.memo.type is not xdr.MemoType.MEMO_NONE or any(source.med25519 is not None for source in sources):
                return True
        return data.invalid(reads.header.soroban) or (pays_fee and data.resource_fee > self.fee)

    def _malformed_footprint(self, operation: Operation, reads: LedgerReads) -> bytes | None:
        if self.soroban is None:
            return None
        refused = footprint_refusal(operation.body, self.soroban, reads.header.soroban)
        return None if refused is None else pack_inner(refused)

    def _use_sequence(self, ltx: LedgerTxn, at: At) -> None:
        account = ltx.load_account(self.source)
        assert account is not None
        account.seq_num = self.seq_num
        account.seq_ledger, account.seq_time = at.ledger_seq, at.close_time

    def _settle_signatures(self, reads: LedgerReads, signatures: SignatureChecker, result: TxResult) -> None:
        assert result.operations is not None
        for index, operation in enumerate(self.operations):
            refused = operation.check_signatures(reads, signatures)
            if refused is not None:
                result.operations[index] = refused
                result.code = Code.txFAILED
        if result.code == Code.txSUCCESS and not signatures.all_used():
            result.code = Code.txBAD_AUTH_EXTRA

    def _apply_operations(self, ltx: LedgerTxn, result: TxResult, meta: TxMeta) -> None:
        assert result.operations is not None
        changes: list[list[bytes]] = []
        run = None if self.soroban is None else SorobanRun(self.soroban, ltx.header.soroban)
        try:
            with ltx.child() as whole:
                for index, operation in enumerate(self.operations):
                    with whole.child() as own:
                        ctx = OpContext(own, operation.source, self.source, self.seq_num, index, self._network_id, run)
                        result.operations[index] = operation.apply(ctx)
                        if is_success(result.operations[index]):
                            changes.append(own.changes())
                            own.commit()
                        else:
                            result.code = Code.txFAILED
                if result.code == Code.txSUCCESS:
                    whole.commit()
                    meta.operations = changes
        except Exception:  # noqa: BLE001 - as core: a defect costs the transaction that meets it, never the ledger
            _log.exception("transaction %s met a defect of localnet", self.hash.hex())
            result.code = Code.txINTERNAL_ERROR
        if run is not None:
            meta.soroban = _soroban_meta(run, succeeded=result.code == Code.txSUCCESS)


def _soroban_meta(run: SorobanRun, *, succeeded: bool) -> SorobanMeta:
    """What became of a contract operation; one that failed used nothing refundable and says nothing but diagnostics."""
    fixed = run.data.non_refundable(run.config)
    if not succeeded:
        return SorobanMeta(fixed, 0, 0, run.refundable, None, [], run.diagnostics)
    refund = run.refundable - run.refundable_fee
    return SorobanMeta(fixed, run.refundable_fee, run.rent_fee, refund, run.return_value, run.events, [])
