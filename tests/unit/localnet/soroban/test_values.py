"""Values order, pack and encode as the network's do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair, StrKey, scval, xdr

from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import from_scaddress, from_scval, pack, to_scaddress, to_scval, unpack
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.vals import decode, encode, encode_object
from arb.localnet.soroban.values import HostValue

INTEGER_BITS = {
    v.U32: (32, 0), v.I32: (32, 1), v.U64: (64, 0), v.I64: (64, 1), v.TIMEPOINT: (64, 0), v.DURATION: (64, 0),
    v.U128: (128, 0), v.I128: (128, 1), v.U256: (256, 0), v.I256: (256, 1),
}  # fmt: skip


def integers_of(kind: int) -> st.SearchStrategy[HostValue]:
    bits, signed = INTEGER_BITS[kind]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    # Small and large forms meet at 2^55 and 2^56: look there.
    edge = st.integers(max(low, (1 << 55) - 3), min(high, (1 << 56) + 3)) if high > 1 << 56 else st.integers(low, high)
    return st.one_of(st.integers(low, high), edge, st.integers(max(low, -2), 2)).map(lambda n: (kind, n))


key32 = st.binary(min_size=32, max_size=32)
addresses = st.one_of(
    key32.map(v.account),
    key32.map(v.contract),
    st.binary(min_size=40, max_size=40).map(lambda raw: (v.ADDRESS, (v.MUXED, raw))),
)
leaves = st.one_of(
    st.booleans().map(v.boolean),
    st.just(v.VOID),
    st.tuples(st.just(0), st.integers(0, 2**32 - 1)).map(lambda e: (v.ERROR, e)),
    st.tuples(st.integers(1, 9), st.integers(0, 9)).map(lambda e: (v.ERROR, e)),
    *[integers_of(kind) for kind in INTEGER_BITS],
    st.binary(max_size=40).map(v.bytes_),
    st.binary(max_size=40).map(v.string),
    st.from_regex(r"[A-Za-z0-9_]{0,32}", fullmatch=True).map(v.symbol),
    addresses,
)
any_value = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(v.vec),
        st.lists(st.tuples(inner, inner), max_size=4, unique_by=lambda pair: pair[0]).map(v.map_),
    ),
    max_leaves=8,
)


@given(any_value)
def test_packed_values_are_the_networks_xdr(value: HostValue) -> None:
    # Given any value, when it is packed, then the SDK reads the same bytes, and they unpack to the value.
    data = pack(value)
    assert xdr.SCVal.from_xdr_bytes(data).to_xdr_bytes() == data
    assert unpack(data) == value
    assert from_scval(to_scval(value)) == value


@given(any_value)
def test_a_val_holds_its_value(value: HostValue) -> None:
    objects: list[HostValue] = []
    assert decode(encode(value, objects), objects) == value
    # What fits a small form is always small, and a small form needs no object.
    assert len(objects) <= 1


@pytest.mark.parametrize(("kind", "limit"), [(v.U64, 1 << 56), (v.U128, 1 << 56), (v.I64, 1 << 55), (v.I256, 1 << 55)])
def test_small_forms_end_where_the_body_ends(kind: int, limit: int) -> None:
    objects: list[HostValue] = []
    assert encode((kind, limit - 1), objects) & 0xFF < 64
    assert not objects
    assert encode((kind, limit), objects) & 0xFF >= 64


def test_known_vals() -> None:
    # From rs-soroban-env: u32 7, i32 -1, symbol "a", i64 -1.
    assert encode(v.u32(7), []) == 7 << 32 | 4
    assert encode(v.i32(-1), []) == 0xFFFFFFFF << 32 | 5
    assert encode(v.symbol("a"), []) == 38 << 8 | 14
    assert encode(v.i64(-1), []) == ((1 << 56) - 1) << 8 | 7
    assert encode(v.VOID, []) == 2


@given(st.integers(0, 2**64 - 1))
def test_any_word_is_a_value_or_refused(word: int) -> None:
    # Given whatever a guest may pass, when it is decoded, then it is a value that encodes to itself, or HostError.
    objects: list[HostValue] = [v.u128(1 << 90), v.vec([])]
    try:
        value = decode(word, objects)
    except HostError as error:
        refusal = (error.type, error.code)
        assert refusal == (ErrorType.VALUE, ErrorCode.INVALID_INPUT)
    else:
        assert decode(encode(value, objects), objects) == value


@pytest.mark.parametrize(
    "word",
    [
        1 << 32 | 68,  # an absolute handle
        4 << 32 | 68,  # a handle past the table
        0 << 32 | 75,  # the right handle with another object's tag
        15,  # no tag
        1 << 8 | 1,  # true with a body
        1 << 8 | 4,  # a u32 with minor bits
    ],
)
def test_forged_words_are_refused(word: int) -> None:
    with pytest.raises(HostError) as refused:
        decode(word, [v.u128(1 << 90)])
    assert (refused.value.type, refused.value.code) == (ErrorType.VALUE, ErrorCode.INVALID_INPUT)


def test_an_object_may_hold_what_would_fit_small() -> None:
    objects: list[HostValue] = []
    word = encode_object(v.u64(5), objects)
    assert word & 0xFF == 64
    assert decode(word, objects) == v.u64(5)


def test_values_of_the_sdk_are_ours() -> None:
    account = Keypair.random().public_key
    contract = StrKey.encode_contract(bytes(32))
    assert from_scval(scval.to_int128(-5)) == v.i128(-5)
    assert from_scval(scval.to_address(account)) == v.account(account)
    assert from_scval(scval.to_map({scval.to_symbol("a"): scval.to_uint32(1)})) == v.map_([(v.symbol("a"), v.u32(1))])
    assert v.strkey(from_scval(scval.to_address(contract))) == contract
    assert from_scaddress(to_scaddress(v.address(contract))) == v.contract(contract)


@given(addresses)
def test_addresses_have_strkeys(value: HostValue) -> None:
    assert v.address(v.strkey(value)) == value


def test_order_is_by_type_then_content() -> None:
    ordered = [
        v.FALSE, v.TRUE, v.VOID, (v.ERROR, (0, 9)), (v.ERROR, (1, 0)), v.u32(9), v.i32(-9), v.u64(0), v.i64(-1),
        v.i128(-2), v.i128(1), v.bytes_(b"a"), v.bytes_(b"aa"), v.string("A"), v.symbol("Z"), v.symbol("_"),
        v.symbol("a"), v.symbol("aaaaaaaaaaa"), v.vec([]), v.vec([v.u32(2)]), v.vec([v.u32(2), v.u32(0)]),
        v.vec([v.u32(3)]), v.map_([]), v.map_([(v.u32(1), v.u32(2))]), v.account(b"\xff" * 32), v.contract(b"\0" * 32),
    ]  # fmt: skip
    shuffled = ordered[1::2] + ordered[::2]
    assert sorted(shuffled) == ordered


@pytest.mark.parametrize(
    "data",
    [
        b"",
        pack(v.u64(1))[:-1],
        pack(v.u64(1)) + b"\0",
        b"\0\0\0\0\0\0\0\2",  # boolean 2
        b"\0\0\0\x0f\0\0\0\1a!\0\0",  # non-zero padding
        b"\0\0\0\x0f\0\0\0\1-\0\0\0",  # no symbol
        b"\0\0\0\x10\0\0\0\0",  # a vec without content
        b"\0\0\0\x10\0\0\0\1\0\0\0\1" * 600 + pack(v.VOID),  # too deep
    ],
)
def test_malformed_xdr_is_refused(data: bytes) -> None:
    with pytest.raises(HostError) as refused:
        unpack(data)
    assert (refused.value.type, refused.value.code) == (ErrorType.VALUE, ErrorCode.INVALID_INPUT)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ((99).to_bytes(4, "big"), (ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE)),
        (pack(v.INSTANCE_STORAGE_KEY), (ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE)),
        (pack((v.NONCE_KEY, 5)), (ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE)),
        (pack((v.ADDRESS, (v.CLAIMABLE_BALANCE, bytes(32)))), (ErrorType.OBJECT, ErrorCode.UNEXPECTED_TYPE)),
        (pack((v.ADDRESS, (v.LIQUIDITY_POOL, bytes(32)))), (ErrorType.OBJECT, ErrorCode.UNEXPECTED_TYPE)),
        (
            b"\0\0\0\x11\0\0\0\1\0\0\0\2" + (pack(v.u32(2)) + pack(v.VOID)) + (pack(v.u32(1)) + pack(v.VOID)),
            (ErrorType.OBJECT, ErrorCode.INVALID_INPUT),
        ),
    ],
)
def test_what_xdr_can_write_and_no_contract_holds(data: bytes, error: tuple[ErrorType, int]) -> None:
    with pytest.raises(HostError) as refused:
        unpack(data)
    assert (refused.value.type, refused.value.code) == error


@given(st.binary(max_size=80))
def test_any_bytes_unpack_or_are_refused(data: bytes) -> None:
    try:
        assert pack(unpack(data)) == data
    except HostError as error:
        assert error.type in (ErrorType.VALUE, ErrorType.OBJECT)  # noqa: PT017 - either end is right


def test_a_repeated_map_key_is_refused() -> None:
    with pytest.raises(HostError):
        v.map_([(v.u32(1), v.VOID), (v.u32(1), v.TRUE)])
