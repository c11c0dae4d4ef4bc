"""A node driven by hand: its clock is a number, its ledgers close when a test says so."""

from collections.abc import Iterable

import pytest
from stellar_sdk import (
    Account,
    Asset,
    CreateAccount,
    FeeBumpTransactionEnvelope,
    Keypair,
    Operation,
    Payment,
    TransactionBuilder,
    TransactionEnvelope,
)

from arb.localnet.node.node import Node
from arb.localnet.node.queue import Status, Submission
from arb.localnet.settings import PASSPHRASE

GENESIS = 1_700_000_000


class Bench:
    """A node and funded accounts by name."""

    def __init__(self) -> None:
        self.now = float(GENESIS)
        self.node = Node(PASSPHRASE, now=lambda: self.now, genesis_time=GENESIS, ledger_seconds=1.0)
        self._keys: dict[str, Keypair] = {}

    def open(self, *names: str, max_operations: int = 100, damping_seed: int | None = None) -> None:
        """Fund accounts with 10,000 XLM each and end genesis."""
        root = self.node.root_keypair()
        self._keys["root"] = root
        creations = [CreateAccount(self.key(name).public_key, "10000") for name in names]
        for start in range(0, len(creations), 100):
            assert self.submit("root", *creations[start : start + 100]).status is Status.PENDING
            self.node.close_now()
        self.now += 100
        self.node.open(max_operations=max_operations, damping_seed=damping_seed)

    def key(self, name: str) -> Keypair:
        """The key a name stands for."""
        seed = name.encode().ljust(32, b"-")
        return self._keys.setdefault(name, Keypair.from_raw_ed25519_seed(seed))

    def sequence(self, name: str) -> int:
        """An account's sequence number in the last closed ledger."""
        account = self.node.ledger.root.account(self.key(name).public_key)
        assert account is not None
        return account.seq_num

    def build(
        self,
        name: str,
        *operations: Operation,
        fee: int = 100,
        ahead: int = 1,
        max_time: int = 0,
        signers: Iterable[str] = (),
    ) -> TransactionEnvelope:
        """A signed transaction, by default a payment to itself; `fee` per operation, `ahead` of the sequence number."""
        source = Account(self.key(name).public_key, self.sequence(name) + ahead - 1)
        builder = TransactionBuilder(source, PASSPHRASE, fee).add_time_bounds(0, max_time)
        for operation in operations or (Payment(self.key(name).public_key, Asset.native(), "1"),):
            builder.append_operation(operation)
        envelope = builder.build()
        for signer in (name, *signers):
            envelope.sign(self.key(signer))
        return envelope

    def bump(self, inner: TransactionEnvelope, payer: str, base_fee: int) -> FeeBumpTransactionEnvelope:
        """A signed fee bump."""
        builder = TransactionBuilder.build_fee_bump_transaction
        envelope = builder(self.key(payer).public_key, base_fee, inner, PASSPHRASE)
        envelope.sign(self.key(payer))
        return envelope

    def send(self, envelope: TransactionEnvelope | FeeBumpTransactionEnvelope) -> Submission:
        """Submit."""
        return self.node.submit(envelope.to_xdr_object())

    def submit(self, name: str, *operations: Operation, fee: int = 100, ahead: int = 1) -> Submission:
        """Build and submit."""
        return self.send(self.build(name, *operations, fee=fee, ahead=ahead))

    def close(self, ledgers: int = 1) -> list[str]:
        """Close ledgers, a second each; the hashes applied, in order."""
        applied: list[str] = []
        for _ in range(ledgers):
            self.now += 1
            applied += [tx.hash.hex() for tx in self.node.close().txs]
        return applied


@pytest.fixture
def bench() -> Bench:
    """A node in genesis: call `open` with the names of the accounts a test needs."""
    return Bench()
