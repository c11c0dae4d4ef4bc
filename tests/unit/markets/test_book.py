"""Walking the order book: stops, limits, what stays behind, conservation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset
from arb.markets.book import (
    Crossing,
    Fill,
    Offer,
    PriceLimit,
    RestingOffer,
    Stop,
    book_order_key,
    cross,
)
from arb.markets.errors import OfferError
from arb.markets.exchange import INT32_MAX, Rounding, adjust_amount

MAX = INT64_MAX
NORMAL, SEND, RECV = Rounding.NORMAL, Rounding.SEND, Rounding.RECV
USD = Asset("USD", "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI")


def resting(offer_id: int, n: int, d: int, amount: int, seller: str = "maker", room: int = MAX) -> RestingOffer:
    return RestingOffer(offer_id, seller, n, d, amount, room)


def test_offers_are_taken_in_the_order_given_until_the_taker_has_enough() -> None:
    book = [resting(1, 1, 1, 100), resting(2, 2, 1, 100), resting(3, 3, 1, 100)]
    assert cross(book, 150, MAX, RECV, None) == Crossing(
        200, 150, [Fill(1, "maker", 100, 100, 0), Fill(2, "maker", 50, 100, 50)], Stop.FILLED
    )


def test_a_book_that_runs_out_says_so_and_tells_what_it_gave() -> None:
    outcome = cross([resting(1, 1, 1, 100)], 150, MAX, RECV, None)
    assert (outcome.stop, outcome.wheat_received, outcome.sheep_sent) == (Stop.NOT_ENOUGH, 100, 100)


def test_a_book_that_ends_with_the_taker_is_enough() -> None:
    assert cross([resting(1, 1, 1, 100)], 100, MAX, RECV, None).stop is Stop.FILLED


def test_ones_own_offer_stops_the_walk_where_it_stands() -> None:
    book = [resting(1, 1, 1, 100), resting(2, 1, 1, 100, seller="me")]
    assert cross(book, 150, MAX, RECV, "me").stop is Stop.CROSS_SELF
    assert cross(book, 150, MAX, RECV, "me").wheat_received == 100
    assert cross(book, 100, MAX, RECV, "me").stop is Stop.FILLED
    assert cross(book, 150, MAX, RECV, None).stop is Stop.FILLED


def test_the_work_limit_counts_offers_touched() -> None:
    book = [resting(i, 1, 1, 1) for i in range(1, 12)]
    assert cross(book, 10, MAX, RECV, None, work_limit=10).stop is Stop.FILLED
    over = cross(book, 11, MAX, RECV, None, work_limit=10)
    assert (over.stop, over.examined) == (Stop.WORK_LIMIT, 10)
    assert cross(book[:10], 11, MAX, RECV, None, work_limit=10).stop is Stop.NOT_ENOUGH


def test_without_work_left_not_even_an_empty_book_is_looked_at() -> None:
    assert cross([], 1, MAX, RECV, None, work_limit=0).stop is Stop.WORK_LIMIT
    assert cross([resting(1, 1, 1, 1, seller="me")], 1, MAX, RECV, "me", work_limit=0).stop is Stop.WORK_LIMIT


def test_nothing_asked_is_filled_at_once() -> None:
    assert cross([], 0, MAX, RECV, None, work_limit=0) == Crossing(0, 0, [], Stop.FILLED)
    assert cross([], MAX, 0, SEND, None) == Crossing(0, 0, [], Stop.FILLED)


def test_a_price_limit_stops_before_the_first_dearer_offer() -> None:
    # given a new offer of 1/2 wheat per sheep: it pays up to 2 sheep per wheat
    book = [resting(1, 1, 1, 10), resting(2, 2, 1, 10), resting(3, 5, 2, 10)]
    active = cross(book, MAX, 1000, NORMAL, None, price_limit=PriceLimit(1, 2))
    passive = cross(book, MAX, 1000, NORMAL, None, price_limit=PriceLimit(1, 2, passive=True))
    assert (active.stop, [fill.offer_id for fill in active.fills]) == (Stop.PRICE_LIMIT, [1, 2])
    assert (passive.stop, [fill.offer_id for fill in passive.fills]) == (Stop.PRICE_LIMIT, [1])


def test_ones_own_offer_beyond_the_price_limit_is_not_in_the_way() -> None:
    book = [resting(1, 3, 1, 10, seller="me")]
    assert cross(book, MAX, 10, NORMAL, "me", price_limit=PriceLimit(1, 2)).stop is Stop.PRICE_LIMIT


def test_a_maker_gives_no_more_than_it_has_room_for() -> None:
    # given 428 at 7/3 and room for 998 sheep: adjusted to 427 before it is crossed
    outcome = cross([resting(1, 7, 3, 428, room=998)], 428, MAX, RECV, None)
    assert outcome.fills == [Fill(1, "maker", 427, 996, 0)]
    assert outcome.stop is Stop.NOT_ENOUGH


def test_an_offer_that_adjusts_to_nothing_is_swept_away() -> None:
    book = [resting(1, 3, 2, 27), resting(2, 3, 2, 100)]
    for rounding, wheat, sheep in ((NORMAL, 100, MAX), (RECV, 100, MAX), (SEND, MAX, 150)):
        outcome = cross(book, wheat, sheep, rounding, None)
        assert outcome.fills == [Fill(1, "maker", 0, 0, 0), Fill(2, "maker", 100, 150, 0)]


def test_book_order_is_by_price_then_age() -> None:
    keys = [book_order_key(2, 1, 1), book_order_key(1, 1, 9), book_order_key(3, 3, 4)]
    assert sorted(keys) == [(1.0, 4), (1.0, 9), (2.0, 1)]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [({"amount": 0}, "sells 0"), ({"amount": MAX + 1}, "sells"), ({"n": 0}, "price"), ({"buying": USD}, "same asset")],
)
def test_an_offer_the_ledger_could_not_hold_is_refused(changes: dict[str, object], complaint: str) -> None:
    state: dict[str, object] = {
        "id": 1,
        "seller": "maker",
        "selling": USD,
        "buying": NATIVE,
        "amount": 1,
        "n": 1,
        "d": 1,
    }
    Offer(**state)  # type: ignore[arg-type]
    with pytest.raises(OfferError, match=complaint):
        Offer(**(state | changes))  # type: ignore[arg-type]


parts = st.integers(1, 20) | st.integers(1, INT32_MAX)
amounts = st.integers(1, 300) | st.integers(1, 10**12)


@st.composite
def books(draw: st.DrawFn) -> list[RestingOffer]:
    """Up to six offers as a ledger could hold them, in book order."""
    drawn = draw(st.lists(st.tuples(parts, parts, amounts), max_size=6))
    offers = [(n, d, adjust_amount(n, d, amount, MAX), i) for i, (n, d, amount) in enumerate(drawn, 1)]
    offers.sort(key=lambda offer: book_order_key(offer[0], offer[1], offer[3]))
    return [resting(i, n, d, amount) for n, d, amount, i in offers if amount > 0]


@given(books(), amounts | st.just(MAX), amounts | st.just(MAX), st.sampled_from(Rounding))
def test_crossing_conserves(book: list[RestingOffer], wanted: int, offered: int, rounding: Rounding) -> None:
    outcome = cross(book, wanted, offered, rounding, "me")
    # what the taker gets and pays is what the makers give and get
    assert outcome.wheat_received == sum(fill.wheat for fill in outcome.fills) <= wanted
    assert outcome.sheep_sent == sum(fill.sheep for fill in outcome.fills) <= offered
    # no offer gives more than it has, and only the last one touched can stay
    for fill, offer in zip(outcome.fills, book, strict=False):
        assert fill.offer_id == offer.id
        assert fill.wheat + fill.wheat_left <= offer.max_wheat_send
    assert all(fill.wheat_left == 0 for fill in outcome.fills[:-1])


@given(books(), amounts)
def test_strict_receive_is_exact_when_the_book_suffices(book: list[RestingOffer], wanted: int) -> None:
    outcome = cross(book, wanted, MAX, RECV, None)
    enough = sum(offer.max_wheat_send for offer in book) >= wanted
    assert outcome.stop is (Stop.FILLED if enough else Stop.NOT_ENOUGH)
    assert outcome.wheat_received == (wanted if enough else sum(offer.max_wheat_send for offer in book))


@given(books(), amounts)
def test_strict_send_spends_all_when_the_book_suffices(book: list[RestingOffer], offered: int) -> None:
    outcome = cross(book, MAX, offered, SEND, None)
    assert (outcome.stop is Stop.FILLED) == (outcome.sheep_sent == offered)


@given(books(), amounts)
def test_what_a_send_gives_can_be_bought_for_no_more(book: list[RestingOffer], offered: int) -> None:
    sent = cross(book, MAX, offered, SEND, None)
    bought = cross(book, sent.wheat_received, MAX, RECV, None)
    assert bought.wheat_received == sent.wheat_received
    assert bought.sheep_sent <= sent.sheep_sent


@given(books(), amounts)
def test_sending_the_cost_of_an_amount_gives_it_but_for_one_stroop(book: list[RestingOffer], wanted: int) -> None:
    # An offer taken whole rounds for the taker, the same offer left in the book rounds for its maker: one stroop.
    bought = cross(book, wanted, MAX, RECV, None)
    if bought.sheep_sent > 0:
        assert cross(book, MAX, bought.sheep_sent, SEND, None).wheat_received >= bought.wheat_received - 1
