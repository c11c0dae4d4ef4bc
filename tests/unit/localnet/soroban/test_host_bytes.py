"""Host functions on bytes, strings, symbols, keys and hashes, through real wasm."""

from __future__ import annotations

import hashlib

import pytest
from support.soroban_guests import Bench, compiled, direct, passing_on, refused_with, text, word

from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import pack
from arb.localnet.soroban.errors import ErrorCode, ErrorType
from arb.localnet.soroban.values import HostValue

MAP = v.map_([(v.symbol("b"), v.u32(2)), (v.symbol("a"), v.u32(1))])


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
