"""A contract transaction that fails costs its fee and its sequence number, and nothing else changes."""

from dataclasses import replace

import pytest
from stellar_sdk import Asset, TransactionEnvelope, xdr
from support.contract_ledger import ContractLedger
from support.counter_contract import counter_wasm

from arb.localnet.ledger.keys import account_key
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban.values import address, i128, u32


@pytest.fixture
def world() -> ContractLedger:
    return ContractLedger("alice", "bob", config=replace(SorobanConfig(), min_persistent_ttl=30))


@pytest.fixture
def counter(world: ContractLedger) -> str:
    contract = world.deploy("alice", counter_wasm())
    assert world.call("alice", contract, "increment").value == u32(1)
    return contract


def entries(world: ContractLedger) -> dict[bytes, bytes]:
    """Everything in the ledger but alice, who pays."""
    payer = account_key(world.address("alice"))
    kinds = (world.ledger.root.of_type(kind) for kind in range(10))
    return {entry.key(): entry.packed() for kind in kinds for entry in kind if entry.key() != payer}


def renamed(envelope: TransactionEnvelope, function: str) -> TransactionEnvelope:
    call = envelope.transaction.operations[0].host_function.invoke_contract  # type: ignore[attr-defined]
    call.function_name = xdr.SCSymbol(function.encode())
    return envelope


def data_of(envelope: TransactionEnvelope) -> xdr.SorobanTransactionData:
    assert envelope.transaction.soroban_data is not None
    return envelope.transaction.soroban_data


def without_writes(envelope: TransactionEnvelope) -> TransactionEnvelope:
    data_of(envelope).resources.footprint.read_write = []
    return envelope


def without_instructions(envelope: TransactionEnvelope) -> TransactionEnvelope:
    data_of(envelope).resources.instructions = xdr.Uint32(500)
    return envelope


def without_bytes(envelope: TransactionEnvelope) -> TransactionEnvelope:
    data_of(envelope).resources.write_bytes = xdr.Uint32(10)
    return envelope


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda envelope: renamed(envelope, "trap"), "TRAPPED"),
        (lambda envelope: renamed(envelope, "spin"), "RESOURCE_LIMIT_EXCEEDED"),
        (lambda envelope: renamed(envelope, "absent"), "TRAPPED"),
        (without_writes, "TRAPPED"),
        (without_instructions, "RESOURCE_LIMIT_EXCEEDED"),
        (without_bytes, "RESOURCE_LIMIT_EXCEEDED"),
    ],
)
def test_nothing_but_the_payer_changes(world: ContractLedger, counter: str, spoil: object, code: str) -> None:
    # given a call that would work, spoilt
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    spoil(envelope)  # type: ignore[operator]
    before, alice = entries(world), world.ledger.root.account(world.address("alice"))
    assert alice is not None
    # when it is applied
    done = world.apply("alice", envelope)
    # then it failed for that reason, its payer paid what the result says, and all else is as it was
    after = world.ledger.root.account(world.address("alice"))
    assert after is not None
    assert (done.code, done.value) == (code, None)
    assert entries(world) == before
    assert alice.balance - after.balance == done.applied.fee_charged > 100
    assert after.seq_num == alice.seq_num + 1


def test_no_coin_is_lost(world: ContractLedger, counter: str) -> None:
    # given calls that succeeded and failed
    world.apply("alice", renamed(world.prepared("alice", world.invocation("alice", counter, "increment")), "trap"))
    # then balances and fee pool are all the coins there are
    header = world.ledger.root.header
    assert sum(account.balance for account in world.ledger.root.accounts()) + header.fee_pool == header.total_coins


def test_a_refundable_fee_too_small(world: ContractLedger) -> None:
    # given an upload whose rent nobody set aside
    envelope = world.prepared(
        "alice", world.builder(world.keys["alice"]).append_upload_contract_wasm_op(counter_wasm())
    )
    frame = world.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())
    assert frame.soroban is not None
    needed = frame.soroban.non_refundable(world.ledger.root.header.soroban)
    data_of(envelope).resource_fee = xdr.Int64(needed + 5_000)
    # when it is applied, then it fails for that and the code is not there
    before = entries(world)
    assert world.apply("alice", envelope).code == "INSUFFICIENT_REFUNDABLE_FEE"
    assert entries(world) == before


def test_archived_entries_end_a_call_that_does_not_restore_them(world: ContractLedger, counter: str) -> None:
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    for _ in range(30):
        world.close()
    assert world.apply("alice", envelope).code == "ENTRY_ARCHIVED"
    # and one that does goes on where it stood
    assert world.call("alice", counter, "increment").value == u32(2)


@pytest.mark.parametrize("fault", ["too many instructions", "a fee too low", "a key twice"])
def test_what_is_refused_at_submission(world: ContractLedger, counter: str, fault: str) -> None:
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    data = data_of(envelope)
    if fault == "too many instructions":
        data.resources.instructions = xdr.Uint32(400_000_001)
    elif fault == "a fee too low":
        data.resource_fee = xdr.Int64(1_000)
    else:
        data.resources.footprint.read_only.append(data.resources.footprint.read_write[0])
    envelope.sign(world.keys["alice"])
    frame = world.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())
    assert world.ledger.check(frame, world.ledger.last.close_time + 5).code.name == "txSOROBAN_INVALID"


def test_one_contract_operation_a_transaction(world: ContractLedger, counter: str) -> None:
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    envelope.transaction.operations *= 2
    envelope.sign(world.keys["alice"])
    frame = world.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())
    assert world.ledger.check(frame, world.ledger.last.close_time + 5).code.name == "txMALFORMED"


def test_a_transfer_without_leave_traps(world: ContractLedger) -> None:
    # given XLM that bob wants of alice, in a call without her signature
    native = world.asset_contract("alice", Asset.native())
    args = address(world.address("bob")), address(world.address("alice")), i128(10**7)
    envelope = world.prepared("alice", world.invocation("alice", native, "transfer", *args))
    envelope.transaction.operations[0].auth = []  # type: ignore[attr-defined]
    before = entries(world)
    assert world.apply("alice", envelope).code == "TRAPPED"
    assert entries(world) == before
