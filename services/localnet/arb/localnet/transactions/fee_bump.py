"""A fee bump: another account pays for a signed transaction, whose own result is carried inside (CAP-15)."""

from hashlib import sha256

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of_muxed
from arb.localnet.ledger.balances import available_in
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.transactions.frame import TransactionFrame, charge_fee, remove_signer
from arb.localnet.transactions.meta import TxMeta
from arb.localnet.transactions.preconditions import At
from arb.localnet.transactions.results import Code, TxResult
from arb.localnet.transactions.signatures import SignatureChecker, pre_auth_tx_signer, signers_of


class FeeBumpFrame:
    """A fee bump envelope. `fee` and `op_count` count one operation more than the inner transaction has."""

    __slots__ = (
        "_signatures",
        "conditions",
        "envelope",
        "envelope_xdr",
        "fee",
        "fee_source",
        "full_hash",
        "hash",
        "inner",
        "inner_hash",
        "op_count",
        "operations",
        "seq_num",
        "soroban",
        "source",
    )

    def __init__(
        self, envelope: xdr.TransactionEnvelope, envelope_xdr: bytes, tx_hash: bytes, inner: TransactionFrame
    ) -> None:
        assert envelope.fee_bump is not None
        bump = envelope.fee_bump
        self.envelope = envelope
        self.envelope_xdr = envelope_xdr
        self.hash = tx_hash
        self.full_hash = sha256(envelope_xdr).digest()
        self.inner = inner
        self.inner_hash: bytes | None = inner.hash
        self.source = inner.source
        self.fee_source = account_id_of_muxed(bump.tx.fee_source)
        self.seq_num = inner.seq_num
        self.fee = bump.tx.fee.int64
        self.conditions = inner.conditions
        self.operations = inner.operations
        self.op_count = inner.op_count + 1
        self.soroban = inner.soroban
        self._signatures = bump.signatures

    @property
    def resource_fee(self) -> int:
        """The part of the fee set aside for what contracts use, in stroops."""
        return self.inner.resource_fee

    @property
    def inclusion_fee(self) -> int:
        """The bid for a place in the ledger, in stroops."""
        return self.fee - self.resource_fee

    def check(self, reads: LedgerReads, at: At, pending_seq: int | None = None) -> TxResult:
        """Judge the fee bump, then its inner transaction, for the ledger `at` over the state of the last one."""
        if self.fee < 0:
            return TxResult(0, Code.txMALFORMED)
        result = self._result(reads.header.base_fee * self.op_count + self.resource_fee)
        code = self._judge(reads, result)
        if code is not None:
            result.code = code
            return result
        assert result.inner is not None
        inner = result.inner[1]
        self.inner.check_into(inner, reads, at, pending_seq, pays_fee=False)
        _conclude(result, inner)
        return result

    def charge(self, ltx: LedgerTxn, base_fee: int) -> TxResult:
        """Charge the fee account at `base_fee` stroops per operation; the result that application goes on with."""
        fee = self.resource_fee + min(self.inclusion_fee, base_fee * self.op_count)
        return self._result(charge_fee(ltx, self.fee_source, fee))

    def apply(self, ltx: LedgerTxn, result: TxResult) -> TxMeta:
        """Apply the inner transaction, its fee paid by the fee account before."""
        assert result.inner is not None
        meta, inner = TxMeta(), result.inner[1]
        with ltx.child() as before:
            if (
                before.load_account(self.fee_source) is not None
            ):  # recorded in the meta even if nothing is to be removed
                remove_signer(before, self.fee_source, pre_auth_tx_signer(self.hash))
            meta.before += before.changes()
            before.commit()
        self.inner.apply_into(ltx, inner, meta, pays_fee=False)
        _conclude(result, inner)
        return meta

    def _result(self, fee: int) -> TxResult:
        return TxResult(fee, Code.txFEE_BUMP_INNER_SUCCESS, inner=(self.inner.hash, TxResult(0)))

    def _judge(self, reads: LedgerReads, result: TxResult) -> xdr.TransactionResultCode | None:
        base_fee = reads.header.base_fee
        if self.inclusion_fee < base_fee * self.op_count:
            return Code.txINSUFFICIENT_FEE
        inner_least = base_fee * max(1, self.inner.op_count)
        bid = self.inner.inclusion_fee
        if self.inclusion_fee * inner_least < bid * base_fee * self.op_count:  # it has to raise the bid per operation
            result.fee_charged = -(-bid * base_fee * self.op_count // inner_least) + self.resource_fee
            return Code.txINSUFFICIENT_FEE
        account = reads.account(self.fee_source)
        if account is None:
            return Code.txNO_ACCOUNT
        signatures = SignatureChecker(self.hash, self._signatures)
        if not signatures.check(signers_of(account), account.thresholds[1]):
            return Code.txBAD_AUTH
        if available_in(reads.header, account) < self.fee:
            return Code.txINSUFFICIENT_BALANCE
        return None if signatures.all_used() else Code.txBAD_AUTH_EXTRA


def _conclude(result: TxResult, inner: TxResult) -> None:
    result.code = Code.txFEE_BUMP_INNER_SUCCESS if inner.ok else Code.txFEE_BUMP_INNER_FAILED
