"""Amounts: decimal text at the border, stroops inside."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb.markets.amount import INT64_MAX, format_amount, parse_amount
from arb.markets.errors import AmountError


@pytest.mark.parametrize(
    ("text", "stroops"),
    [
        ("0", 0),
        ("1.5", 15_000_000),
        ("0.0000001", 1),
        ("1.5000000", 15_000_000),
        ("922337203685.4775807", INT64_MAX),
    ],
)
def test_decimal_text_is_stroops(text: str, stroops: int) -> None:
    assert parse_amount(text) == stroops


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "1.", ".5", "-1", "+1", "1e-7", "1_000", "1,5", "1 ", "\n1", "1\n", "NaN", "Infinity", "0x10"),
        *("١٢", "１", "0.00000001", "922337203685.4775808", "9" * 13, "9" * 5000),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text)


@pytest.mark.parametrize("value", [1, 1.5, None, b"1"])
def test_only_text_is_parsed(value: Any) -> None:
    with pytest.raises(AmountError, match="not text"):
        parse_amount(value)


@given(st.integers(0, INT64_MAX))
def test_text_round_trips_with_seven_places(stroops: int) -> None:
    text = format_amount(stroops)
    assert len(text.partition(".")[2]) == 7
    assert parse_amount(text) == stroops


def test_a_loss_keeps_its_sign() -> None:
    assert format_amount(-1) == "-0.0000001"
    assert format_amount(-15_000_000) == "-1.5000000"


@pytest.mark.parametrize("value", [1.0, True, "1"])
def test_only_an_int_is_formatted(value: Any) -> None:
    with pytest.raises(AmountError, match="not an int"):
        format_amount(value)
