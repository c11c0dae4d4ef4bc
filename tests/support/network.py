"""A localnet ledger driven directly: named accounts, transactions, one ledger closed at a time. No node, no clock."""

from collections.abc import Iterable

from stellar_sdk import Account as SdkAccount
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import (
    CreateAccount,
    FeeBumpTransactionEnvelope,
    Keypair,
    Operation,
    TransactionBuilder,
    TransactionEnvelope,
    xdr,
)

from arb.localnet.ledger.close import Ledger
from arb.localnet.ledger.closed import AppliedTx, ClosedLedger
from arb.localnet.ledger.entries import Account, TrustLine
from arb.localnet.transactions.envelope import Frame
from arb.localnet.transactions.results import TxResult
from arb.markets.asset import Asset

PASSPHRASE = "Standalone Network ; February 2017"
GENESIS_TIME = 1_700_000_000


def keypair(name: str) -> Keypair:
    """The keypair that a name stands for, the same in every run."""
    return Keypair.from_raw_ed25519_seed(name.encode().ljust(32, b"."))


def address(name: str) -> str:
    """The address (G...) that a name stands for."""
    return keypair(name).public_key


def credit(code: str, issuer: str = "issuer") -> SdkAsset:
    """The asset a named account issues, for the SDK's operations."""
    return SdkAsset(code, address(issuer))


def op_codes(result: xdr.TransactionResult) -> list[str]:
    """The code of every operation in a result, be it inside a fee bump: "PAYMENT_SUCCESS", "opBAD_AUTH"."""
    inner = result.result.inner_result_pair
    results = inner.result.result.results if inner is not None else result.result.results
    return [_op_code(each) for each in results or []]


def _op_code(result: xdr.OperationResult) -> str:
    if result.tr is None:
        return result.code.name
    arms = (value for name, value in vars(result.tr).items() if name.endswith("result") and value is not None)
    name: str = next(arms).code.name
    return name


class Network:
    """A ledger, the accounts tests gave it, and what they send."""

    def __init__(self, *, max_tx_set_size: int = 1000) -> None:
        self.ledger = Ledger(PASSPHRASE, genesis_time=GENESIS_TIME, max_tx_set_size=max_tx_set_size)
        self.now = GENESIS_TIME
        self._root = Keypair.from_raw_ed25519_seed(self.ledger.network_id)

    def fund(self, *names: str, xlm: str = "1000") -> None:
        """Create accounts with a balance."""
        creations = [CreateAccount(address(name), xlm) for name in names]
        applied = self.apply(self.frame(self._root, *creations))
        assert applied.successful, op_codes(self.result(applied))

    def account(self, name: str) -> Account:
        """A named account as of the last closed ledger."""
        account = self.ledger.root.account(address(name))
        assert account is not None
        return account

    def line(self, name: str, asset: SdkAsset) -> TrustLine:
        """A named account's trustline as of the last closed ledger."""
        line = self.ledger.root.trustline(address(name), Asset(asset.code, asset.issuer))
        assert line is not None
        return line

    def builder(self, source: str | Keypair, *, fee: int = 100, seq: int | None = None) -> TransactionBuilder:
        """A builder for an account's next sequence number (or for `seq`), `fee` stroops an operation, no bounds."""
        key = source if isinstance(source, Keypair) else keypair(source)
        if seq is None:
            account = self.ledger.root.account(key.public_key)
            seq = 1 if account is None else account.seq_num + 1
        return TransactionBuilder(SdkAccount(key.public_key, seq - 1), PASSPHRASE, fee).add_time_bounds(0, 0)

    def sign(self, builder: TransactionBuilder, signers: Iterable[str | Keypair]) -> Frame:
        """Build, sign and parse."""
        envelope = builder.build()
        for signer in signers:
            envelope.sign(signer if isinstance(signer, Keypair) else keypair(signer))
        return self.parse(envelope)

    def parse(self, envelope: TransactionEnvelope | FeeBumpTransactionEnvelope) -> Frame:
        """The frame of an SDK envelope."""
        return self.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())

    def frame(
        self,
        source: str | Keypair,
        *operations: Operation,
        fee: int = 100,
        seq: int | None = None,
        signers: Iterable[str | Keypair] | None = None,
    ) -> Frame:
        """A signed transaction; by its source alone unless told otherwise."""
        builder = self.builder(source, fee=fee, seq=seq)
        for operation in operations:
            builder.append_operation(operation)
        return self.sign(builder, [source] if signers is None else signers)

    def check(self, frame: Frame) -> TxResult:
        """Judge a transaction for the next ledger, a second after the last."""
        return self.ledger.check(frame, self.now + 1)

    def close(self, *frames: Frame, seconds: int = 1) -> ClosedLedger:
        """Close a ledger over the transactions."""
        self.now += seconds
        return self.ledger.close(frames, self.now)

    def apply(self, frame: Frame) -> AppliedTx:
        """Close a ledger over one transaction, which has to be acceptable."""
        closed = self.close(frame)
        assert not closed.dropped, closed.dropped[0].result
        return closed.txs[0]

    def result(self, applied: AppliedTx) -> xdr.TransactionResult:
        """The unpacked result."""
        return xdr.TransactionResult.from_xdr_bytes(applied.result)

    def run(self, source: str, *operations: Operation, signers: Iterable[str | Keypair] | None = None) -> list[str]:
        """Apply operations in one transaction and name the outcome of each."""
        frame = self.frame(source, *operations, signers=signers)
        judged = self.check(frame)
        if not judged.ok:
            return op_codes(judged.to_xdr()) or [judged.code.name]
        return op_codes(self.result(self.apply(frame)))

    def coins_add_up(self) -> bool:
        """Whether the native balances and the fee pool are all the coins there are."""
        header = self.ledger.root.header
        return sum(account.balance for account in self.ledger.root.accounts()) + header.fee_pool == header.total_coins
