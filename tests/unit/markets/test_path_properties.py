"""Laws of path payments on random markets, checked against hops applied by hand to the ledger entries themselves."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.book import WORK_LIMIT, Offer, Stop, cross
from arb.markets.exchange import Rounding, adjust_amount
from arb.markets.market import Market
from arb.markets.path import HopResult, PathResult, VenueKind, hop_receive, hop_send, path_receive, path_send
from arb.markets.pool import Pool, swap_receive, swap_send

ISSUER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
ASSETS = sorted([NATIVE, *(Asset(code, ISSUER) for code in ("AAA", "BBB", "CCC"))], key=Asset.sort_key)

reserves = st.integers(1_000, 10**6) | st.integers(10**6, 10**13)
amounts = st.integers(1, 3_000) | st.integers(1, 10**9)
parts = st.integers(1, 12) | st.integers(900, 1_100)


@st.composite
def ledgers(draw: st.DrawFn, with_books: bool = True) -> tuple[list[Offer], list[Pool]]:
    """Offers as the ledger would store them and pools, among four assets."""
    pairs = [(a, b) for a in ASSETS for b in ASSETS if a.sort_key() < b.sort_key()]
    pools = [
        Pool(pool_id(a, b), a, b, draw(reserves), draw(reserves), 1) for a, b in pairs if draw(st.integers(0, 3)) > 0
    ]
    offers = []
    for offer_id in range(1, 1 + (draw(st.integers(0, 8)) if with_books else 0)):
        a, b = draw(st.sampled_from(pairs))
        selling, buying = draw(st.sampled_from([(a, b), (b, a)]))
        n, d = draw(parts), draw(parts)
        amount = adjust_amount(n, d, draw(st.integers(1, 10**6)), INT64_MAX)
        if amount > 0:
            seller = draw(st.sampled_from(["maker", "maker", "me"]))
            offers.append(Offer(offer_id, seller, selling, buying, amount, n, d))
    return offers, pools


@st.composite
def paths(draw: st.DrawFn) -> list[Asset]:
    return draw(st.lists(st.sampled_from(ASSETS), min_size=2, max_size=7))


def market_of(offers: list[Offer], pools: list[Pool]) -> Market:
    market = Market()
    for offer in offers:
        market.upsert_offer(offer)
    for pool in pools:
        market.upsert_pool(pool)
    return market


def settle(market: Market, hop: HopResult) -> None:
    """Writes a hop into the ledger entries, as a network node would."""
    if hop.pool_id is not None:
        pool = market.pools_by_id[hop.pool_id]
        into_a = hop.asset_in == pool.a
        delta_a, delta_b = (hop.amount_in, -hop.amount_out) if into_a else (-hop.amount_out, hop.amount_in)
        market.upsert_pool(
            Pool(pool.id, pool.a, pool.b, pool.reserve_a + delta_a, pool.reserve_b + delta_b, pool.shares)
        )
    for fill in hop.fills:
        offer = market.offers_by_id[fill.offer_id]
        market.delete_offer(offer.id)
        if fill.wheat_left:
            market.upsert_offer(
                Offer(offer.id, offer.seller, offer.selling, offer.buying, fill.wheat_left, offer.n, offer.d)
            )


def by_hand(market: Market, path: list[Asset], amount: int, *, receive: bool) -> tuple[int | None, list[HopResult]]:
    """The amount at the far end and the hops in order of execution, each settled before the next; None if one fails."""
    hops: list[HopResult] = []
    steps = list(pairwise(path))
    work_left = WORK_LIMIT
    for asset_in, asset_out in reversed(steps) if receive else steps:
        if asset_in == asset_out:
            continue
        hop = (hop_receive if receive else hop_send)(market, "me", asset_in, asset_out, amount, work_left)
        if not hop.ok:
            return None, hops
        settle(market, hop)
        hops.append(hop)
        work_left -= hop.work
        amount = hop.amount_in if receive else hop.amount_out
    return amount, hops


def check_same(result: PathResult, far_end: int | None, hops: list[HopResult], amount: int) -> None:
    assert list(result.executed) == hops
    if far_end is not None:
        assert amount == far_end


@given(ledgers(), paths(), amounts)
def test_strict_send_is_its_hops_settled_one_by_one(
    ledger: tuple[list[Offer], list[Pool]], path: list[Asset], amount: int
) -> None:
    result = path_send(market_of(*ledger), "me", path, amount)
    check_same(result, *by_hand(market_of(*ledger), path, amount, receive=False), result.amount_out)


@given(ledgers(), paths(), amounts)
def test_strict_receive_is_its_hops_settled_one_by_one(
    ledger: tuple[list[Offer], list[Pool]], path: list[Asset], amount: int
) -> None:
    result = path_receive(market_of(*ledger), "me", path, amount)
    check_same(result, *by_hand(market_of(*ledger), path, amount, receive=True), result.amount_in)


@given(ledgers(), amounts)
def test_a_hop_takes_the_better_venue_whole(ledger: tuple[list[Offer], list[Pool]], amount: int) -> None:
    market = market_of(*ledger)
    for asset_in, asset_out in market.pairs():
        reserves_seen = market.pool(asset_in, asset_out)
        offers = market.offers(asset_out, asset_in)
        # given both venues quoted on their own
        book_out = cross(offers, INT64_MAX, amount, Rounding.SEND, "me")
        pool_out = reserves_seen and swap_send(reserves_seen.reserve_in, reserves_seen.reserve_out, amount)
        book_in = cross(offers, amount, INT64_MAX, Rounding.RECV, "me")
        pool_in = reserves_seen and swap_receive(reserves_seen.reserve_in, reserves_seen.reserve_out, amount)
        # then a send gets the most and a receive pays the least of what is on offer
        send_quotes = [book_out.wheat_received] if book_out.stop is Stop.FILLED else []
        receive_quotes = [book_in.sheep_sent] if book_in.stop is Stop.FILLED else []
        send_quotes += [pool_out] if pool_out is not None else []
        receive_quotes += [pool_in] if pool_in is not None else []
        sent, bought = (
            hop_send(market, "me", asset_in, asset_out, amount),
            hop_receive(market, "me", asset_in, asset_out, amount),
        )
        assert sent.ok == bool(send_quotes)
        assert bought.ok == bool(receive_quotes)
        if sent.ok:
            assert (sent.amount_in, sent.amount_out) == (amount, max(send_quotes))
            assert sent.venue is (VenueKind.POOL if pool_out == sent.amount_out else VenueKind.BOOK)
        if bought.ok:
            assert (bought.amount_in, bought.amount_out) == (min(receive_quotes), amount)
            assert bought.venue is (VenueKind.POOL if pool_in == bought.amount_in else VenueKind.BOOK)


@given(ledgers(with_books=False), st.permutations(ASSETS), amounts)
def test_through_distinct_pools_send_and_receive_are_inverse_within_rounding(
    ledger: tuple[list[Offer], list[Pool]], path: list[Asset], amount: int
) -> None:
    market = market_of(*ledger)
    bought = path_receive(market, "me", path, amount)
    if bought.ok:
        assert path_send(market, "me", path, bought.amount_in).amount_out >= amount
    sent = path_send(market, "me", path, amount)
    if sent.ok:
        assert path_receive(market, "me", path, sent.amount_out).amount_in <= amount


@given(ledgers(with_books=False), st.permutations(ASSETS), amounts, amounts)
def test_through_distinct_pools_more_in_never_gives_less_out(
    ledger: tuple[list[Offer], list[Pool]], path: list[Asset], less: int, more: int
) -> None:
    less, more = sorted((less, more))
    market = market_of(*ledger)
    small, large = path_send(market, "me", path, less), path_send(market, "me", path, more)
    assert large.ok or not small.ok
    assert small.amount_out <= large.amount_out


@given(ledgers(with_books=False), paths(), amounts)
def test_no_way_out_and_back_through_the_same_pools_gains(
    ledger: tuple[list[Offer], list[Pool]], path: list[Asset], amount: int
) -> None:
    out = path[:4]
    there_and_back = path_send(market_of(*ledger), "me", out + out[-2::-1], amount)
    if there_and_back.ok:
        assert there_and_back.amount_out <= amount
