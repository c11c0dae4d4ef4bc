"""Host values as (SCVal type number, payload) tuples: Python's tuple order is the network's order.

Payloads: bool; void (); error (type, code); every integer type int; bytes and string bytes; symbol str; vec a tuple of
values; map a tuple of (key, value) pairs sorted by unique key; address (kind, bytes) with the kinds of SCAddress.
The two ledger-only keys (instance, nonce) appear as storage keys, never inside a contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from stellar_sdk import StrKey

from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError

__all__ = [
    "FALSE",
    "TRUE",
    "VOID",
    "HostValue",
    "account",
    "address",
    "boolean",
    "bytes_",
    "contract",
    "i32",
    "i64",
    "i128",
    "i256",
    "map_",
    "string",
    "strkey",
    "symbol",
    "u32",
    "u64",
    "u128",
    "u256",
    "vec",
]

HostValue = tuple[int, Any]

BOOL, VOID_TYPE, ERROR, U32, I32, U64, I64, TIMEPOINT, DURATION, U128, I128, U256, I256 = range(13)
BYTES, STRING, SYMBOL, VEC, MAP, ADDRESS, INSTANCE, INSTANCE_KEY, NONCE_KEY = range(13, 22)

ACCOUNT, CONTRACT, MUXED, CLAIMABLE_BALANCE, LIQUIDITY_POOL = range(5)
HOLDABLE = (ACCOUNT, CONTRACT, MUXED)
"""The kinds of address that a contract can be given."""
"""Kinds of address (SCAddressType). A muxed one is its id, 8 bytes big-endian, and the account's 32 bytes."""

VOID: HostValue = (VOID_TYPE, ())
TRUE: HostValue = (BOOL, True)
FALSE: HostValue = (BOOL, False)
INSTANCE_STORAGE_KEY: HostValue = (INSTANCE_KEY, ())

_SYMBOL = re.compile(r"[A-Za-z0-9_]{0,32}")
_BITS = {U32: 32, I32: 32, U64: 64, I64: 64, TIMEPOINT: 64, DURATION: 64, U128: 128, I128: 128, U256: 256, I256: 256}
_SIGNED = {I32, I64, I128, I256}


def in_range(kind: int, n: int) -> bool:
    """Whether the integer fits the integer type `kind` (U32 ... I256)."""
    bits = _BITS[kind]
    return -(1 << bits - 1) <= n < 1 << bits - 1 if kind in _SIGNED else 0 <= n < 1 << bits


def integer(kind: int, n: int) -> HostValue:
    """An integer value of type `kind`. Raises HostError(VALUE, ARITH_DOMAIN) out of range."""
    if not in_range(kind, n):
        raise HostError(ErrorType.VALUE, ErrorCode.ARITH_DOMAIN, f"{n} does not fit integer type {kind}")
    return kind, n


def boolean(value: bool) -> HostValue:
    return TRUE if value else FALSE


def u32(n: int) -> HostValue:
    return integer(U32, n)


def i32(n: int) -> HostValue:
    return integer(I32, n)


def u64(n: int) -> HostValue:
    return integer(U64, n)


def i64(n: int) -> HostValue:
    return integer(I64, n)


def u128(n: int) -> HostValue:
    return integer(U128, n)


def i128(n: int) -> HostValue:
    return integer(I128, n)


def u256(n: int) -> HostValue:
    return integer(U256, n)


def i256(n: int) -> HostValue:
    return integer(I256, n)


def bytes_(data: bytes) -> HostValue:
    return BYTES, bytes(data)


def string(text: str | bytes) -> HostValue:
    return STRING, text.encode() if isinstance(text, str) else bytes(text)


def symbol(text: str) -> HostValue:
    """A symbol. Raises HostError(VALUE, INVALID_INPUT) beyond 32 characters of [A-Za-z0-9_]."""
    if not _SYMBOL.fullmatch(text):
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"{text[:40]!r} is not a symbol")
    return SYMBOL, text


def vec(items: Iterable[HostValue]) -> HostValue:
    return VEC, tuple(items)


def map_(pairs: Iterable[tuple[HostValue, HostValue]]) -> HostValue:
    """A map, sorted here. Raises HostError(OBJECT, INVALID_INPUT) when a key repeats."""
    entries = tuple(sorted(pairs, key=lambda pair: pair[0]))
    for (left, _), (right, _) in pairwise(entries):
        if left == right:
            raise HostError(ErrorType.OBJECT, ErrorCode.INVALID_INPUT, f"map key {left!r} appears twice")
    return MAP, entries


def account(key: str | bytes) -> HostValue:
    """The address of an account: G... or its 32 bytes."""
    return ADDRESS, (ACCOUNT, StrKey.decode_ed25519_public_key(key) if isinstance(key, str) else bytes(key))


def contract(key: str | bytes) -> HostValue:
    """The address of a contract: C... or its 32 bytes."""
    return ADDRESS, (CONTRACT, StrKey.decode_contract(key) if isinstance(key, str) else bytes(key))


def address(text: str) -> HostValue:
    """The address written as a strkey (G, C, M, B or L). Raises HostError(VALUE, INVALID_INPUT) when it is none."""
    try:
        match text[:1]:
            case "G":
                return account(text)
            case "C":
                return contract(text)
            case "M":
                raw = StrKey.decode_med25519_public_key(text)
                return ADDRESS, (MUXED, raw[32:] + raw[:32])
            case "B":
                return ADDRESS, (CLAIMABLE_BALANCE, StrKey.decode_claimable_balance(text)[1:])
            case "L":
                return ADDRESS, (LIQUIDITY_POOL, StrKey.decode_liquidity_pool(text))
    except ValueError as error:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"not a strkey: {error}") from None
    raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"not an address strkey: {text[:60]!r}")


def strkey(value: HostValue) -> str:
    """The strkey of an address value."""
    kind, raw = value[1]
    match kind:
        case 0:
            return StrKey.encode_ed25519_public_key(raw)
        case 1:
            return StrKey.encode_contract(raw)
        case 2:
            return StrKey.encode_med25519_public_key(raw[8:] + raw[:8])
        case 3:
            return StrKey.encode_claimable_balance(b"\0" + raw)
        case _:
            return StrKey.encode_liquidity_pool(raw)
