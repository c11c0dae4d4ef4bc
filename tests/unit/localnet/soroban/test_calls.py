"""Calls between contracts: what passes, what is rolled back, and that every call ends."""

from __future__ import annotations

import threading
import time

import pytest
from support.soroban_guests import Bench, compiled, contract_value, word

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.events import EventType
from arb.localnet.soroban.ports import Durability, Instance
from arb.localnet.soroban.values import HostValue

K = v.symbol("k")
BAD = (v.ERROR, (int(ErrorType.CONTEXT), int(ErrorCode.INVALID_ACTION)))

CALLEE = compiled(
    f"""
    (func $write (param i64) (result i64)
      (drop (call $l__ {word(K)} (local.get 0) (i64.const 0)))
      (drop (call $l__ {word(K)} (local.get 0) (i64.const 1)))
      (drop (call $l__ {word(K)} (local.get 0) (i64.const 2)))
      (drop (call $x_1 (call $v_6 (call $v__) {word(K)}) (local.get 0)))
      (local.get 0))
    (func (export "write") (param i64) (result i64) (call $write (local.get 0)))
    (func (export "write_and_fail") (param i64) (result i64)
      (drop (call $write (local.get 0))) (i64.const {77 << 32 | 3}))
    (func (export "write_and_trap") (param i64) (result i64) (drop (call $write (local.get 0))) (unreachable))
    (func (export "write_and_spoof") (param i64) (result i64)
      (drop (call $write (local.get 0))) (i64.const {5 << 32 | 7 << 8 | 3}))
    (func (export "read") (param i64) (result i64) (call $l_1 {word(K)} (i64.const 2)))
    (func (export "spend") (param i64) (result i64) (loop $l (br $l)) (unreachable))
    """,
    "l._", "l.1", "x.1", "v._", "v.6",
)  # fmt: skip

CALLER = compiled(
    """
    (func $args (param i64) (result i64) (call $v_6 (call $v__) (local.get 0)))
    (func (export "call") (param i64 i64 i64) (result i64)
      (call $d__ (local.get 0) (local.get 1) (call $args (local.get 2))))
    (func (export "try_call") (param i64 i64 i64) (result i64)
      (call $v_6 (call $v__) (call $d_0 (local.get 0) (local.get 1) (call $args (local.get 2)))))
    (func (export "myself") (param i64) (result i64)
      (call $d__ (call $x_7) (local.get 0) (call $v__)))
    (func (export "through") (param i64 i64 i64) (result i64)
      (call $d__ (local.get 0) (local.get 1)
        (call $v_6 (call $v_6 (call $v_6 (call $v__) (call $x_7)) (local.get 1)) (local.get 2))))
    """,
    "d._", "d.0", "v._", "v.6", "x.7",
)  # fmt: skip


def errors_with(error_type: ErrorType, code: int) -> pytest.RaisesExc[HostError]:
    return pytest.raises(HostError, check=lambda error: (error.type, error.code) == (error_type, code))


def world() -> tuple[Bench, bytes, HostValue]:
    bench = Bench()
    bench.install(CALLEE, 2)
    return bench, bench.install(CALLER, 1), contract_value(2)


def written(bench: Bench) -> list[HostValue | None]:
    contract = bytes([2]) * 32
    return [
        bench.storage.get(contract, K, Durability.TEMPORARY),
        bench.storage.get(contract, K, Durability.PERSISTENT),
        bench.storage.instances[contract].storage.get(K),
    ]


def test_a_call_writes_in_all_durabilities_and_publishes() -> None:
    bench, caller, callee = world()
    amount = v.i128(1 << 100)
    assert bench.call(caller, "call", callee, v.symbol("write"), amount) == amount
    assert written(bench) == [amount] * 3
    assert bench.last is not None
    assert [event.data for event in bench.last.events] == [amount]


@pytest.mark.parametrize(
    ("function", "seen"),
    [
        ("write_and_fail", (v.ERROR, (0, 77))),
        ("write_and_trap", BAD),
        ("write_and_spoof", BAD),
        ("absent", BAD),
        ("__constructor", BAD),
    ],
)
def test_try_call_rolls_back_and_sees_only_contract_errors(function: str, seen: HostValue) -> None:
    # Given a callee that writes, publishes and fails, when it is tried, then nothing of it stays but its own error.
    bench, caller, callee = world()
    assert bench.call(caller, "try_call", callee, v.symbol(function), v.u32(5)) == v.vec([seen])
    assert written(bench) == [None] * 3
    assert bench.last is not None
    assert bench.last.events == []
    failed = [event for event in bench.last.diagnostics if event.type is EventType.CONTRACT]
    assert all(not event.in_successful_call for event in failed)
    assert len(failed) == (0 if function.startswith(("absent", "__")) else 1)


def test_an_exceeded_budget_is_not_survived() -> None:
    bench, caller, callee = world()
    with errors_with(ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT):
        bench.call(caller, "try_call", callee, v.symbol("spend"), v.VOID)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("write_and_fail", (ErrorType.CONTRACT, 77)),
        ("write_and_trap", (ErrorType.WASM_VM, ErrorCode.INVALID_ACTION)),
        ("write_and_spoof", (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION)),
        ("absent", (ErrorType.WASM_VM, ErrorCode.MISSING_VALUE)),
        ("read", (ErrorType.STORAGE, ErrorCode.MISSING_VALUE)),
        ("__constructor", (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION)),
    ],
)
def test_a_failing_call_fails_its_caller(function: str, error: tuple[ErrorType, int]) -> None:
    bench, caller, callee = world()
    with errors_with(*error):
        bench.call(caller, "call", callee, v.symbol(function), v.u32(5))
    assert written(bench) == [None] * 3
    assert bench.auth.stack == []


def test_wrong_argument_count_and_no_contract() -> None:
    bench, caller, callee = world()
    with errors_with(ErrorType.WASM_VM, ErrorCode.UNEXPECTED_SIZE):
        bench.call(caller, "call", callee)
    with errors_with(ErrorType.STORAGE, ErrorCode.MISSING_VALUE):
        bench.call(caller, "call", contract_value(9), v.symbol("f"), v.VOID)
    with errors_with(ErrorType.OBJECT, ErrorCode.INVALID_INPUT):
        bench.call(caller, "call", v.account(b"\1" * 32), v.symbol("f"), v.VOID)


def test_no_reentry_directly_or_through_another() -> None:
    bench, caller, _ = world()
    bench.install(CALLER, 3)
    with errors_with(ErrorType.CONTEXT, ErrorCode.INVALID_ACTION):
        bench.call(caller, "myself", v.symbol("myself"))
    with errors_with(ErrorType.CONTEXT, ErrorCode.INVALID_ACTION):
        bench.call(caller, "through", contract_value(3), v.symbol("call"), v.VOID)


CHAIN = compiled(
    f"""
    (func (export "next") (result i64)
      (call $d__ (call $l_1 {word(v.u32(0))} (i64.const 2)) {word(v.symbol("next"))} (call $v__)))
    (func $down (param i64) (result i64)
      (if (result i64) (i64.eqz (local.get 0))
        (then (call $d__ (call $l_1 {word(v.u32(0))} (i64.const 2)) {word(v.symbol("deep"))} (call $v__)))
        (else (i64.add (call $down (i64.sub (local.get 0) (i64.const 1))) (i64.const 1)))))
    (func (export "deep") (result i64) (call $down (i64.const 2000)))
    (func $forever (param i64) (result i64) (i64.add (call $forever (local.get 0)) (i64.const 1)))
    (func (export "recurse") (result i64) (call $forever (i64.const 0)))
    """,
    "d._", "l.1", "v._",
)  # fmt: skip


def chained(contracts: int) -> Bench:
    bench = Bench()
    code = bench.host().upload(CHAIN)
    for number in range(contracts):
        following = v.contract((number + 1).to_bytes(32, "big"))
        bench.storage.put_instance(number.to_bytes(32, "big"), Instance(code, {v.u32(0): following}))
    return bench


def test_calls_nest_a_hundred_deep_and_no_deeper() -> None:
    # Given 97 contracts, the last of which calls none, then the chain ends at the missing one; with 200, at the limit.
    with errors_with(ErrorType.STORAGE, ErrorCode.MISSING_VALUE):
        chained(97).call(bytes(32), "next")
    with errors_with(ErrorType.CONTEXT, ErrorCode.EXCEEDED_LIMIT):
        chained(200).call(bytes(32), "next")


def test_recursion_ends_on_any_thread() -> None:
    # Given guests that exhaust the native stack alone or together, then they trap, wherever the node runs.
    refused = []

    def run() -> None:
        for function in ("recurse", "deep"):
            with pytest.raises(HostError) as error:
                chained(200).call(bytes(32), function)
            refused.append((error.value.type, error.value.code))

    run()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert refused == [(ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)] * 4


ENDLESS = compiled(
    f"""
    (func (export "loop") (result i64) (loop $l (br $l)) (unreachable))
    (func (export "grow") (result i64) (loop $l (drop (memory.grow (i32.const 1))) (br $l)) (unreachable))
    (func (export "grow_or_trap") (result i64)
      (loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable))
    (func (export "fill") (result i64) (drop (memory.grow (i32.const 600)))
      (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 39000000)) (br $l)) (unreachable))
    (func (export "double") (result i64) (local $b i64) (local.set $b (call $b_3 {word(v.u32(0))} {word(v.u32(65536))}))
      (loop $l (local.set $b (call $b_e (local.get $b) (local.get $b))) (br $l)) (unreachable))
    (func (export "nest") (result i64) (local $v i64) (local.set $v (call $v__))
      (loop $l (local.set $v (call $v_6 (call $v__) (local.get $v))) (br $l)) (unreachable))
    (func (export "compare_nested") (result i64) (local $v i64) (local $i i32) (local.set $v (call $v__))
      (loop $l (local.set $v (call $v_6 (call $v__) (local.get $v)))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))
      (call $x_0 (local.get $v) (local.get $v)))
    (func (export "bomb") (result i64) (local $v i64) (local $w i64) (local $i i32)
      (local.set $v (call $v__)) (local.set $w (call $v__))
      (loop $l
        (local.set $v (call $v_6 (call $v_6 (call $v__) (local.get $v)) (local.get $v)))
        (local.set $w (call $v_6 (call $v_6 (call $v__) (local.get $w)) (local.get $w)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $i) (i32.const 60))))
      (call $x_0 (local.get $v) (local.get $w)))
    (func (export "push") (result i64) (local $v i64) (local.set $v (call $v__))
      (loop $l (local.set $v (call $v_6 (local.get $v) (local.get $v))) (br $l)) (unreachable))
    (func (export "host_calls") (result i64) (loop $l (drop (call $v__)) (br $l)) (unreachable))
    """,
    "b.3", "b.e", "v._", "v.6", "x.0",
)  # fmt: skip


@pytest.mark.parametrize(
    ("function", "error"),
    [
        ("loop", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ("grow", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ("grow_or_trap", (ErrorType.WASM_VM, ErrorCode.INVALID_ACTION)),
        ("double", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ("nest", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ("compare_nested", (ErrorType.CONTEXT, ErrorCode.EXCEEDED_LIMIT)),
        ("bomb", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ("push", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
        ("host_calls", (ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT)),
    ],
)
def test_what_never_ends_is_ended(function: str, error: tuple[ErrorType, int]) -> None:
    bench = Bench(budget=(20_000_000, 41_943_040))
    contract = bench.install(ENDLESS)
    began = time.monotonic()
    with errors_with(*error):
        bench.call(contract, function)
    assert time.monotonic() - began < 5
    assert bench.last is not None
    assert bench.last.budget.cpu_used > 0


def test_the_same_call_costs_the_same() -> None:
    costs = set()
    for _ in range(3):
        bench, caller, callee = world()
        bench.call(caller, "call", callee, v.symbol("write"), v.u32(1))
        assert bench.last is not None
        costs.add((bench.last.budget.cpu_used, bench.last.budget.memory_used))
    assert len(costs) == 1


def test_diagnostics_tell_the_calls() -> None:
    bench, caller, callee = world()
    bench.call(caller, "call", callee, v.symbol("write"), v.u32(1))
    assert bench.last is not None
    names = [event.topics[0] for event in bench.last.diagnostics]
    calls, returns = v.symbol("fn_call"), v.symbol("fn_return")
    assert names == [calls, calls, K, returns, returns]
    assert all(event.to_xdr().to_xdr_bytes() == event.pack() for event in bench.last.diagnostics)
