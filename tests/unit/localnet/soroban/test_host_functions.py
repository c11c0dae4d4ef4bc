"""Every group of host functions, called through real wasm."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.soroban_guests import LEDGER, Bench, compiled, direct, passing_on, text, word

from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import pack
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
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


def refused_with(error_type: ErrorType, code: int) -> pytest.RaisesExc[HostError]:
    return pytest.raises(HostError, check=lambda error: (error.type, error.code) == (error_type, code))


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


# --- integers ------------------------------------------------------------------------------------------------------

U256_MAX, I256_MIN, I256_MAX = (1 << 256) - 1, -(1 << 255), (1 << 255) - 1


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, U256_MAX), st.integers(0, U256_MAX), st.integers(I256_MIN, I256_MAX), st.integers(I256_MIN, I256_MAX)
)
def test_wide_arithmetic_is_exact_or_refused(a: int, b: int, c: int, d: int) -> None:
    bench = Bench()
    for names, make, x, y in (("nopqr", v.u256, a, b), ("vwxyz", v.i256, c, d)):
        expected = [x + y, x - y, x * y, _towards_zero(x, y), x % abs(y) if y else None]
        for export, result in zip(names, expected, strict=True):
            function = passing_on(bench, f"i.{export}")
            try:
                wanted = None if result is None else make(result)
            except HostError:
                wanted = None
            if wanted is None:
                with refused_with(ErrorType.OBJECT, ErrorCode.ARITH_DOMAIN):
                    function(make(x), make(y))
            else:
                assert function(make(x), make(y)) == wanted


def _towards_zero(x: int, y: int) -> int | None:
    return None if not y else abs(x) // abs(y) * (-1 if (x < 0) != (y < 0) else 1)


@pytest.mark.parametrize(
    ("export", "args", "result"),
    [
        ("H", (v.u256(U256_MAX), v.u256(0)), v.u256(U256_MAX)),
        ("H", (v.u256(U256_MAX), v.u256(1)), v.VOID),
        ("I", (v.u256(5), v.u256(6)), v.VOID),
        ("J", (v.u256(1 << 128), v.u256(1 << 127)), v.u256(1 << 255)),
        ("J", (v.u256(1 << 128), v.u256(1 << 128)), v.VOID),
        ("K", (v.u256(2), v.u32(255)), v.u256(1 << 255)),
        ("K", (v.u256(2), v.u32(2**32 - 1)), v.VOID),
        ("L", (v.i256(I256_MAX), v.i256(1)), v.VOID),
        ("M", (v.i256(I256_MIN), v.i256(1)), v.VOID),
        ("N", (v.i256(I256_MIN), v.i256(-1)), v.VOID),
        ("O", (v.i256(-2), v.u32(255)), v.i256(I256_MIN)),
        ("O", (v.i256(-2), v.u32(256)), v.VOID),
    ],
)
def test_checked_arithmetic_gives_void_where_it_overflows(
    export: str, args: tuple[HostValue, HostValue], result: HostValue
) -> None:
    assert direct(f"i.{export}", args) == result


def test_the_only_signed_division_that_overflows() -> None:
    for export in "yz":
        with refused_with(ErrorType.OBJECT, ErrorCode.ARITH_DOMAIN):
            direct(f"i.{export}", [v.i256(I256_MIN), v.i256(-1)])


def test_bytes_of_wide_integers() -> None:
    assert direct("i.b", [v.u256(258)]) == v.bytes_(bytes(30) + b"\1\2")
    assert direct("i.h", [v.bytes_(b"\xff" * 32)]) == v.i256(-1)
    assert direct("i.a", [v.bytes_(b"\xff" * 32)]) == v.u256(U256_MAX)
    with refused_with(ErrorType.OBJECT, ErrorCode.UNEXPECTED_SIZE):
        direct("i.a", [v.bytes_(bytes(31))])


@pytest.mark.parametrize("number", [0, -1, 1 << 64, -(1 << 127), (1 << 127) - 1])
def test_i128_goes_through_its_pieces(number: int) -> None:
    # Given an i128 built from pieces in wasm, when taken apart and built again, then it is the same.
    high, low = number >> 64, number & (1 << 64) - 1
    body = f"""(func (export "run") (result i64) (local $x i64)
      (local.set $x (call $i_6 (i64.const {high}) (i64.const {low})))
      (call $i_6 (call $i_8 (local.get $x)) (call $i_7 (local.get $x))))"""
    bench = Bench()
    assert bench.call(bench.install(compiled(body, "i.6", "i.7", "i.8")), "run") == v.i128(number)


# --- vecs, maps ----------------------------------------------------------------------------------------------------

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


# --- bytes, strings, symbols, crypto, addresses ----------------------------------------------------------------------


def test_bytes_and_strings() -> None:
    data = v.bytes_(b"stellar")
    assert direct("b.8", [data]) == v.u32(7)
    assert direct("b.b", [data]) == v.u32(ord("s"))
    assert direct("b.e", [data, v.bytes_(b"!")]) == v.bytes_(b"stellar!")
    assert direct("b.f", [data, v.u32(1), v.u32(3)]) == v.bytes_(b"te")
    assert direct("b.k", [v.string("abc")]) == v.u32(3)
    assert direct("b._", [MAP]) == v.bytes_(pack(MAP))
    assert direct("b.0", [v.bytes_(pack(MAP))]) == MAP
    assert direct("c._", [data]) == v.bytes_(hashlib.sha256(b"stellar").digest())


def test_bytes_refuse() -> None:
    for start, end, code in (
        (8, 8, ErrorCode.INDEX_BOUNDS),
        (0, 8, ErrorCode.INDEX_BOUNDS),
        (3, 2, ErrorCode.INVALID_INPUT),
    ):
        with refused_with(ErrorType.OBJECT, code):
            direct("b.f", [v.bytes_(b"stellar"), v.u32(start), v.u32(end)])
    with refused_with(ErrorType.OBJECT, ErrorCode.INDEX_BOUNDS):
        direct("b.b", [v.bytes_(b"")])
    with refused_with(ErrorType.OBJECT, ErrorCode.INDEX_BOUNDS):
        direct("b.g", [v.string("abc"), v.u32(1), v.u32(0), v.u32(3)])


def test_symbols_are_made_of_their_alphabet() -> None:
    body = f"""{text(0, "flash_loan_receiver-x")}
      (func (export "run") (param i64) (result i64) (call $b_j {word(v.u32(0))} (local.get 0)))"""
    bench = Bench()
    contract = bench.install(compiled(body, "b.j"))
    assert bench.call(contract, "run", v.u32(19)) == v.symbol("flash_loan_receiver")
    for length in (20, 33):
        with refused_with(ErrorType.VALUE, ErrorCode.INVALID_INPUT):
            bench.call(contract, "run", v.u32(length))


def test_strkeys() -> None:
    address = v.contract(bytes(32))
    assert direct("a.1", [v.string(v.strkey(address))]) == address
    with refused_with(ErrorType.VALUE, ErrorCode.INVALID_INPUT):
        direct("a.1", [v.string("C" * 56)])
    with refused_with(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE):
        direct("a.1", [v.u32(1)])


def test_authorisation_is_asked_of_the_port() -> None:
    bench = Bench()
    who = v.account(b"\7" * 32)
    passing_on(bench, "a.0")(who)
    [(address, args, invocation)] = bench.auth.asked
    assert (address, args) == (who, None)
    assert getattr(invocation, "args", None) == (who,)
    assert bench.auth.stack == []


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("b.8", [v.u32(1)]),
        ("v.3", [v.bytes_(b"")]),
        ("m.3", [v.vec([])]),
        ("v.1", [v.vec([]), v.i32(0)]),
        ("a.0", [v.string("x")]),
        ("i.n", [v.u256(1), v.i256(1)]),
        ("d._", [v.contract(bytes(32)), v.string("f"), v.vec([])]),
        ("l.0", [v.VOID, v.u32(9)]),
    ],
)
def test_mistyped_arguments_are_refused(name: str, args: list[HostValue]) -> None:
    with refused_with(ErrorType.VALUE, ErrorCode.INVALID_INPUT):
        direct(name, args)


def test_asset_contracts_have_addresses_and_bad_assets_none() -> None:
    assert direct("l.b", [v.bytes_(bytes(4))])[0] == v.ADDRESS
    for asset in (b"", bytes(5), b"\0\0\0\x09"):
        with refused_with(ErrorType.VALUE, ErrorCode.INVALID_INPUT):
            direct("l.b", [v.bytes_(asset)])


def test_muxed_strkeys() -> None:
    muxed = (v.ADDRESS, (v.MUXED, (7).to_bytes(8, "big") + b"\3" * 32))
    for address in (muxed, v.account(b"\3" * 32), v.contract(b"\4" * 32)):
        text = v.string(v.strkey(address))
        assert direct("a.7", [text]) == address
        assert direct("a.8", [address]) == text
    with refused_with(ErrorType.VALUE, ErrorCode.INVALID_INPUT):
        direct("a.1", [v.string(v.strkey(muxed))])
    with refused_with(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE):
        direct("a.8", [v.string("G")])


def test_muxed_addresses_come_apart() -> None:
    muxed = (v.ADDRESS, (v.MUXED, (258).to_bytes(8, "big") + b"\7" * 32))
    assert direct("a.4", [muxed]) == v.account(b"\7" * 32)
    assert direct("a.5", [muxed]) == v.u64(258)
    with refused_with(ErrorType.VALUE, ErrorCode.INVALID_INPUT):
        direct("a.4", [v.account(b"\7" * 32)])
    with refused_with(ErrorType.VALUE, ErrorCode.INVALID_INPUT):
        direct("a.0", [muxed])


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        # The event signature every ERC-20 log carries.
        (b"Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
    ],
)
def test_keccak256(data: bytes, digest: str) -> None:
    assert direct("c.1", [v.bytes_(data)]) == v.bytes_(bytes.fromhex(digest))
