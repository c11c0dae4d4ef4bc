"""Whatever bytes and values come in, what comes out is a value or this library's own error."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import xdr
from support.spec_types import VALS, Typed, typed_values

from arb.contracts.errors import Malformed
from arb.contracts.spec.errors import MalformedSpecError, SpecError
from arb.contracts.spec.interface import Interface
from arb.contracts.spec.parse import parse_spec
from arb.contracts.spec.printing import printed
from arb.contracts.spec.section import spec_section
from arb.contracts.spec.text import arguments_of_text
from arb.contracts.spec.types import Field, Function
from arb.contracts.spec.values import read_value

WASM = Path(__file__).parents[4] / "soroban" / "wasm"
DETECTOR = (WASM / "detector.wasm").read_bytes()
SECTION = spec_section(DETECTOR)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=8) | VALS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


def echo(typed: Typed) -> Interface:
    return Interface((Function("echo", (Field("value", typed.type),), typed.type), *typed.entries))


def usable(interface: Interface) -> None:
    """Everything an interface is used for, short of values."""
    printed(interface)
    for function in interface.functions:
        interface.problem(function)
        interface.error_case(1, function)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_interface_or_a_note(section: bytes) -> None:
    parsed = parse_spec(section)
    assert parsed.notes or not section or parsed.entries
    usable(Interface(*parsed))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SECTION) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_interface_still_has_what_can_be_read(damage: list[tuple[int, int]]) -> None:
    section = bytearray(SECTION)
    for at, byte in damage:
        section[at] = byte
    usable(Interface(*parse_spec(bytes(section))))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(DETECTOR)), st.binary(max_size=8), st.lists(st.integers(0, len(DETECTOR) - 1), max_size=4))
def test_damaged_wasm_is_read_or_refused(cut: int, tail: bytes, flipped: list[int]) -> None:
    wasm = bytearray(DETECTOR)
    for at in flipped:
        wasm[at] ^= 0xFF
    for damaged in (bytes(wasm), bytes(wasm[:cut]) + tail):
        with contextlib.suppress(MalformedSpecError):
            usable(Interface.from_wasm(damaged))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_value_or_malformed(raw: bytes) -> None:
    with contextlib.suppress(Malformed):
        read_value(raw)


@settings(max_examples=200, deadline=None)
@given(typed_values(), typed_values())
def test_a_value_of_another_type_is_decoded_or_refused(sent: tuple[Typed, Any], declared: tuple[Typed, Any]) -> None:
    [value] = echo(sent[0]).encode_arguments("echo", [sent[1]])
    with contextlib.suppress(SpecError):
        echo(declared[0]).decode_result("echo", value)


@settings(max_examples=200, deadline=None)
@given(typed_values(), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3))
def test_damaged_values_are_decoded_or_refused(case: tuple[Typed, Any], damage: list[tuple[int, int]]) -> None:
    typed, value = case
    interface = echo(typed)
    raw = bytearray(interface.encode_arguments("echo", [value])[0].to_xdr_bytes())
    for at, byte in damage:
        raw[at % len(raw)] = byte
    with contextlib.suppress(SpecError, Malformed):
        interface.decode_result("echo", read_value(bytes(raw)))


@settings(max_examples=250, deadline=None)
@given(typed_values(), ANYTHING)
def test_any_python_value_is_encoded_or_refused(case: tuple[Typed, Any], value: Any) -> None:
    with contextlib.suppress(SpecError):
        echo(case[0]).encode_arguments("echo", [value])[0].to_xdr_bytes()


@settings(max_examples=200, deadline=None)
@given(
    typed_values(),
    st.text(max_size=12) | st.sampled_from(('[["a",1]]', '{"a":[1]}', "[[]]", '["x",{}]', "[1,2]", "9" * 90)),
)
def test_any_text_is_an_argument_or_refused(case: tuple[Typed, Any], text: str) -> None:
    interface = echo(case[0])
    with contextlib.suppress(SpecError):
        interface.encode_arguments("echo", arguments_of_text(interface, "echo", {"value": text}))


def test_a_value_nested_without_end_is_refused() -> None:
    from arb.contracts.spec.types import Option, Struct, Udt, Vec

    node = Struct("Node", (Field("next", Option(Udt("Node"))), Field("all", Vec(Udt("Node")))))
    interface = Interface((Function("echo", (Field("value", Udt("Node")),), None), node))
    endless: dict[str, Any] = {"all": []}
    endless["next"] = endless
    with pytest.raises(SpecError, match="holds itself"):
        interface.encode_arguments("echo", [endless])


def test_xdr_nested_too_deep_is_malformed() -> None:
    deep = b"\0\0\0\x10\0\0\0\x01\0\0\0\x01" * 5000
    with pytest.raises(Malformed):
        read_value(deep)
    assert isinstance(read_value(b"\0\0\0\x01"), xdr.SCVal)
