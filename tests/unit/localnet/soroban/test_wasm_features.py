"""Code that the network's engine would not run is refused when it is uploaded; what compilers write for it is not."""

import pytest
from support.contract_world import WASM
from support.soroban_guests import Bench, stamped
from wasmtime import wat2wasm

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError


def refusal(text: str) -> tuple[ErrorType, int, str]:
    bench = Bench(budget=(100_000_000, 41_943_040))
    with pytest.raises(HostError) as error:
        bench.host().upload(stamped(wat2wasm(f"(module {text})")))
    assert bench.storage.codes == {}
    return error.value.type, error.value.code, error.value.message


@pytest.mark.parametrize(
    "text",
    [
        "(func (param f64))",
        "(func (result f32) unreachable)",
        "(func (local f64))",
        "(func (drop (f64.const 1)))",
        "(func (drop (f32.add (f32.const 1) (f32.const 2))))",
        "(func (param i64) (drop (f64.convert_i64_s (local.get 0))))",
        "(func (drop (i32.trunc_f64_s (f64.const 1))))",
        "(func (drop (i32.trunc_sat_f32_u (f32.const 1))))",
        "(memory 1) (func (drop (f64.load (i32.const 0))))",
        "(memory 1) (func (f32.store (i32.const 0) (f32.const 0)))",
        "(func (drop (block (result f64) (f64.const 0))))",
        "(global f32 (f32.const 0))",
        # after a table of labels, and between constants that look like floats
        "(func (param i32) (block (br_table 0 0 (local.get 0))) (drop (f64.const 1)))",
        "(func (drop (i32.const 0x44434443)) (drop (f32.const 1)))",
    ],
)
def test_floating_point_is_refused(text: str) -> None:
    error_type, code, message = refusal(text)
    assert (error_type, code) == (ErrorType.WASM_VM, ErrorCode.INVALID_ACTION)
    assert "floating point" in message


@pytest.mark.parametrize(
    "text",
    [
        "(table 1 externref)",
        "(table 1 funcref) (table 1 funcref)",
        "(func (param externref))",
        "(func (drop (ref.null func)))",
        "(table 1 funcref) (func (drop (table.get (i32.const 0))))",
        "(table 1 funcref) (func (table.fill (i32.const 0) (ref.null func) (i32.const 0)))",
        "(func (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3))))",
        "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
        '(memory 1) (data (i32.add (i32.const 1) (i32.const 2)) "x")',
        "(func (param v128))",
        "(func $f (return_call $f))",
        "(func (result i32 i32) unreachable)",
        "(memory 1) (memory 1)",
        "(memory i64 1)",
        "(func $f) (start $f)",
    ],
)
def test_later_proposals_are_refused(text: str) -> None:
    assert refusal(text)[:2] == (ErrorType.WASM_VM, ErrorCode.INVALID_ACTION)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("(table 1001 funcref)", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ("(memory 641)", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ('(memory 1) (data (i32.const 65536) "x")', (ErrorType.WASM_VM, ErrorCode.INDEX_BOUNDS)),
        ("(table 1 funcref) (func $f) (elem (i32.const 1) $f)", (ErrorType.WASM_VM, ErrorCode.INDEX_BOUNDS)),
    ],
)
def test_what_could_never_be_an_instance_is_refused(text: str, error: tuple[ErrorType, ErrorCode]) -> None:
    assert refusal(text)[:2] == error


def test_every_instruction_of_integers_and_bulk_memory_is_taken() -> None:
    # given code with a table of labels, indirect calls, sign extension and bulk memory
    text = """(module (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $g $g) (data $d "abc")
      (global $x (mut i64) (i64.const -5)) (type $t (func (result i64)))
      (func $g (result i64) (global.get $x))
      (func (export "run") (param i64) (result i64) (local i32 i64)
        (memory.fill (i32.const 0) (i32.const 68) (i32.const 300))
        (memory.copy (i32.const 8) (i32.const 0) (i32.const 8))
        (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)
        (local.set 1 (i32.extend8_s (i32.wrap_i64 (local.get 0))))
        (block $a (block $b (br_table $a $b $a (local.get 1))))
        (if (memory.size) (then (i64.store offset=300 (i32.const 0) (i64.extend32_s (local.get 0)))))
        (drop (memory.grow (i32.const 0)))
        (global.set $x (i64.rotl (global.get $x) (i64.const 64)))
        (call_indirect (type $t) (i32.const 1)) (drop) (i64.const 2)))"""
    bench = Bench()
    # then it is taken, and runs
    assert bench.call(bench.install(stamped(wat2wasm(text))), "run", v.u32(0)) == v.VOID


@pytest.mark.parametrize("name", sorted(path.stem for path in WASM.glob("*.wasm")))
def test_our_own_contracts_are_taken(name: str) -> None:
    code = (WASM / f"{name}.wasm").read_bytes()
    assert len(Bench().host().upload(code)) == 32
