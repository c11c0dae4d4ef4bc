"""What a newer network or a careless author puts into an interface spoils what uses it and nothing else."""

from pathlib import Path

import pytest
import xdrlib3
from stellar_sdk import xdr

from arb.contracts.spec.asset_contract import ASSET_CONTRACT
from arb.contracts.spec.errors import MalformedSpecError, MissingFunctionError, UnusableFunctionError
from arb.contracts.spec.interface import Interface
from arb.contracts.spec.parse import parse_spec
from arb.contracts.spec.printing import printed
from arb.contracts.spec.section import spec_section
from arb.contracts.spec.types import Enum, EnumCase, Field, Function, Option, Scalar, Struct, Udt

WASM = Path(__file__).parents[4] / "soroban" / "wasm"
KIND = xdr.SCSpecEntryKind
U32 = xdr.SCSpecTypeDef(xdr.SCSpecType.SC_SPEC_TYPE_U32)


def function(name: str, *inputs: xdr.SCSpecTypeDef) -> bytes:
    """A packed function whose arguments are a, b, ..."""
    fields = [xdr.SCSpecFunctionInputV0(b"", bytes([97 + at]), type_) for at, type_ in enumerate(inputs)]
    declared = xdr.SCSpecFunctionV0(b"says something", xdr.SCSymbol(name.encode()), fields, [])
    return xdr.SCSpecEntry(KIND.SC_SPEC_ENTRY_FUNCTION_V0, function_v0=declared).to_xdr_bytes()


def event(name: str) -> bytes:
    topic = xdr.SCSpecEventParamLocationV0.SC_SPEC_EVENT_PARAM_LOCATION_TOPIC_LIST
    as_map = xdr.SCSpecEventDataFormat.SC_SPEC_EVENT_DATA_FORMAT_MAP
    parameters = [xdr.SCSpecEventParamV0(b"", b"by", U32, topic)]
    declared = xdr.SCSpecEventV0(b"", b"", xdr.SCSymbol(name.encode()), [xdr.SCSymbol(b"moved")], parameters, as_map)
    return xdr.SCSpecEntry(KIND.SC_SPEC_ENTRY_EVENT_V0, event_v0=declared).to_xdr_bytes()


def read(*entries: bytes) -> Interface:
    return Interface(*parse_spec(b"".join(entries)))


def retyped(packed: bytes, number: int, parameters: bytes = b"") -> bytes:
    """The packed function with its one u32 argument of another type."""
    before, _, after = packed.rpartition(int(xdr.SCSpecType.SC_SPEC_TYPE_U32).to_bytes(4, "big"))
    return before + number.to_bytes(4, "big") + parameters + after


def test_an_entry_of_an_unknown_kind_is_passed_over() -> None:
    interface = read(function("first"), (99).to_bytes(4, "big") + b"whatever it holds   ", function("second", U32))

    assert list(interface.functions) == ["first", "second"]
    assert "unknown kind of declaration 99" in interface.notes[0]
    assert interface.encode_arguments("second", [7])
    with pytest.raises(MissingFunctionError, match="cannot be read"):  # it may be what could not be read
        interface.encode_arguments("third")


def test_a_simple_type_that_is_unknown_spoils_only_its_function() -> None:
    interface = read(retyped(function("newer", U32), 21), function("older", U32))

    with pytest.raises(UnusableFunctionError, match="newer cannot be called: <unknown type 21>"):
        interface.encode_arguments("newer", [1])
    assert interface.encode_arguments("older", [1])


def test_a_compound_type_that_is_unknown_spoils_only_its_function() -> None:
    interface = read(function("a", U32), retyped(function("newer", U32), 1003, bytes(8)), function("z", U32))

    assert list(interface.functions) == ["a", "z"]
    with pytest.raises(UnusableFunctionError, match="newer cannot be called: unknown type 1003"):
        interface.encode_arguments("newer", [1])
    assert "// newer cannot be used: unknown type 1003" in printed(interface)


def test_a_type_nested_beyond_reason_spoils_only_its_function() -> None:
    option = int(xdr.SCSpecType.SC_SPEC_TYPE_OPTION).to_bytes(4, "big")
    deep = option * 5_000 + (4).to_bytes(4, "big")
    interface = read(retyped(function("deep", U32), 1000, deep), function("z", U32))
    assert interface.problem("deep")
    assert interface.problem("z") is None


def test_a_type_that_contains_itself_and_cannot_be_used_leaves_nothing_half_made() -> None:
    node = Struct("Node", (Field("next", Option(Udt("Node"))), Field("what", Udt("Gone"))))
    whole = Function("whole", (Field("value", Udt("Node")),), None)
    maybe = Function("maybe", (Field("value", Option(Udt("Node"))),), None)
    interface = Interface((whole, maybe, node))
    for function in (whole, maybe):
        with pytest.raises(UnusableFunctionError, match="the type Gone is used but not declared"):
            interface.encode_arguments(function.name, [None])


def test_types_nested_beyond_reason_by_name_spoil_only_what_uses_them() -> None:
    chain = [Struct(f"T{n}", (Field("a", Udt(f"T{n + 1}")),)) for n in range(5_000)]
    uses = Function("uses", (Field("value", Udt("T0")),), None)
    interface = Interface((uses, Function("other", (), None), *chain, Struct("T5000", ())))
    assert interface.problem("uses") == "uses cannot be called: its types are nested too deep"
    assert interface.problem("other") is None


@pytest.mark.timeout(20)
def test_the_search_for_the_next_readable_entry_ends() -> None:
    # every fourth byte begins a function that reads on to the end and fails there
    words = [0, 0, 1, int.from_bytes(b"a\0\0\0"), 60_000] + [0, 1, int.from_bytes(b"a\0\0\0"), 4] * 8_000
    section = b"".join(word.to_bytes(4, "big") for word in words)
    assert Interface(*parse_spec(section * 2)).notes


def test_events_are_read_and_disturb_nothing() -> None:
    interface = read(function("a"), event("swap"), function("z"))
    assert list(interface.functions) == ["a", "z"]
    assert [(each.name, each.prefix_topics, each.parameters[0].in_topics) for each in interface.events] == [
        ("swap", ("moved",), True)
    ]


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ((), "the type T is used but not declared"),
        ((Struct("T", (Field("a", Scalar.U32),)), Enum("T", (EnumCase("A", 1),))), "declared twice, differently"),
        ((Struct("T", (Field("a", Scalar.U32), Field("a", Scalar.I32))),), "two of its parts have one name"),
        ((Struct("T", (Field("a", Udt("Gone")), Field("b", Udt("T")))),), "the type Gone is used but not declared"),
    ],
)
def test_a_type_nobody_can_make_sense_of_spoils_the_functions_that_use_it(
    entries: tuple[Struct | Enum, ...], why: str
) -> None:
    uses = Function("uses", (Field("value", Udt("T")),), None)
    other = Function("other", (), Scalar.U32)
    interface = Interface((uses, other, *entries))
    for _ in range(2):  # the second time nothing half made may be found
        with pytest.raises(UnusableFunctionError, match=why):
            interface.encode_arguments("uses", [{"a": 1}])
    assert interface.problem("other") is None


@pytest.mark.parametrize(
    ("wasm", "why"),
    [
        (b"", "not wasm"),
        (b"<html>", "not wasm"),
        (b"\0asm\x01\0\0\0", "declares no interface"),
        (b"\0asm\x01\0\0\0\x00\xff\xff\xff\xff\x0f", "cut"),
        (b"\0asm\x01\0\0\0\x00\xff\xff\xff\xff\xff", "malformed number"),
        (b"\0asm\x01\0\0\0\x00\x02\x7fx", "longer than itself"),
    ],
)
def test_what_is_no_contract_is_refused(wasm: bytes, why: str) -> None:
    with pytest.raises(MalformedSpecError, match=why):
        Interface.from_wasm(wasm)


@pytest.mark.parametrize("file", sorted(WASM.glob("*.wasm")), ids=lambda file: file.stem)
def test_our_contracts_are_read_as_the_sdk_reads_them(file: Path) -> None:
    interface = Interface.from_wasm(file.read_bytes())
    section, names = spec_section(file.read_bytes()), []
    while section:
        entry = xdr.SCSpecEntry.unpack(unpacker := xdr_unpacker(section))
        section = section[unpacker.get_position() :]
        if entry.function_v0 is not None:
            names.append((entry.function_v0.name.sc_symbol.decode(), len(entry.function_v0.inputs)))

    assert [(each.name, len(each.inputs)) for each in interface.functions.values()] == names
    assert not interface.notes
    assert all(interface.problem(name) is None for name, _ in names)
    assert all(f"fn {name}(" in printed(interface) for name, _ in names)


def xdr_unpacker(data: bytes) -> xdrlib3.Unpacker:
    return xdrlib3.Unpacker(data)


def test_the_asset_contract_has_what_our_own_token_has() -> None:
    token = Interface.from_wasm((WASM / "token.wasm").read_bytes())
    shared = {name: each for name, each in token.functions.items() if name in ASSET_CONTRACT.functions}
    assert {"allowance", "approve", "balance", "transfer", "transfer_from", "burn", "decimals", "name"} <= set(shared)
    for name, declared in shared.items():
        built_in = ASSET_CONTRACT.functions[name]
        assert len(built_in.inputs) == len(declared.inputs), name
        assert built_in.output == declared.output, name


def test_an_authors_text_cannot_steer_the_terminal() -> None:
    interface = Interface((Function("f", (), None, "\x1b]0;owned\x07 \u202eevil\nsecond line"),))
    assert "\x1b" not in printed(interface)
    assert "\u202e" not in printed(interface)
    assert "/// second line" in printed(interface)
