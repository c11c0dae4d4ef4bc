"""Crossing one offer: stellar-core's own vectors (ExchangeTests.cpp, protocol 10 and later)."""

import pytest

from arb.markets.amount import INT64_MAX
from arb.markets.errors import OfferError
from arb.markets.exchange import (
    INT32_MAX,
    Exchanged,
    Rounding,
    adjust_amount,
    check_price,
    compare_prices,
    exchange,
    offer_liabilities,
    price_crosses,
    within_one_percent,
)

MAX = INT64_MAX
NORMAL, SEND, RECV = Rounding.NORMAL, Rounding.SEND, Rounding.RECV


@pytest.mark.parametrize(
    ("price", "limits", "expected"),
    [
        # limits: max_wheat_send, max_wheat_receive, max_sheep_send, max_sheep_receive
        ((3, 2), (3000, MAX, 4501, MAX), (3000, 4500, False)),
        ((3, 2), (3000, MAX, 4500, MAX), (3000, 4500, False)),
        ((3, 2), (3000, MAX, 4499, MAX), (2999, 4499, True)),
        ((3, 2), (2999, MAX, 4499, MAX), (2999, 4498, False)),
        ((3, 2), (2999, MAX, 4498, MAX), (2998, 4497, True)),
        ((2, 3), (3000, MAX, 2001, MAX), (3000, 2000, False)),
        ((2, 3), (3000, MAX, 1999, MAX), (2998, 1999, True)),
        ((2, 3), (2999, MAX, 2000, MAX), (2999, 1999, False)),
        ((2, 3), (2999, MAX, 1999, MAX), (2998, 1999, True)),
        ((3, 2), (MAX, 3000, MAX, 4501), (3000, 4500, True)),
        ((3, 2), (MAX, 3000, MAX, 4500), (3000, 4500, False)),
        ((3, 2), (MAX, 3000, MAX, 4499), (2999, 4498, False)),
        ((3, 2), (MAX, 2999, MAX, 4499), (2999, 4499, True)),
        ((2, 3), (MAX, 3000, MAX, 1999), (2999, 1999, False)),
        ((2, 3), (MAX, 2999, MAX, 2000), (2998, 1999, True)),
        ((3, 2), (3000, 2999, MAX, MAX), (2999, 4499, True)),
        ((2, 3), (3000, 2999, MAX, MAX), (2998, 1999, True)),
        ((3, 2), (MAX, MAX, 4500, 4499), (2999, 4498, False)),
        ((2, 3), (MAX, MAX, 2000, 2001), (3000, 2000, True)),
        # The 1 % threshold: small crossings move nothing.
        ((3, 2), (28, 27, MAX, MAX), (0, 0, True)),
        ((3, 2), (28, 26, MAX, MAX), (26, 39, True)),
        ((3, 2), (52, 51, MAX, MAX), (51, 77, True)),
        ((2, 1), (1, MAX, 1, MAX), (0, 0, True)),
    ],
)
def test_manage_offer_vectors(
    price: tuple[int, int], limits: tuple[int, int, int, int], expected: tuple[int, int, bool]
) -> None:
    assert exchange(*price, *limits, NORMAL) == Exchanged(*expected)


@pytest.mark.parametrize(
    ("price", "limits", "expected"),
    [
        ((2000, 29), (MAX, 20_000_000, MAX, MAX), (20_000_000, 1_379_310_345)),
        ((3, 2), (28, 27, MAX, MAX), (27, 41)),
        ((3, 2), (150, 101, MAX, MAX), (101, 152)),
        ((2, 3), (150, 101, MAX, MAX), (101, 68)),
    ],
)
def test_strict_receive_vectors(
    price: tuple[int, int], limits: tuple[int, int, int, int], expected: tuple[int, int]
) -> None:
    assert exchange(*price, *limits, RECV)[:2] == expected


@pytest.mark.parametrize(
    ("price", "limits", "normal", "send"),
    [
        ((3, 2), (28, MAX, 41, MAX), (0, 0), (27, 41)),
        ((3, 2), (97, MAX, 145, MAX), (96, 144), (96, 145)),
        ((2, 3), (97, 95, MAX, MAX), (94, 63), (95, MAX)),
        ((2, 1), (1, MAX, 1, MAX), (0, 0), (0, 1)),
    ],
)
def test_strict_send_vectors(
    price: tuple[int, int], limits: tuple[int, int, int, int], normal: tuple[int, int], send: tuple[int, int]
) -> None:
    assert exchange(*price, *limits, NORMAL)[:2] == normal
    assert exchange(*price, *limits, SEND)[:2] == send


def test_the_same_crossing_rounds_by_mode() -> None:
    # given price 2/3, a maker with 150 wheat and a taker who wants 101 of it
    assert exchange(2, 3, 150, 101, MAX, MAX, NORMAL) == (100, 67, True)
    assert exchange(2, 3, 150, 101, MAX, MAX, RECV) == (101, 68, True)


@pytest.mark.parametrize(
    ("price", "wheat", "room", "kept"),
    [
        ((1, 1000), 2001, MAX, 2000),
        ((1, 1000), 2000, MAX, 2000),
        ((1, 1000), 1999, MAX, 1000),
        ((1, 1000), 2000, 3, 2000),
        ((1, 1000), 2000, 1, 1000),
        ((1000, 1), 401, MAX, 401),
        ((1000, 1), 400, 400 * 1000 + 1, 400),
        ((1000, 1), 400, 400 * 1000 - 1, 399),
        ((7, 3), 428, 999, 428),
        ((7, 3), 428, 998, 427),
        ((3, 7), 1001, MAX, 1001),
        ((3, 7), 1000, MAX, 999),
        ((3, 7), 1000, 427, 997),
        ((3, 2), 29, MAX, 0),
        ((3, 2), 28, MAX, 28),
        ((3, 2), 27, MAX, 0),
        ((3, 2), 26, MAX, 26),
        ((3, 2), 51, MAX, 51),
        ((1, 1), 0, MAX, 0),
        ((1, 1), 10, 0, 0),
    ],
)
def test_adjust_vectors(price: tuple[int, int], wheat: int, room: int, kept: int) -> None:
    assert adjust_amount(*price, wheat, room) == kept
    assert adjust_amount(*price, kept, room) == kept


@pytest.mark.parametrize(
    ("price", "high", "low"),
    [((1, 1), 1010, 990), ((5, 2), 2525, 2475), ((2, 5), 404, 396), ((7, 3), 2356, 2310), ((3, 7), 432, 425)],
)
def test_one_percent_bound_vectors(price: tuple[int, int], high: int, low: int) -> None:
    assert not within_one_percent(*price, 1000, high + 1)
    assert within_one_percent(*price, 1000, high)
    assert within_one_percent(*price, 1000, low)
    assert not within_one_percent(*price, 1000, low - 1)


def test_liabilities_are_what_a_full_crossing_moves() -> None:
    assert offer_liabilities(3, 2, 100) == (150, 100)
    assert offer_liabilities(3, 7, 1000) == (428, 999)


def test_an_unadjusted_offer_cannot_cheat_its_maker_in_a_path_payment() -> None:
    # given 27 at 3/2, which adjusting would delete: 27 for 40 is more than 1 % below the price
    with pytest.raises(OfferError, match="not adjusted"):
        exchange(3, 2, 27, MAX, MAX, MAX, SEND)


def test_prices_compare_exactly_where_doubles_cannot() -> None:
    dearer, cheaper = (INT32_MAX - 1, INT32_MAX - 2), (INT32_MAX, INT32_MAX - 1)
    assert dearer[0] / dearer[1] == cheaper[0] / cheaper[1]
    assert compare_prices(*dearer, *cheaper) == 1
    assert compare_prices(*cheaper, *dearer) == -1
    assert compare_prices(2, 4, 1, 2) == 0


def test_a_passive_offer_leaves_equal_prices_alone() -> None:
    assert price_crosses(3, 2, 2, 3)
    assert not price_crosses(3, 2, 2, 3, passive=True)
    assert price_crosses(3, 2, 1, 2, passive=True)
    assert not price_crosses(3, 2, 1, 1)


@pytest.mark.parametrize(("n", "d"), [(0, 1), (1, 0), (-1, 1), (INT32_MAX + 1, 1), (1, INT32_MAX + 1)])
def test_prices_outside_32_bits_are_refused(n: int, d: int) -> None:
    with pytest.raises(OfferError, match="out of range"):
        check_price(n, d)
