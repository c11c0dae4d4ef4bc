"""What a transaction changed is told in TransactionMeta v4, as stellar_sdk reads it."""

import pytest
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import CreateAccount, Payment, xdr
from support.network import Network, address

XLM = SdkAsset.native()


@pytest.fixture
def network() -> Network:
    network = Network()
    network.fund("alice", "bob")
    return network


def read(meta: bytes) -> xdr.TransactionMetaV4:
    unpacked = xdr.TransactionMeta.from_xdr_bytes(meta)
    assert unpacked.to_xdr_bytes() == meta
    assert unpacked.v4 is not None
    return unpacked.v4


def accounts(changes: xdr.LedgerEntryChanges) -> list[tuple[str, int, int]]:
    """(kind, balance, sequence number) of each account change."""
    told = []
    for change in changes.ledger_entry_changes:
        entry = change.state or change.updated or change.created
        assert entry is not None
        assert entry.data.account is not None
        account = entry.data.account
        kind = change.type.name.removeprefix("LEDGER_ENTRY_")
        told.append((kind, account.balance.int64, account.seq_num.sequence_number.int64))
    return told


def test_fee_sequence_and_operations_are_told_one_after_the_other(network: Network) -> None:
    # given balances and Alice's sequence number
    alice, bob, seq = network.account("alice").balance, network.account("bob").balance, network.account("alice").seq_num
    # when she pays Bob and creates Carol
    applied = network.apply(
        network.frame("alice", Payment(address("bob"), XLM, "1"), CreateAccount(address("carol"), "5"))
    )
    # then the fee comes first, outside of the meta
    fee = xdr.LedgerEntryChanges.from_xdr_bytes(applied.fee_changes)
    assert accounts(fee) == [("STATE", alice, seq), ("UPDATED", alice - 200, seq)]
    # and the meta tells of the sequence number, then of each operation, chained without a gap
    meta = read(applied.result_meta)
    assert accounts(meta.tx_changes_before) == [("STATE", alice - 200, seq), ("UPDATED", alice - 200, seq + 1)]
    paid, created = (accounts(operation.changes) for operation in meta.operations)
    assert paid == [
        ("STATE", bob, network.account("bob").seq_num),
        ("UPDATED", bob + 10_000_000, network.account("bob").seq_num),
        ("STATE", alice - 200, seq + 1),
        ("UPDATED", alice - 10_000_200, seq + 1),
    ]
    assert created == [
        ("STATE", alice - 10_000_200, seq + 1),
        ("UPDATED", alice - 60_000_200, seq + 1),
        ("CREATED", 50_000_000, network.ledger.last.seq << 32),
    ]
    assert accounts(meta.tx_changes_after) == []


def test_a_failed_transaction_tells_of_fee_and_sequence_only(network: Network) -> None:
    applied = network.apply(
        network.frame("alice", Payment(address("bob"), XLM, "1"), Payment(address("bob"), XLM, "5000"))
    )
    meta = read(applied.result_meta)
    assert not applied.successful
    assert meta.operations == []
    assert len(accounts(meta.tx_changes_before)) == 2


def test_changed_entries_carry_the_ledger_and_the_account_when_its_number_was_used(network: Network) -> None:
    applied = network.apply(network.frame("alice", Payment(address("bob"), XLM, "1")))
    change = read(applied.result_meta).tx_changes_before.ledger_entry_changes[1].updated
    assert change is not None
    assert change.last_modified_ledger_seq.uint32 == network.ledger.last.seq
    alice = network.account("alice")
    assert (alice.seq_ledger, alice.seq_time) == (network.ledger.last.seq, network.now)
