"""Path payments: order of hops, shared state between them, the network's verdicts, malformed input."""

import pytest

from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.book import Offer
from arb.markets.errors import PathError
from arb.markets.market import Market
from arb.markets.path import PathCode, VenueKind, path_receive, path_send
from arb.markets.pool import Pool, swap_receive, swap_send

ISSUER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
USD, EUR = Asset("USD", ISSUER), Asset("EUR", ISSUER)


def pool(a: Asset, b: Asset, reserve_a: int, reserve_b: int) -> Pool:
    return Pool(pool_id(a, b), a, b, reserve_a, reserve_b, 1)


@pytest.fixture
def triangle() -> Market:
    """Three pools around native, EUR and USD, with a profitable way round, and an offer beside the first."""
    market = Market()
    market.upsert_pool(pool(NATIVE, USD, 10**9, 10**9))
    market.upsert_pool(pool(EUR, USD, 2 * 10**9, 10**9))
    market.upsert_pool(pool(NATIVE, EUR, 10**9, 10**9))
    market.upsert_offer(Offer(1, "maker", USD, NATIVE, 5_000, 1, 2))
    return market


def test_strict_send_walks_forwards(triangle: Market) -> None:
    result = path_send(triangle, "me", [NATIVE, USD, EUR], 1_000_000)
    usd = swap_send(10**9, 10**9, 1_000_000)
    assert usd is not None
    assert result.ok
    assert (result.amount_in, result.amount_out) == (1_000_000, swap_send(10**9, 2 * 10**9, usd))
    assert [(hop.asset_in, hop.asset_out) for hop in result.hops] == [(NATIVE, USD), (USD, EUR)]
    assert result.hops[0].amount_out == result.hops[1].amount_in == usd
    assert result.executed == result.hops


def test_strict_receive_walks_backwards(triangle: Market) -> None:
    result = path_receive(triangle, "me", [NATIVE, USD, EUR], 1_000_000)
    usd = swap_receive(10**9, 2 * 10**9, 1_000_000)
    assert usd is not None
    assert (result.amount_in, result.amount_out) == (swap_receive(10**9, 10**9, usd), 1_000_000)
    assert [hop.asset_in for hop in result.hops] == [NATIVE, USD]
    assert [hop.asset_in for hop in result.executed] == [USD, NATIVE]


def test_a_cycle_may_end_where_it_began_with_a_profit(triangle: Market) -> None:
    cycle = [NATIVE, USD, EUR, NATIVE]
    result = path_receive(triangle, "me", cycle, 1_000_000, send_max=1_000_000)
    assert result.ok
    assert result.amount_in < 1_000_000
    assert path_receive(triangle, "me", cycle, 1_000_000, send_max=result.amount_in).ok
    assert path_receive(triangle, "me", cycle, 1_000_000, send_max=result.amount_in - 1).code is PathCode.OVER_SENDMAX


def test_a_cycle_through_one_pool_twice_sees_the_moved_reserves() -> None:
    market = Market()
    market.upsert_pool(pool(NATIVE, USD, 1_000_000, 1_000_000))
    there = swap_send(1_000_000, 1_000_000, 100_000)
    assert there is not None
    moved = swap_send(1_000_000 - there, 1_100_000, there)
    stale = swap_send(1_000_000, 1_000_000, there)
    result = path_send(market, "me", [NATIVE, USD, NATIVE], 100_000)
    assert result.amount_out == moved != stale
    # and the same backwards
    last = swap_receive(1_000_000, 1_000_000, 50_000)
    assert last is not None
    bought = path_receive(market, "me", [NATIVE, USD, NATIVE], 50_000)
    assert bought.amount_in == swap_receive(1_000_000 - 50_000, 1_000_000 + last, last)


def test_a_path_through_one_book_twice_sees_the_filled_offers() -> None:
    market = Market()
    market.upsert_offer(Offer(1, "maker", USD, NATIVE, 100, 1, 1))
    market.upsert_offer(Offer(2, "maker", USD, NATIVE, 1000, 2, 1))
    market.upsert_offer(Offer(3, "other", NATIVE, USD, 1000, 1, 1))
    result = path_send(market, "me", [NATIVE, USD, NATIVE, USD], 150)
    # 150 buys 100 at 1 and 25 at 2; 125 comes back; 125 buys 62 more of the second offer only
    assert [hop.amount_out for hop in result.hops] == [125, 125, 62]
    assert [fill.offer_id for fill in result.hops[2].fills] == [2]
    assert result.hops[2].fills[0].wheat_left == 1000 - 25 - 62


def test_a_repeated_asset_is_skipped(triangle: Market) -> None:
    straight = path_send(triangle, "me", [NATIVE, USD], 10_000)
    assert path_send(triangle, "me", [NATIVE, NATIVE, USD, USD], 10_000) == straight


def test_a_payment_in_one_asset_needs_no_market() -> None:
    result = path_send(Market(), "me", [USD, USD], 7, dest_min=7)
    assert (result.code, result.amount_out, result.hops) == (PathCode.SUCCESS, 7, ())
    assert path_receive(Market(), "me", [USD, USD], 7, send_max=6).code is PathCode.OVER_SENDMAX


def test_a_path_without_a_market_has_too_few_offers() -> None:
    market = Market()
    market.upsert_pool(pool(NATIVE, USD, 10**6, 10**6))
    sent = path_send(market, "me", [NATIVE, USD, EUR], 1000)
    assert sent.code is PathCode.TOO_FEW_OFFERS
    assert (len(sent.hops), sent.amount_out) == (1, 0)
    bought = path_receive(market, "me", [NATIVE, USD, EUR], 1000)
    assert bought.code is PathCode.TOO_FEW_OFFERS
    assert (len(bought.hops), bought.amount_in) == (0, 0)


def test_under_destmin_tells_what_would_have_come(triangle: Market) -> None:
    good = path_send(triangle, "me", [NATIVE, USD, EUR], 1_000_000)
    assert path_send(triangle, "me", [NATIVE, USD, EUR], 1_000_000, dest_min=good.amount_out).ok
    short = path_send(triangle, "me", [NATIVE, USD, EUR], 1_000_000, dest_min=good.amount_out + 1)
    assert (short.code, short.amount_out) == (PathCode.UNDER_DESTMIN, good.amount_out)


def test_the_sender_cannot_cross_its_own_offer() -> None:
    market = Market()
    market.upsert_offer(Offer(1, "me", USD, NATIVE, 100, 1, 1))
    assert path_send(market, "me", [NATIVE, USD], 10).code is PathCode.CROSS_SELF
    assert path_receive(market, "me", [NATIVE, USD], 10).code is PathCode.CROSS_SELF
    assert path_send(market, "another", [NATIVE, USD], 10).ok


def test_evaluating_leaves_the_market_alone(triangle: Market) -> None:
    before = (list(triangle.offers(USD, NATIVE)), triangle.pool(NATIVE, USD))
    path_send(triangle, "me", [NATIVE, USD], 100)
    assert (list(triangle.offers(USD, NATIVE)), triangle.pool(NATIVE, USD)) == before


def test_a_basket_shares_one_overlay(triangle: Market) -> None:
    # given a small payment that takes the whole cheap offer
    overlay = triangle.overlay()
    first = path_receive(overlay, "me", [NATIVE, USD], 5_000)
    assert first.hops[0].venue is VenueKind.BOOK
    # when the next payment of the same basket is quoted on what the first left
    for hop in first.executed:
        overlay.apply(hop)
    second = path_receive(overlay, "me", [NATIVE, USD], 5_000)
    # then it has to use the pool
    assert second.hops[0].venue is VenueKind.POOL


@pytest.mark.parametrize("path", [[], [USD], [NATIVE, USD] * 4])
def test_a_path_of_the_wrong_length_is_malformed(path: list[Asset]) -> None:
    with pytest.raises(PathError, match="2 to 7 assets"):
        path_send(Market(), "me", path, 1)
    with pytest.raises(PathError, match="2 to 7 assets"):
        path_receive(Market(), "me", path, 1)


@pytest.mark.parametrize(("amount", "bound"), [(0, 1), (-1, 1), (1, 0), (INT64_MAX + 1, 1), (1, INT64_MAX + 1)])
def test_an_amount_out_of_range_is_malformed(amount: int, bound: int) -> None:
    with pytest.raises(PathError, match="malformed"):
        path_send(Market(), "me", [NATIVE, USD], amount, bound)
    with pytest.raises(PathError, match="malformed"):
        path_receive(Market(), "me", [NATIVE, USD], amount, bound)
