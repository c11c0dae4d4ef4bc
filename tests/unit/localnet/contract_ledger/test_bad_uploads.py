"""Code that the network would not take: refused at simulation and at apply by its own errors, and not stored."""

import hashlib

import pytest
from stellar_sdk import xdr
from support.contract_ledger import ContractLedger
from support.ledger_state import Snapshot
from support.soroban_guests import compiled, stamped
from wasmtime import wat2wasm

from arb.localnet.soroban.errors import ErrorCode, ErrorType

SOUND = compiled('(func (export "run") (result i64) (i64.const 2))')
ACTION, INPUT = "Error(WasmVm, InvalidAction)", "Error(WasmVm, InvalidInput)"


@pytest.fixture(scope="module")
def world() -> ContractLedger:
    return ContractLedger("alice")


@pytest.mark.parametrize(
    ("wasm", "error", "names"),
    [
        (b"", ACTION, ""),
        (b"\0asm", ACTION, ""),
        (SOUND[:30], ACTION, ""),
        (SOUND[:8] + b"\xff" * 60, ACTION, ""),
        (stamped(wat2wasm('(module (import "z" "9" (func (result i64))))')), ACTION, "z.9"),
        (stamped(wat2wasm('(module (import "v" "_" (func (param i64) (result i64))))')), ACTION, "v._"),
        (stamped(wat2wasm('(module (import "env" "memory" (memory 1)))')), ACTION, "env.memory"),
        (stamped(wat2wasm("(module (func $f) (start $f))")), ACTION, "start"),
        (bytes(wat2wasm("(module)")), INPUT, "metadata"),
        (stamped(wat2wasm("(module)"), protocol=99), INPUT, "newer"),
    ],
)
def test_code_that_is_refused(world: ContractLedger, wasm: bytes, error: str, names: str) -> None:
    # given an upload of sound code, made one of this with footprint and fee to spare
    alice = world.keys["alice"]
    envelope = world.prepared("alice", world.builder(alice).append_upload_contract_wasm_op(SOUND))
    envelope.transaction.operations[0].host_function.wasm = wasm  # type: ignore[attr-defined]
    data = envelope.transaction.soroban_data
    assert data is not None
    key = data.resources.footprint.read_write[0].contract_code
    assert key is not None
    key.hash = xdr.Hash(hashlib.sha256(wasm).digest())
    # when it is simulated, then the error says what is wrong with the code, and the ledger is as it was
    before = Snapshot.of(world.ledger)
    found = world.simulate("alice", envelope)
    assert found.error is not None
    assert found.error.startswith(f"HostError: {error}")
    assert names in found.error
    assert world.ledger.state_hash() == before.hash
    # and when it is applied, it costs its fee
    done = world.apply("alice", envelope)
    assert done.code == "TRAPPED"
    code = ErrorCode.INVALID_ACTION if error == ACTION else ErrorCode.INVALID_INPUT
    assert done.errors[0] == (ErrorType.WASM_VM, code)
    assert world.ledger.state_hash() == before.hash_after_paying(world.ledger, done.applied)


def test_code_past_the_largest_size_is_malformed(world: ContractLedger) -> None:
    # given a module of more bytes than the network takes
    builder = world.builder(world.keys["alice"]).append_upload_contract_wasm_op(SOUND)
    envelope = world.prepared("alice", builder)
    envelope.transaction.operations[0].host_function.wasm = bytes(131_073)  # type: ignore[attr-defined]
    envelope.sign(world.keys["alice"])
    frame = world.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())
    # then it is refused at submission: as a transaction too large already
    result = world.ledger.check(frame, world.ledger.last.close_time + 5)
    assert result.code.name in ("txSOROBAN_INVALID", "txFAILED")


def test_the_same_code_twice_is_no_error(world: ContractLedger) -> None:
    builder = world.builder(world.keys["alice"]).append_upload_contract_wasm_op(SOUND)
    assert world.apply("alice", world.prepared("alice", builder)).code == "SUCCESS"
    again = world.builder(world.keys["alice"]).append_upload_contract_wasm_op(SOUND)
    assert world.apply("alice", world.prepared("alice", again)).code == "SUCCESS"
