"""A wrong value is refused before the network is asked, by name: function, argument, place, type, value."""

from typing import Any

import pytest
from stellar_sdk import scval

from arb.contracts.spec.errors import (
    ErrorCase,
    MissingFunctionError,
    ReturnedError,
    WrongArgumentError,
    WrongResultError,
)
from arb.contracts.spec.interface import Interface
from arb.contracts.spec.types import (
    BytesN,
    Enum,
    EnumCase,
    ErrorEnum,
    Field,
    Function,
    Map,
    Option,
    Result,
    Scalar,
    Struct,
    Tuple,
    Udt,
    Union,
    UnionCase,
    Vec,
)

CONTRACT = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"
ACCOUNT = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"
MUXED = "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ"

INTERFACE = Interface(
    (
        Function(
            "swap",
            (
                Field("user", Scalar.ADDRESS),
                Field("steps", Vec(Udt("Step"))),
                Field("mode", Udt("Mode")),
                Field("asset", Udt("Asset")),
                Field("limits", Map(Scalar.SYMBOL, Tuple((Scalar.I128, Option(Scalar.U64))))),
            ),
            Result(Scalar.I128, Udt("Error")),
        ),
        Function("set_oracle", (Field("id", BytesN(32)),), None),
        Function("set_feed", (Field("id", Scalar.ADDRESS),), None),
        Struct("Step", (Field("pool", Scalar.ADDRESS), Field("min_out", Scalar.U128))),
        Enum("Mode", (EnumCase("Exact", 1), EnumCase("Loose", 2))),
        Union("Asset", (UnionCase("Native", ()), UnionCase("Token", (Scalar.ADDRESS,)))),
        ErrorEnum("Error", (EnumCase("TooLittle", 7, "less than asked for"),)),
    )
)
GOOD: dict[str, Any] = {
    "user": ACCOUNT,
    "steps": [{"pool": CONTRACT, "min_out": 1}],
    "mode": "Exact",
    "asset": ("Token", CONTRACT),
    "limits": {"a": (1, None)},
}


@pytest.mark.parametrize(
    ("argument", "value", "path", "expected"),
    [
        ("user", 5, "", "Address"),
        ("user", MUXED, "", "Address"),
        ("user", ACCOUNT[:-1] + "A", "", "Address"),
        ("steps", {"pool": CONTRACT}, "", "Vec<Step>"),
        ("steps", [{"pool": CONTRACT, "min_out": 1}, {"pool": CONTRACT}], "[1]", "Step {pool, min_out}"),
        ("steps", [{"pool": CONTRACT, "min_oops": 1}], "[0]", "Step {pool, min_out} with 'min_out'"),
        ("steps", [{"pool": CONTRACT, "min_out": -1}], "[0].min_out", "u128"),
        ("steps", [{"pool": CONTRACT, "min_out": True}], "[0].min_out", "u128"),
        ("steps", [{"pool": CONTRACT, "min_out": 2**128}], "[0].min_out", "u128"),
        ("steps", [{"pool": CONTRACT, "min_out": 1.5}], "[0].min_out", "u128"),
        ("mode", "Exactly", "", "Mode, one of Exact, Loose"),
        ("mode", 3, "", "Mode, one of Exact, Loose"),
        ("mode", True, "", "Mode, one of Exact, Loose"),
        ("asset", ("Token",), "", "Asset::Token with 1 values"),
        ("asset", ("Share", 1), "", "Asset, a tuple"),
        ("asset", ("Token", "native"), "[1]", "Address"),
        ("asset", (), "", "Asset, a tuple"),
        ("limits", {"a": (1,)}, "['a']", "(i128, Option<u64>), 2 values"),
        ("limits", {"a": (1, "x")}, "['a'][1]", "u64"),
        ("limits", {"not a symbol": (1, None)}, "['not a symbol']", "Symbol"),
        ("limits", [("a", (1, None)), ("a", (2, None))], "", "every key once"),
    ],
)
def test_the_message_says_where_and_what(argument: str, value: Any, path: str, expected: str) -> None:
    with pytest.raises(WrongArgumentError) as error:
        INTERFACE.encode_arguments("swap", {**GOOD, argument: value})
    assert (error.value.function, error.value.argument, error.value.path) == ("swap", argument, path)
    assert expected in error.value.expected
    assert f"argument '{argument}'" in str(error.value)
    assert len(str(error.value)) < 400


def test_arguments_by_name_and_in_order_are_the_same() -> None:
    assert INTERFACE.encode_arguments("swap", GOOD) == INTERFACE.encode_arguments("swap", list(GOOD.values()))
    bare = {**GOOD, "asset": "Native", "mode": 1}
    whole = {**GOOD, "asset": ("Native",), "mode": "Exact"}
    assert INTERFACE.encode_arguments("swap", bare) == INTERFACE.encode_arguments("swap", whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {name: value for name, value in GOOD.items() if name != "mode"},
            "argument 'mode': expected a value, got none",
        ),
        ({**GOOD, "deadline": 1}, "argument 'deadline': expected one of user, steps, mode"),
        (list(GOOD.values())[:2], "argument 'mode': expected a value, got none"),
        ([*GOOD.values(), 1], "expected 5 arguments, got 6"),
    ],
)
def test_missing_and_surplus_arguments_are_named(arguments: Any, message: str) -> None:
    with pytest.raises(WrongArgumentError, match="swap: ") as error:
        INTERFACE.encode_arguments("swap", arguments)
    assert message in str(error.value)


def test_a_missing_function_is_named_with_those_there_are() -> None:
    with pytest.raises(MissingFunctionError, match="no function 'swop'; it has swap, set_oracle"):
        INTERFACE.encode_arguments("swop")
    with pytest.raises(MissingFunctionError):
        INTERFACE.require(("swap", "get_reserves"))


def test_a_huge_value_is_shown_short() -> None:
    for value in ("x" * 10_000, [1] * 10_000, 10**5000, {"k" * 500: ["v"] * 500}):
        with pytest.raises(WrongArgumentError) as error:
            INTERFACE.encode_arguments("set_oracle", [value])
        assert len(str(error.value)) < 400


def test_a_contract_id_is_taken_as_bytes_or_as_an_address_as_the_contract_declares() -> None:
    as_bytes = INTERFACE.encode_arguments("set_oracle", {"id": CONTRACT})
    as_address = INTERFACE.encode_arguments("set_feed", {"id": CONTRACT})
    address = scval.to_address(CONTRACT)
    assert address.address is not None
    assert address.address.contract_id is not None
    assert as_bytes == [scval.to_bytes(address.address.contract_id.contract_id.hash)]
    assert as_address == [address]
    with pytest.raises(WrongArgumentError, match="32 bytes"):
        INTERFACE.encode_arguments("set_oracle", {"id": ACCOUNT})


def test_an_answer_that_is_not_what_is_declared_is_refused() -> None:
    with pytest.raises(WrongResultError, match="declares i128"):
        INTERFACE.decode_result("swap", scval.to_uint32(1))
    with pytest.raises(WrongResultError, match=r"declares \(\)"):
        INTERFACE.decode_result("set_feed", scval.to_uint32(1))


def test_a_returned_error_is_raised_by_its_name() -> None:
    [sent] = Interface((Function("f", (Field("e", Result(Scalar.VOID, Scalar.ERROR)),), None),)).encode_arguments(
        "f", [ErrorCase("", 7, "")]
    )
    with pytest.raises(ReturnedError, match="less than asked for") as error:
        INTERFACE.decode_result("swap", sent)
    assert error.value.case == ErrorCase("TooLittle", 7, "less than asked for")


def test_of_several_errors_with_a_code_the_functions_own_is_meant() -> None:
    own, other = ErrorEnum("Own", (EnumCase("Mine", 1),)), ErrorEnum("Other", (EnumCase("Theirs", 1),))
    interface = Interface((Function("f", (), Result(Scalar.VOID, Udt("Own"))), own, other))
    assert interface.error_case(1, "f") == ErrorCase("Mine", 1, "")
    assert interface.error_case(1) is None
    assert interface.error_case(2, "f") is None
