"""Calls that no network lets pass: refused with its own codes, and the ledger's hash is that of a fee paid."""

import pytest
from stellar_sdk import TransactionEnvelope, scval, xdr
from support.contract_ledger import ContractLedger, Done
from support.hostile_contract import hostile_wasm
from support.ledger_state import Snapshot

from arb.localnet.soroban.codec import to_scval
from arb.localnet.soroban.errors import ErrorCode, ErrorType
from arb.localnet.soroban.values import HostValue, address, u32

BUDGET = (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)
STORAGE = (ErrorType.STORAGE, ErrorCode.EXCEEDED_LIMIT)


@pytest.fixture(scope="module")
def world() -> ContractLedger:
    return ContractLedger("alice", "bob")


@pytest.fixture(scope="module")
def hostile(world: ContractLedger) -> str:
    return world.deploy("alice", hostile_wasm())


def data_of(envelope: TransactionEnvelope) -> xdr.SorobanTransactionData:
    assert envelope.transaction.soroban_data is not None
    return envelope.transaction.soroban_data


def call_of(envelope: TransactionEnvelope) -> xdr.InvokeContractArgs:
    call = envelope.transaction.operations[0].host_function.invoke_contract  # type: ignore[attr-defined]
    assert isinstance(call, xdr.InvokeContractArgs)
    return call


def spoilt(world: ContractLedger, contract: str, function: str, *args: HostValue) -> TransactionEnvelope:
    """A call prepared as a harmless one, then made another: with resources to spare, but no more keys."""
    envelope = world.prepared("alice", world.invocation("alice", contract, "fine"))
    call = call_of(envelope)
    call.function_name = xdr.SCSymbol(function.encode())
    call.args = [to_scval(arg) for arg in args]
    data_of(envelope).resources.instructions = xdr.Uint32(100_000_000)
    data_of(envelope).resource_fee = xdr.Int64(50_000_000)
    envelope.transaction.fee = 50_000_100
    return envelope


def refused(world: ContractLedger, envelope: TransactionEnvelope) -> Done:
    """Applied, and seen to have cost its payer the fee and a sequence number, and nobody anything else."""
    before = Snapshot.of(world.ledger)
    done = world.apply("alice", envelope)
    assert done.value is None
    assert not done.applied.successful
    assert done.applied.events == ()
    assert world.ledger.state_hash() == before.hash_after_paying(world.ledger, done.applied)
    return done


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("trap", (ErrorType.WASM_VM, ErrorCode.INVALID_ACTION)),
        ("divide", (ErrorType.WASM_VM, ErrorCode.ARITH_DOMAIN)),
        ("outside", (ErrorType.WASM_VM, ErrorCode.INDEX_BOUNDS)),
        ("spin", BUDGET),
        ("recurse", BUDGET),
        ("grow", BUDGET),
        ("hoard", BUDGET),
        ("nest", BUDGET),
        ("shout", BUDGET),
        ("store", STORAGE),
        ("read", STORAGE),
        ("forge", (ErrorType.VALUE, ErrorCode.INVALID_INPUT)),
        ("refuse", (ErrorType.CONTRACT, 7)),
        ("absent", (ErrorType.WASM_VM, ErrorCode.MISSING_VALUE)),
        ("__check_auth", (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION)),
        ("__constructor", (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION)),
    ],
)
def test_a_contract_that_misbehaves(
    world: ContractLedger, hostile: str, function: str, error: tuple[ErrorType, int]
) -> None:
    # given a call with everything it may use, when it is applied
    done = refused(world, spoilt(world, hostile, function))
    # then it ended for that reason, by the code the network has for it
    assert done.errors[0] == error
    # (the stack is a budget that nobody declares)
    assert done.code == ("RESOURCE_LIMIT_EXCEEDED" if error == BUDGET and function != "recurse" else "TRAPPED")


@pytest.mark.parametrize("function", ["loud", "large"])
def test_events_and_return_values_have_a_size(world: ContractLedger, hostile: str, function: str) -> None:
    # given what simulation passes, as the network's does: it knows no such limit
    envelope = world.prepared("alice", world.invocation("alice", hostile, function))
    # when it is applied, then it is refused for its size
    assert refused(world, envelope).code == "RESOURCE_LIMIT_EXCEEDED"


def test_an_entry_has_a_size(world: ContractLedger, hostile: str) -> None:
    envelope = world.prepared("alice", world.invocation("alice", hostile, "store_huge"))
    assert refused(world, envelope).code == "RESOURCE_LIMIT_EXCEEDED"


def test_a_contract_does_not_call_itself(world: ContractLedger, hostile: str) -> None:
    done = refused(world, spoilt(world, hostile, "again", address(hostile)))
    assert done.code == "TRAPPED"
    assert done.errors[0] == (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION)


@pytest.mark.parametrize("args", [(), (u32(1), u32(2)), tuple(u32(n) for n in range(40))])
def test_too_few_and_too_many_arguments(world: ContractLedger, hostile: str, args: tuple[HostValue, ...]) -> None:
    done = refused(world, spoilt(world, hostile, "again", *args))
    assert done.errors[0] == (ErrorType.WASM_VM, ErrorCode.UNEXPECTED_SIZE)
    assert done.code == "TRAPPED"


def test_an_argument_of_another_type(world: ContractLedger, hostile: str) -> None:
    done = refused(world, spoilt(world, hostile, "again", u32(5)))
    assert done.errors[0] == (ErrorType.VALUE, ErrorCode.INVALID_INPUT)


def unordered_map() -> xdr.SCVal:
    entry = [xdr.SCMapEntry(scval.to_uint32(n), scval.to_void()) for n in (2, 1)]
    return xdr.SCVal(xdr.SCValType.SCV_MAP, map=xdr.SCMap(entry))


def instance() -> xdr.SCVal:
    executable = xdr.ContractExecutable(xdr.ContractExecutableType.CONTRACT_EXECUTABLE_STELLAR_ASSET)
    return xdr.SCVal(xdr.SCValType.SCV_CONTRACT_INSTANCE, instance=xdr.SCContractInstance(executable, None))


def nonce() -> xdr.SCVal:
    return xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_NONCE, nonce_key=xdr.SCNonceKey(xdr.Int64(1)))


BAD_VALUES = {
    "a map out of order": (unordered_map(), "Object, InvalidInput"),
    "a vec without content": (xdr.SCVal(xdr.SCValType.SCV_VEC), "Value, InvalidInput"),
    "a symbol with a space": (xdr.SCVal(xdr.SCValType.SCV_SYMBOL, sym=xdr.SCSymbol(b"a b")), "Value, InvalidInput"),
    "a ledger key": (xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE), "Value, UnexpectedType"),
    "a nonce": (nonce(), "Value, UnexpectedType"),
    "an instance": (instance(), "Value, UnexpectedType"),
}


@pytest.mark.parametrize("kind", BAD_VALUES)
def test_arguments_that_are_no_values(world: ContractLedger, hostile: str, kind: str) -> None:
    # given an argument that XDR can write and no contract may be given
    envelope = spoilt(world, hostile, "again")
    value, named = BAD_VALUES[kind]
    call_of(envelope).args = [value]
    # when it is simulated and applied, then it is refused either way, with the network's error
    before = world.ledger.state_hash()
    error = world.simulate("alice", envelope).error
    assert error is not None
    assert error.startswith(f"HostError: Error({named})")
    assert world.ledger.state_hash() == before
    assert refused(world, envelope).code == "TRAPPED"


@pytest.mark.parametrize("function", ["trap", "spin", "recurse", "grow", "hoard", "shout", "forge", "refuse", "absent"])
def test_a_simulation_that_fails_leaves_no_trace(world: ContractLedger, hostile: str, function: str) -> None:
    before, header = world.ledger.state_hash(), world.ledger.root.header.copy()
    assert world.refusal("alice", hostile, function).startswith("HostError: Error(")
    assert world.ledger.state_hash() == before
    assert world.ledger.root.header == header
