"""Contract transactions that declare too little or the wrong thing, against submission's and apply's own answers."""

from collections.abc import Callable

import pytest
from stellar_sdk import Asset, IdMemo, MuxedAccount, Payment, TransactionEnvelope, xdr
from support.contract_ledger import ContractLedger
from support.counter_contract import counter_wasm
from support.ledger_state import Snapshot

from arb.localnet.soroban.codec import to_scval
from arb.localnet.soroban.errors import ErrorCode, ErrorType
from arb.localnet.soroban.values import address, i128, u32
from arb.localnet.transactions.envelope import MalformedEnvelopeError

STORAGE = (ErrorType.STORAGE, ErrorCode.EXCEEDED_LIMIT)
Spoil = Callable[[TransactionEnvelope], None]


@pytest.fixture(scope="module")
def world() -> ContractLedger:
    return ContractLedger("alice", "bob")


@pytest.fixture(scope="module")
def counter(world: ContractLedger) -> str:
    contract = world.deploy("alice", counter_wasm())
    assert world.call("alice", contract, "increment").value == u32(1)
    return contract


@pytest.fixture(scope="module")
def native(world: ContractLedger) -> str:
    return world.asset_contract("alice", Asset.native())


def data_of(envelope: TransactionEnvelope) -> xdr.SorobanTransactionData:
    assert envelope.transaction.soroban_data is not None
    return envelope.transaction.soroban_data


def footprint_of(envelope: TransactionEnvelope) -> xdr.LedgerFootprint:
    return data_of(envelope).resources.footprint


def without_code(envelope: TransactionEnvelope) -> None:
    footprint = footprint_of(envelope)
    footprint.read_only = [key for key in footprint.read_only if key.contract_code is None]


def without_instance(envelope: TransactionEnvelope) -> None:
    footprint = footprint_of(envelope)
    footprint.read_only = [key for key in footprint.read_only if key.contract_data is None]


def without_write(envelope: TransactionEnvelope) -> None:
    footprint_of(envelope).read_write = []


def only_reading(envelope: TransactionEnvelope) -> None:
    footprint = footprint_of(envelope)
    footprint.read_only, footprint.read_write = footprint.read_only + footprint.read_write, []


@pytest.mark.parametrize("spoil", [without_code, without_instance, without_write, only_reading])
def test_a_key_outside_the_footprint_ends_the_call(world: ContractLedger, counter: str, spoil: Spoil) -> None:
    # given a call that would work, with a key of its footprint taken away
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    spoil(envelope)
    before = Snapshot.of(world.ledger)
    # when it is applied, then it traps at that key, and only its fee is gone
    done = world.apply("alice", envelope)
    assert (done.code, done.errors[0]) == ("TRAPPED", STORAGE)
    assert world.ledger.state_hash() == before.hash_after_paying(world.ledger, done.applied)


def too_few_instructions(envelope: TransactionEnvelope) -> None:
    data_of(envelope).resources.instructions = xdr.Uint32(500)


def too_few_bytes_to_write(envelope: TransactionEnvelope) -> None:
    data_of(envelope).resources.write_bytes = xdr.Uint32(1)


def too_few_bytes_to_read(envelope: TransactionEnvelope) -> None:
    data_of(envelope).resources.disk_read_bytes = xdr.Uint32(1)


@pytest.mark.parametrize("spoil", [too_few_instructions, too_few_bytes_to_write, too_few_bytes_to_read])
def test_declared_resources_are_all_there_is(world: ContractLedger, native: str, spoil: Spoil) -> None:
    # given a transfer, which reads and writes accounts, with less declared than it needs
    args = (address(world.address("alice")), address(world.address("bob")), i128(5))
    envelope = world.prepared("alice", world.invocation("alice", native, "transfer", *args))
    spoil(envelope)
    before = Snapshot.of(world.ledger)
    done = world.apply("alice", envelope)
    assert done.code == "RESOURCE_LIMIT_EXCEEDED"
    assert world.ledger.state_hash() == before.hash_after_paying(world.ledger, done.applied)


def two_operations(envelope: TransactionEnvelope) -> None:
    envelope.transaction.operations *= 2


def a_payment_beside(envelope: TransactionEnvelope) -> None:
    source = envelope.transaction.source.account_id
    envelope.transaction.operations.append(Payment(source, Asset.native(), "1"))


def no_data(envelope: TransactionEnvelope) -> None:
    envelope.transaction.soroban_data = None


def a_memo(envelope: TransactionEnvelope) -> None:
    envelope.transaction.memo = IdMemo(7)


def a_muxed_source(envelope: TransactionEnvelope) -> None:
    envelope.transaction.source = MuxedAccount(envelope.transaction.source.account_id, 9)


def a_muxed_operation_source(envelope: TransactionEnvelope) -> None:
    envelope.transaction.operations[0].source = MuxedAccount(envelope.transaction.source.account_id, 9)


def a_fee_below_its_resources(envelope: TransactionEnvelope) -> None:
    data_of(envelope).resource_fee = xdr.Int64(100)


def a_negative_fee(envelope: TransactionEnvelope) -> None:
    data_of(envelope).resource_fee = xdr.Int64(-1)


def a_fee_past_the_transactions(envelope: TransactionEnvelope) -> None:
    envelope.transaction.fee = data_of(envelope).resource_fee.int64 - 1


def an_inclusion_fee_too_low(envelope: TransactionEnvelope) -> None:
    envelope.transaction.fee = data_of(envelope).resource_fee.int64 + 99


def a_key_twice(envelope: TransactionEnvelope) -> None:
    footprint_of(envelope).read_only.append(footprint_of(envelope).read_write[0])


def too_many_instructions(envelope: TransactionEnvelope) -> None:
    data_of(envelope).resources.instructions = xdr.Uint32(2**32 - 1)


def too_much_to_write(envelope: TransactionEnvelope) -> None:
    data_of(envelope).resources.write_bytes = xdr.Uint32(2**32 - 1)


def a_restored_key_that_is_not_there(envelope: TransactionEnvelope) -> None:
    entries = xdr.SorobanResourcesExtV0([xdr.Uint32(5)])
    data_of(envelope).ext = xdr.SorobanTransactionDataExt(1, entries)


def a_life_time_in_the_footprint(envelope: TransactionEnvelope) -> None:
    key = xdr.LedgerKey(xdr.LedgerEntryType.TTL, ttl=xdr.LedgerKeyTtl(xdr.Hash(bytes(32))))
    footprint_of(envelope).read_only.append(key)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (two_operations, "txMALFORMED"),
        (a_payment_beside, "txMALFORMED"),
        (no_data, "txMALFORMED"),
        (a_memo, "txSOROBAN_INVALID"),
        (a_muxed_source, "txSOROBAN_INVALID"),
        (a_muxed_operation_source, "txSOROBAN_INVALID"),
        (a_fee_below_its_resources, "txSOROBAN_INVALID"),
        (a_negative_fee, "txSOROBAN_INVALID"),
        (a_fee_past_the_transactions, "txSOROBAN_INVALID"),
        (an_inclusion_fee_too_low, "txINSUFFICIENT_FEE"),
        (a_key_twice, "txSOROBAN_INVALID"),
        (too_many_instructions, "txSOROBAN_INVALID"),
        (too_much_to_write, "txSOROBAN_INVALID"),
        (a_restored_key_that_is_not_there, "txSOROBAN_INVALID"),
        (a_life_time_in_the_footprint, "txSOROBAN_INVALID"),
    ],
)
def test_what_never_gets_into_a_ledger(world: ContractLedger, counter: str, spoil: Spoil, code: str) -> None:
    # given a call that would work, spoilt
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    spoil(envelope)
    envelope.sign(world.keys["alice"])
    frame = world.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())
    # when it is submitted, then it is refused; and offered to a ledger all the same, it costs nothing
    assert world.ledger.check(frame, world.ledger.last.close_time + 5).code.name == code
    before = world.ledger.state_hash()
    assert world.close(envelope) == []
    assert world.ledger.state_hash() == before


def test_a_classic_transaction_with_contract_data(world: ContractLedger, counter: str) -> None:
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    envelope.transaction.operations = [Payment(world.address("bob"), Asset.native(), "1")]
    frame = world.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())
    assert world.ledger.check(frame, world.ledger.last.close_time + 5).code.name == "txMALFORMED"


@pytest.mark.parametrize("depth", [600, 20_000])
def test_an_argument_nested_past_all_limits(world: ContractLedger, counter: str, depth: int) -> None:
    # given an envelope whose argument is a vec in a vec in a vec
    envelope = world.prepared("alice", world.invocation("alice", counter, "increment"))
    call = envelope.transaction.operations[0].host_function.invoke_contract  # type: ignore[attr-defined]
    call.args = [to_scval(u32(0xABCDEF))]
    packed = envelope.to_xdr_object().to_xdr_bytes()
    value, nest = (
        xdr.SCVal(xdr.SCValType.SCV_U32, u32=xdr.Uint32(0xABCDEF)).to_xdr_bytes(),
        b"\0\0\0\x10\0\0\0\1\0\0\0\1",
    )
    assert value in packed
    # when it is read, then it is refused as no envelope, or as a transaction
    try:
        frame = world.ledger.parse(packed.replace(value, nest * depth + value, 1))
    except MalformedEnvelopeError:
        return
    assert not world.ledger.check(frame, world.ledger.last.close_time + 5).ok
