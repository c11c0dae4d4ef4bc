"""Host functions on vecs, maps and structs in linear memory, through real wasm."""

from __future__ import annotations

import pytest
from support.soroban_guests import Bench, compiled, direct, refused_with, text, word

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType
from arb.localnet.soroban.values import HostValue

THREE = v.vec([v.u32(1), v.u128(1 << 80), v.u32(1)])


def test_vecs() -> None:
    one = v.u32(1)
    assert direct("v.0", [THREE, v.u32(2), v.VOID]) == v.vec([one, v.u128(1 << 80), v.VOID])
    assert direct("v.1", [THREE, v.u32(1)]) == v.u128(1 << 80)
    assert direct("v.2", [THREE, v.u32(1)]) == v.vec([one, one])
    assert direct("v.3", [THREE]) == v.u32(3)
    assert direct("v.4", [THREE, v.TRUE]) == v.vec([v.TRUE, *THREE[1]])
    assert direct("v.6", [THREE, v.TRUE]) == v.vec([*THREE[1], v.TRUE])
    assert direct("v.d", [THREE, one]) == v.u32(0)
    assert direct("v.e", [THREE, one]) == v.u32(2)
    assert direct("v.d", [THREE, v.i32(1)]) == v.VOID


@pytest.mark.parametrize(("name", "more"), [("v.0", [v.VOID]), ("v.1", []), ("v.2", [])])
def test_vec_indexes_have_bounds(name: str, more: list[HostValue]) -> None:
    with refused_with(ErrorType.OBJECT, ErrorCode.INDEX_BOUNDS):
        direct(name, [THREE, v.u32(3), *more])


MAP = v.map_([(v.symbol("b"), v.u32(2)), (v.symbol("a"), v.u32(1)), (v.u32(5), v.VOID)])


def test_maps() -> None:
    a = v.symbol("a")
    assert direct("m.0", [MAP, a, v.TRUE]) == v.map_([(v.u32(5), v.VOID), (a, v.TRUE), (v.symbol("b"), v.u32(2))])
    assert direct("m.1", [MAP, a]) == v.u32(1)
    assert direct("m.2", [MAP, a]) == v.map_([(v.u32(5), v.VOID), (v.symbol("b"), v.u32(2))])
    assert direct("m.4", [MAP, a]) == v.TRUE
    assert direct("m.4", [MAP, v.string("a")]) == v.FALSE
    assert direct("m.5", [MAP, v.u32(0)]) == v.u32(5)
    assert direct("m.6", [MAP, v.u32(2)]) == v.u32(2)
    assert direct("m.8", [MAP]) == v.vec([v.VOID, v.u32(1), v.u32(2)])


def test_maps_refuse() -> None:
    for name in ("m.1", "m.2"):
        with refused_with(ErrorType.OBJECT, ErrorCode.MISSING_VALUE):
            direct(name, [MAP, v.symbol("c")])
    with refused_with(ErrorType.OBJECT, ErrorCode.INDEX_BOUNDS):
        direct("m.5", [MAP, v.u32(3)])


SLICES = text(0, "\\40\\00\\00\\00\\01\\00\\00\\00\\41\\00\\00\\00\\02\\00\\00\\00") + text(64, "abc")


def test_structs_go_through_linear_memory() -> None:
    # Given the field names "a" and "bc" as slices, when a struct is made and unpacked, then its values survive.
    body = f"""{SLICES}
      (func (export "make") (param i64 i64) (result i64)
        (i64.store (i32.const 128) (local.get 0)) (i64.store (i32.const 136) (local.get 1))
        (call $m_9 {word(v.u32(0))} {word(v.u32(128))} {word(v.u32(2))}))
      (func (export "second") (param i64) (result i64)
        (drop (call $m_a (local.get 0) {word(v.u32(0))} {word(v.u32(256))} {word(v.u32(2))}))
        (i64.load (i32.const 264)))
      (func (export "which") (param i64) (result i64) (call $b_m (local.get 0) {word(v.u32(0))} {word(v.u32(2))}))"""
    bench = Bench()
    contract = bench.install(compiled(body, "m.9", "m.a", "b.m"))
    wide = v.i128(1 << 100)
    struct = bench.call(contract, "make", v.u32(3), wide)
    assert struct == v.map_([(v.symbol("a"), v.u32(3)), (v.symbol("bc"), wide)])
    assert bench.call(contract, "second", struct) == wide
    assert bench.call(contract, "which", v.symbol("bc")) == v.u32(1)
    with refused_with(ErrorType.VALUE, ErrorCode.MISSING_VALUE):
        bench.call(contract, "which", v.symbol("c"))
    with refused_with(ErrorType.OBJECT, ErrorCode.UNEXPECTED_SIZE):
        bench.call(contract, "second", MAP)
    with refused_with(ErrorType.OBJECT, ErrorCode.INVALID_INPUT):
        bench.call(contract, "second", v.map_([(v.symbol("a"), v.VOID), (v.symbol("bd"), v.VOID)]))


@pytest.mark.parametrize("name", ["v.g", "b.3", "b.i", "b.j"])
@pytest.mark.parametrize(("position", "length"), [(65_536, 1), (65_535, 2), (1, 65_536)])
def test_slices_out_of_linear_memory_are_refused(name: str, position: int, length: int) -> None:
    with refused_with(ErrorType.WASM_VM, ErrorCode.INDEX_BOUNDS):
        direct(name, [v.u32(position), v.u32(length)])


def test_a_slice_that_ends_past_the_address_space_is_refused() -> None:
    with refused_with(ErrorType.VALUE, ErrorCode.ARITH_DOMAIN):
        direct("v.g", [v.u32(2**32 - 1), v.u32(2**32 - 1)])


def test_memory_that_is_not_exported_is_missing() -> None:
    bench = Bench()
    body = f'(func (export "run") (result i64) (call $b_3 {word(v.u32(0))} {word(v.u32(1))}))'
    with refused_with(ErrorType.WASM_VM, ErrorCode.MISSING_VALUE):
        bench.call(bench.install(compiled(body, "b.3", memory="(memory 1)")), "run")
