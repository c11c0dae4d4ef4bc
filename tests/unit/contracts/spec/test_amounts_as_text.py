"""Amounts that a person types for a contract are plain digits, or refused before the network is asked."""

import pytest

from arb.contracts.spec.errors import WrongArgumentError
from arb.contracts.spec.interface import Interface
from arb.contracts.spec.text import arguments_of_text
from arb.contracts.spec.types import Field, Function, Scalar

INTERFACE = Interface(
    tuple(
        Function(name, (Field("amount", type_),), None)
        for name, type_ in (("i128", Scalar.I128), ("u64", Scalar.U64), ("u32", Scalar.U32), ("val", Scalar.VAL))
    )
)
NO_AMOUNTS = ["1e-7", "1e7", "1_000", "١٢", "１２", "NaN", "Infinity", "1.0", "0.00000001", "+1", " ", "0x10", "1,000"]


def packed(function: str, text: str) -> object:
    return INTERFACE.encode_arguments(function, arguments_of_text(INTERFACE, function, {"amount": text}))


@pytest.mark.parametrize("function", ["i128", "u64", "u32"])
@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_what_is_no_plain_number_is_refused(function: str, text: str) -> None:
    for written in (text, f'"{text}"'):
        with pytest.raises(WrongArgumentError, match="amount"):
            packed(function, written)


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_nor_does_a_value_of_any_type_take_it(text: str) -> None:
    with pytest.raises(WrongArgumentError, match="amount"):
        packed("val", f'{{"i128": "{text}"}}')


@pytest.mark.parametrize(
    ("function", "text"), [("i128", str(2**127)), ("u64", str(2**64)), ("u64", "-1"), ("u32", str(2**32))]
)
def test_nor_does_one_that_does_not_fit(function: str, text: str) -> None:
    with pytest.raises(WrongArgumentError, match="amount"):
        packed(function, text)


@pytest.mark.parametrize("text", ["0", "9223372036854775808", "-5"])
def test_plain_numbers_are_taken_as_they_are(text: str) -> None:
    assert packed("i128", text) == packed("i128", f'"{text}"')
    assert packed("val", f'{{"i128": "{text}"}}') == packed("i128", text)
