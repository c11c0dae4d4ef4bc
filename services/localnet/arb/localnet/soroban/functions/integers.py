"""Host functions of module i: wide integers in and out of objects, and checked 256-bit arithmetic."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import fixed_bytes
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("i")

_LOW = (1 << 64) - 1
_WIDE_CPU = 2_000
"""Model instructions of a 256-bit operation, of the order the network charges."""


@TABLE.export("_", "u64", gives="U64Object")
def obj_from_u64(_host: Host, number: int) -> int:
    return number


@TABLE.export("0", "U64Object", gives="raw")
def obj_to_u64(_host: Host, number: int) -> int:
    return number


@TABLE.export("1", "i64", gives="I64Object")
def obj_from_i64(_host: Host, number: int) -> int:
    return number


@TABLE.export("2", "I64Object", gives="raw")
def obj_to_i64(_host: Host, number: int) -> int:
    return number


@TABLE.export("3", "u64", "u64", gives="U128Object")
def obj_from_u128_pieces(_host: Host, high: int, low: int) -> int:
    return high << 64 | low


@TABLE.export("4", "U128Object", gives="raw")
def obj_to_u128_lo64(_host: Host, number: int) -> int:
    return number & _LOW


@TABLE.export("5", "U128Object", gives="raw")
def obj_to_u128_hi64(_host: Host, number: int) -> int:
    return number >> 64


@TABLE.export("6", "i64", "u64", gives="I128Object")
def obj_from_i128_pieces(_host: Host, high: int, low: int) -> int:
    return high << 64 | low


@TABLE.export("7", "I128Object", gives="raw")
def obj_to_i128_lo64(_host: Host, number: int) -> int:
    return number & _LOW


@TABLE.export("8", "I128Object", gives="raw")
def obj_to_i128_hi64(_host: Host, number: int) -> int:
    return number >> 64


@TABLE.export("a", "Bytes", gives="U256")
def u256_val_from_be_bytes(_host: Host, data: bytes) -> int:
    return int.from_bytes(fixed_bytes(data, 32, "U256 bytes"), "big")


@TABLE.export("b", "U256", gives="Bytes")
def u256_val_to_be_bytes(_host: Host, number: int) -> bytes:
    return number.to_bytes(32, "big")


@TABLE.export("h", "Bytes", gives="I256")
def i256_val_from_be_bytes(_host: Host, data: bytes) -> int:
    return int.from_bytes(fixed_bytes(data, 32, "I256 bytes"), "big", signed=True)


@TABLE.export("i", "I256", gives="Bytes")
def i256_val_to_be_bytes(_host: Host, number: int) -> bytes:
    return number.to_bytes(32, "big", signed=True)


def divide(a: int, b: int) -> int | None:
    """Quotient rounded towards zero; None by zero."""
    if not b:
        return None
    quotient = abs(a) // abs(b)
    return -quotient if (a < 0) != (b < 0) else quotient


def divide_i256(a: int, b: int) -> int | None:
    return divide(a, b)


def remainder(a: int, b: int) -> int | None:
    """Euclidean remainder, never negative; None by zero and where the division itself would overflow i256."""
    if not b or (a == -(1 << 255) and b == -1):
        return None
    return a % abs(b)


def power(a: int, exponent: int) -> int | None:
    """a to a u32 power; None once it cannot fit 256 bits, without computing it."""
    if abs(a) > 1 and exponent > 256:
        return None
    return int(a ** (exponent if abs(a) > 1 else exponent % 2 or min(exponent, 2)))


def shift_left(a: int, bits: int) -> int | None:
    """Bits shifted out are lost, as in a register; None from 256 on."""
    return None if bits >= 256 else a << bits


def shift_right(a: int, bits: int) -> int | None:
    return None if bits >= 256 else a >> bits


def _wrapped(kind: int, number: int) -> int:
    number &= (1 << 256) - 1
    return number - (1 << 256) if kind == v.I256 and number >> 255 else number


Operation = Callable[[int, int], int | None]

_OPERATIONS: list[tuple[str, str, str, Operation]] = [
    # name, export of the unsigned and of the signed form
    ("add", "n", "v", operator.add),
    ("sub", "o", "w", operator.sub),
    ("mul", "p", "x", operator.mul),
    ("div", "q", "y", divide),
    ("rem_euclid", "r", "z", remainder),
    ("pow", "s", "A", power),
    ("shl", "t", "B", shift_left),
    ("shr", "u", "C", shift_right),
]
_CHECKED: list[tuple[str, str, str, Operation]] = [
    # the same with Void in place of a failure
    ("add", "H", "L", operator.add),
    ("sub", "I", "M", operator.sub),
    ("mul", "J", "N", operator.mul),
    ("pow", "K", "O", power),
]
_BY_U32 = ("pow", "shl", "shr")


def _declare(kind: int, type_name: str, name: str, export: str, compute: Operation) -> None:
    def operation(host: Host, a: int, b: int) -> int:
        host.budget.charge(_WIDE_CPU)
        number = compute(a, b)
        if number is not None and name == "shl":
            number = _wrapped(kind, number)
        if number is None or not v.in_range(kind, number):
            raise HostError(ErrorType.OBJECT, ErrorCode.ARITH_DOMAIN, f"{name} of {a} and {b} overflows {type_name}")
        return number

    operation.__name__ = f"{type_name.lower()}_{name}"
    TABLE.export(export, type_name, "u32" if name in _BY_U32 else type_name, gives=type_name)(operation)


def _declare_checked(kind: int, type_name: str, name: str, export: str, compute: Operation) -> None:
    def operation(host: Host, a: int, b: int) -> HostValue:
        host.budget.charge(_WIDE_CPU)
        number = compute(a, b)
        return (kind, number) if number is not None and v.in_range(kind, number) else v.VOID

    operation.__name__ = f"{type_name.lower()}_checked_{name}"
    TABLE.export(export, type_name, "u32" if name in _BY_U32 else type_name, gives="Val")(operation)


for _declared, _table in ((_declare, _OPERATIONS), (_declare_checked, _CHECKED)):
    for _name, _unsigned, _signed, _compute in _table:
        _declared(v.U256, "U256", _name, _unsigned, _compute)
        _declared(v.I256, "I256", _name, _signed, _compute)


@TABLE.export("9", "u64", "u64", "u64", "u64", gives="U256Object")
def obj_from_u256_pieces(_host: Host, a: int, b: int, c: int, d: int) -> int:
    return a << 192 | b << 128 | c << 64 | d


@TABLE.export("g", "i64", "u64", "u64", "u64", gives="I256Object")
def obj_from_i256_pieces(_host: Host, a: int, b: int, c: int, d: int) -> int:
    return a << 192 | b << 128 | c << 64 | d


def _declare_pieces(type_name: str, exports: str) -> None:
    for export, name, shift in zip(exports, ("hi_hi", "hi_lo", "lo_hi", "lo_lo"), (192, 128, 64, 0), strict=True):

        def piece(_host: Host, number: int, shift: int = shift) -> int:
            return number >> shift & _LOW

        piece.__name__ = f"obj_to_{type_name[:4].lower()}_{name}"
        TABLE.export(export, type_name, gives="raw")(piece)


_declare_pieces("U256Object", "cdef")
_declare_pieces("I256Object", "jklm")


@TABLE.export("D", "u64", gives="TimepointObject")
def timepoint_obj_from_u64(_host: Host, number: int) -> int:
    return number


@TABLE.export("E", "TimepointObject", gives="raw")
def timepoint_obj_to_u64(_host: Host, number: int) -> int:
    return number


@TABLE.export("F", "u64", gives="DurationObject")
def duration_obj_from_u64(_host: Host, number: int) -> int:
    return number


@TABLE.export("G", "DurationObject", gives="raw")
def duration_obj_to_u64(_host: Host, number: int) -> int:
    return number
