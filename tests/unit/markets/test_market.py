"""The market picture: order, replacement, deletion, pairs; and the what-if layer above it."""

from hypothesis import given
from hypothesis import strategies as st

from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.book import Offer, book_order_key
from arb.markets.hop import hop_send
from arb.markets.market import Market
from arb.markets.overlay import Overlay
from arb.markets.pool import Pool, Reserves

ISSUER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
USD, EUR = Asset("USD", ISSUER), Asset("EUR", ISSUER)


def offer(offer_id: int, n: int = 1, d: int = 1, amount: int = 100, selling: Asset = USD) -> Offer:
    return Offer(offer_id, "maker", selling, NATIVE, amount, n, d)


def pool(reserve_a: int, reserve_b: int) -> Pool:
    return Pool(pool_id(NATIVE, USD), NATIVE, USD, reserve_a, reserve_b, 100)


def test_an_offer_is_replaced_wherever_it_was() -> None:
    market = Market()
    market.upsert_offer(offer(1))
    # when the same offer moves to another pair
    market.upsert_offer(offer(1, n=2, selling=EUR))
    # then the first pair is gone
    assert list(market.offers(USD, NATIVE)) == []
    assert [(o.id, o.n) for o in market.offers(EUR, NATIVE)] == [(1, 2)]
    assert market.pairs() == {(NATIVE, EUR)}


def test_changes_are_idempotent() -> None:
    market = Market()
    for _ in range(2):
        market.upsert_offer(offer(1))
        market.upsert_pool(pool(10, 20))
    assert len(market.offers_by_id) == len(market.pools_by_id) == len(market.offers(USD, NATIVE)) == 1
    for _ in range(2):
        market.delete_offer(1)
        market.delete_pool(pool_id(NATIVE, USD))
    assert market.pairs() == set()
    assert not market.offers_by_id
    assert not market.pools_by_id


def test_a_pool_is_seen_from_either_side() -> None:
    market = Market()
    market.upsert_pool(pool(10, 20))
    assert market.pool(NATIVE, USD) == Reserves(pool_id(NATIVE, USD), 10, 20)
    assert market.pool(USD, NATIVE) == Reserves(pool_id(NATIVE, USD), 20, 10)
    assert market.pairs() == {(NATIVE, USD), (USD, NATIVE)}


def test_an_emptied_pool_is_kept_but_trades_nothing() -> None:
    market = Market()
    market.upsert_pool(pool(10, 20))
    market.upsert_pool(pool(0, 0))
    assert market.pool(NATIVE, USD) is None
    assert market.pairs() == set()
    assert len(market.pools_by_id) == 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["set", "drop"]), st.integers(1, 8), st.integers(1, 5), st.integers(1, 5)),
        max_size=40,
    )
)
def test_books_hold_exactly_the_offers_told_in_book_order(changes: list[tuple[str, int, int, int]]) -> None:
    market = Market()
    told: dict[int, Offer] = {}
    for what, offer_id, n, d in changes:
        if what == "set":
            told[offer_id] = offer(offer_id, n, d)
            market.upsert_offer(told[offer_id])
        else:
            told.pop(offer_id, None)
            market.delete_offer(offer_id)
    expected = sorted(told.values(), key=lambda o: book_order_key(o.n, o.d, o.id))
    assert [o.id for o in market.offers(USD, NATIVE)] == [o.id for o in expected]
    assert dict(market.offers_by_id) == told


def test_an_overlay_leaves_the_market_alone() -> None:
    # given a market with an offer and a pool
    market = Market()
    market.upsert_offer(offer(1, n=3))
    market.upsert_pool(pool(1_000, 1_000))
    overlay = market.overlay()
    # when a hop through the pool, then one through the book are applied to the overlay
    first = hop_send(overlay, None, NATIVE, USD, 100)
    overlay.apply(first)
    market.delete_pool(pool_id(NATIVE, USD))
    alone = market.overlay()
    second = hop_send(alone, None, NATIVE, USD, 30)
    alone.apply(second)
    # then the overlays show it and the market does not
    assert overlay.pool(USD, NATIVE) == Reserves(pool_id(NATIVE, USD), 1_000 - first.amount_out, 1_100)
    assert [o.max_wheat_send for o in alone.offers(USD, NATIVE)] == [90]
    assert [o.max_wheat_send for o in market.offers(USD, NATIVE)] == [100]


def test_an_overlay_remembers_all_that_a_maker_has_received() -> None:
    market = Market()
    market.upsert_offer(offer(1, n=2))
    overlay = market.overlay()
    for _ in range(2):
        overlay.apply(hop_send(overlay, None, NATIVE, USD, 30))
    (left,) = overlay.offers(USD, NATIVE)
    assert (left.max_wheat_send, left.max_sheep_receive) == (70, INT64_MAX - 60)


def test_overlays_stack() -> None:
    market = Market()
    market.upsert_offer(offer(1))
    lower = market.overlay()
    lower.apply(hop_send(lower, None, NATIVE, USD, 30))
    upper = Overlay(lower)
    upper.apply(hop_send(upper, None, NATIVE, USD, 30))
    assert [o.max_wheat_send for o in upper.offers(USD, NATIVE)] == [40]
    assert [o.max_wheat_send for o in lower.offers(USD, NATIVE)] == [70]
    upper.apply(hop_send(upper, None, NATIVE, USD, 40))
    assert list(upper.offers(USD, NATIVE)) == []
