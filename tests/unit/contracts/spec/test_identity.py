"""Laws of the encoding: what goes in comes out, for every type; the network's order; the same bytes as the SDK's."""

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import scval, xdr
from support.spec_types import ACCOUNTS, CONTRACTS, Typed, typed_values

from arb.contracts.spec.interface import Interface
from arb.contracts.spec.order import sort_key
from arb.contracts.spec.text import json_of_value, value_of_json
from arb.contracts.spec.types import Field, Function, Map, Option, Scalar, Struct, Type, Udt, Vec


def echo(type_: Type, *entries: Any) -> Interface:
    """A contract whose one function answers what it is given."""
    return Interface((Function("echo", (Field("value", type_),), type_), *entries))


@settings(max_examples=250, deadline=None)
@given(typed_values())
def test_a_value_comes_back_from_the_network_as_it_was(case: tuple[Typed, Any]) -> None:
    typed, value = case
    interface = echo(typed.type, *typed.entries)

    [encoded] = interface.encode_arguments("echo", [value])
    received = xdr.SCVal.from_xdr_bytes(encoded.to_xdr_bytes())

    assert interface.decode_result("echo", received) == value


@settings(max_examples=250, deadline=None)
@given(typed_values())
def test_a_value_comes_back_from_json_as_it_was(case: tuple[Typed, Any]) -> None:
    typed, value = case
    interface = echo(typed.type, *typed.entries)

    text = json.dumps(json_of_value(interface, typed.type, value))

    assert value_of_json(interface, typed.type, json.loads(text)) == value


@given(st.dictionaries(ACCOUNTS | CONTRACTS, st.integers(0, 9), max_size=8), st.randoms())
def test_map_keys_are_in_the_order_of_the_network_however_they_are_given(
    held: dict[str, int], dice: random.Random
) -> None:
    interface = echo(Map(Scalar.ADDRESS, Scalar.U32))
    shuffled = list(held.items())
    dice.shuffle(shuffled)

    [encoded] = interface.encode_arguments("echo", [dict(shuffled)])

    assert encoded.map is not None
    packed = [entry.key.to_xdr_bytes() for entry in encoded.map.sc_map]
    assert packed == sorted(packed)  # accounts before contracts, then by key: as their XDR sorts


@given(st.lists(st.integers(-(2**127), 2**127 - 1), max_size=6, unique=True))
def test_signed_keys_sort_by_value(keys: list[int]) -> None:
    values = [scval.to_int128(key) for key in keys]
    assert [scval.from_int128(value) for value in sorted(values, key=sort_key)] == sorted(keys)


def test_values_of_different_types_sort_by_type() -> None:
    in_order = [
        scval.to_bool(True), scval.to_void(), scval.to_uint32(9), scval.to_int32(-1), scval.to_uint64(1),
        scval.to_int64(0), scval.to_timepoint(0), scval.to_duration(0), scval.to_uint128(0), scval.to_int128(-5),
        scval.to_uint256(0), scval.to_int256(-1), scval.to_bytes(b"\xff"), scval.to_string("z"), scval.to_symbol("a"),
        scval.to_vec([]), scval.to_vec([scval.to_uint32(1)]), scval.to_map({}),
    ]  # fmt: skip
    assert [sort_key(value) for value in in_order] == sorted(map(sort_key, in_order))
    assert len(set(map(sort_key, in_order))) == len(in_order)


def test_every_scalar_has_the_bytes_of_the_sdk() -> None:
    account = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"
    cases: list[tuple[Type, Any, xdr.SCVal]] = [
        (Scalar.BOOL, True, scval.to_bool(True)),
        (Scalar.U32, 7, scval.to_uint32(7)),
        (Scalar.I32, -7, scval.to_int32(-7)),
        (Scalar.U64, 2**64 - 1, scval.to_uint64(2**64 - 1)),
        (Scalar.I64, -(2**63), scval.to_int64(-(2**63))),
        (Scalar.TIMEPOINT, 1, scval.to_timepoint(1)),
        (Scalar.DURATION, 2, scval.to_duration(2)),
        (Scalar.U128, 2**128 - 2, scval.to_uint128(2**128 - 2)),
        (Scalar.I128, -(2**127) + 1, scval.to_int128(-(2**127) + 1)),
        (Scalar.U256, 2**256 - 3, scval.to_uint256(2**256 - 3)),
        (Scalar.I256, -(2**255) + 5, scval.to_int256(-(2**255) + 5)),
        (Scalar.BYTES, b"\0\1", scval.to_bytes(b"\0\1")),
        (Scalar.STRING, "é", scval.to_string("é")),
        (Scalar.SYMBOL, "a_B9", scval.to_symbol("a_B9")),
        (Scalar.ADDRESS, account, scval.to_address(account)),
    ]
    for type_, value, expected in cases:
        assert echo(type_).encode_arguments("echo", [value]) == [expected], type_


def test_a_struct_has_the_bytes_of_the_sdk_whatever_the_order_of_its_fields() -> None:
    fields = (Field("zeta", Scalar.U32), Field("Alpha", Scalar.I128), Field("_under", Scalar.SYMBOL))
    interface = echo(Udt("Pool"), Struct("Pool", fields))
    parts = {"zeta": scval.to_uint32(1), "Alpha": scval.to_int128(-1), "_under": scval.to_symbol("x")}

    [encoded] = interface.encode_arguments("echo", [{"zeta": 1, "Alpha": -1, "_under": "x"}])

    assert encoded == scval.to_struct(parts)
    assert interface.decode_result("echo", encoded) == {"zeta": 1, "Alpha": -1, "_under": "x"}


def test_a_type_that_contains_itself() -> None:
    tree = Struct("Tree", (Field("leaf", Option(Scalar.U32)), Field("branches", Vec(Udt("Tree")))))
    interface = echo(Udt("Tree"), tree)
    value = {"leaf": None, "branches": [{"leaf": 1, "branches": []}, {"leaf": 2, "branches": []}]}

    [encoded] = interface.encode_arguments("echo", [value])

    assert interface.decode_result("echo", encoded) == value
