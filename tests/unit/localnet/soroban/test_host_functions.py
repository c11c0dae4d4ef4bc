"""The table of host functions, and those that tell and show a contract where it is, through real wasm."""

from __future__ import annotations

import pytest
from support.soroban_guests import LEDGER, Bench, compiled, direct, passing_on, refused_with

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType
from arb.localnet.soroban.functions.registry import FUNCTIONS
from arb.localnet.soroban.values import HostValue

NAMED_IN_THE_PLAN = {
    "a": "013",
    "b": "348_befgijkm",
    "c": "_",
    "d": "0_",
    "i": "012345678_abhinopqrvwxyz",
    "l": "012378_6ae",
    "m": "01234568_9a",
    "v": "012346_degh",
    "x": "013457",
}


def test_all_functions_that_real_contracts_import_are_there() -> None:
    named = {(module, export) for module, exports in NAMED_IN_THE_PLAN.items() for export in exports}
    assert len(named) == 80
    assert named <= FUNCTIONS.keys()


# --- context -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"), [(v.u128(1 << 90), v.u128(5)), (v.string("b"), v.string("a")), (v.vec([v.VOID]), v.TRUE)]
)
def test_obj_cmp_is_the_networks_order(a: HostValue, b: HostValue) -> None:
    # A raw i64 result: 1 is a Val with tag true, 0 false, -1 a bad one; so compare the greater with the smaller.
    assert direct("x.0", [a, b]) == v.TRUE
    assert direct("x.0", [a, a]) == v.FALSE


def test_ledger_facts() -> None:
    assert direct("x.3") == v.u32(LEDGER.sequence)
    assert direct("x.4") == v.u64(LEDGER.timestamp)
    assert direct("x.7") == v.contract(bytes([1]) * 32)


def test_failing_on_purpose() -> None:
    with refused_with(ErrorType.CONTRACT, 42):
        Bench().call(*_failing(42 << 32 | 3))
    with refused_with(ErrorType.CONTEXT, ErrorCode.UNEXPECTED_TYPE):
        Bench().call(*_failing(5 << 32 | 3 << 8 | 3))


def _failing(error: int) -> tuple[bytes, str]:
    bench = Bench()
    contract = bench.install(compiled(f'(func (export "run") (result i64) (call $x_5 (i64.const {error})))', "x.5"))
    bench.call(contract, "run")
    return contract, "run"


def test_events_are_published_with_contract_topics_and_data() -> None:
    bench = Bench()
    passing_on(bench, "x.1")(v.vec([v.symbol("sync"), v.u32(1)]), v.i128(7))
    assert bench.last is not None
    [event] = bench.last.events
    assert event.topics == (v.symbol("sync"), v.u32(1))
    assert event.data == v.i128(7)
    assert event.contract == bytes([1]) * 32
    assert event.to_xdr().to_xdr_bytes() == event.pack()
