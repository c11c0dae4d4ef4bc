"""Host functions on wide integers, through real wasm: exact, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.soroban_guests import Bench, compiled, direct, passing_on, refused_with

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.values import HostValue

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
