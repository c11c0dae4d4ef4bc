"""The network's rules that surprise, one test each (protocol 27), and its choice between book and pool.

Rule 8 (a self-payment into an almost full trustline) is about balances, which these libraries do not hold.
"""

from dataclasses import dataclass

import pytest

from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.book import WORK_LIMIT, Fill, Offer, PriceLimit, RestingOffer, Stop, book_order_key, cross
from arb.markets.exchange import INT32_MAX, Rounding, price_crosses
from arb.markets.hop import PathCode, VenueKind, hop_receive, hop_send
from arb.markets.market import Market
from arb.markets.path import path_receive, path_send
from arb.markets.pool import DepositRefusal, Pool, Reserves, deposit, swap_receive, swap_send

ISSUER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
USD, EUR = Asset("USD", ISSUER), Asset("EUR", ISSUER)
ANY_PRICE = ((1, INT32_MAX), (INT32_MAX, 1))


def market_of(*entries: Offer | Pool) -> Market:
    market = Market()
    for entry in entries:
        if isinstance(entry, Offer):
            market.upsert_offer(entry)
        else:
            market.upsert_pool(entry)
    return market


def usd_for_native(offer_id: int, n: int, d: int, amount: int, seller: str = "maker") -> Offer:
    """An offer of USD at n/d native per USD."""
    return Offer(offer_id, seller, USD, NATIVE, amount, n, d)


def eur_for_usd(offer_id: int, n: int, d: int, amount: int) -> Offer:
    return Offer(offer_id, "maker", EUR, USD, amount, n, d)


def usd_pool(reserve_native: int, reserve_usd: int) -> Pool:
    return Pool(pool_id(NATIVE, USD), NATIVE, USD, reserve_native, reserve_usd, 1)


# Which venue: core's LiquidityPoolTradeTests "chooses best price", buying 10 USD.


def test_the_pool_wins_when_it_is_better() -> None:
    market = market_of(usd_for_native(1, 2, 1, 4), usd_for_native(2, 2, 1, 6), usd_pool(1000, 1000))
    hop = hop_receive(market, None, NATIVE, USD, 10)
    assert (hop.venue, hop.amount_in, hop.work) == (VenueKind.POOL, 11, 3)


def test_the_pool_wins_a_tie() -> None:
    market = market_of(usd_for_native(1, 1, 1, 1), usd_for_native(2, 2, 1, 9), usd_pool(1800, 1000))
    hop = hop_receive(market, None, NATIVE, USD, 10)
    assert (hop.venue, hop.amount_in) == (VenueKind.POOL, 19)


def test_the_book_wins_only_when_strictly_better() -> None:
    market = market_of(usd_for_native(1, 2, 1, 4), usd_for_native(2, 2, 1, 6), usd_pool(2000, 1000))
    hop = hop_receive(market, None, NATIVE, USD, 10)
    assert (hop.venue, hop.amount_in, len(hop.fills)) == (VenueKind.BOOK, 20, 2)


def test_a_hop_is_never_split_between_venues() -> None:
    # given a book with the better price for half of the hop
    market = market_of(usd_for_native(1, 1, 2, 50), usd_pool(10_000, 10_000))
    hop = hop_receive(market, None, NATIVE, USD, 100)
    assert (hop.venue, hop.amount_in) == (VenueKind.POOL, swap_receive(10_000, 10_000, 100))


# Rule 1


def test_rule_1_any_failure_of_the_book_falls_back_to_the_pool() -> None:
    pool = usd_pool(10_000, 10_000)
    too_little = market_of(usd_for_native(1, 1, 2, 5), pool)
    own_in_the_way = market_of(usd_for_native(1, 1, 2, 500, seller="me"), pool)
    for market in (too_little, own_in_the_way):
        assert hop_receive(market, "me", NATIVE, USD, 100).venue is VenueKind.POOL
        assert hop_send(market, "me", NATIVE, USD, 100).venue is VenueKind.POOL


def test_rule_1_cross_self_appears_only_if_the_pool_cannot_do_the_hop() -> None:
    own = usd_for_native(1, 1, 2, 500, seller="me")
    without_pool = market_of(own)
    shallow_pool = market_of(own, usd_pool(10_000, 100))
    assert hop_send(without_pool, "me", NATIVE, USD, 100).code is PathCode.CROSS_SELF
    assert hop_receive(shallow_pool, "me", NATIVE, USD, 100).code is PathCode.CROSS_SELF
    assert hop_receive(shallow_pool, "me", NATIVE, USD, 99).venue is VenueKind.POOL


@dataclass(frozen=True)
class OneMarket:
    """A view of one book and one pool whose makers' limits are known, as a node sees them."""

    resting: list[RestingOffer]
    reserves: Reserves | None

    def offers(self, selling: Asset, buying: Asset) -> list[RestingOffer]:
        return self.resting

    def pool(self, asset_in: Asset, asset_out: Asset) -> Reserves | None:
        return self.reserves


def test_rule_1_exactness_is_checked_after_the_venue_is_chosen() -> None:
    # given a book that beats the pool but fills the taker's 64 bits of wheat before all the sheep is spent: the maker
    # has room for 5e9 sheep of the 6e9 that are left
    book = [RestingOffer(1, "maker", 1, 1, 10, INT64_MAX), RestingOffer(2, "maker", 1, INT32_MAX, INT64_MAX, 5 * 10**9)]
    view = OneMarket(book, Reserves("pool", 10**12, 10**12))
    crossed = cross(book, INT64_MAX, 6 * 10**9 + 10, Rounding.SEND, None)
    assert (crossed.stop, crossed.sheep_sent) == (Stop.FILLED, 5 * 10**9 + 10)
    # then the hop fails, though the pool alone could have done it
    assert swap_send(10**12, 10**12, 6 * 10**9 + 10) is not None
    assert hop_send(view, None, NATIVE, USD, 6 * 10**9 + 10).code is PathCode.TOO_FEW_OFFERS


# Rule 2

DEARER, CHEAPER = (INT32_MAX - 1, INT32_MAX - 2), (INT32_MAX, INT32_MAX - 1)


def test_rule_2_an_older_offer_goes_first_when_doubles_cannot_tell_it_is_dearer() -> None:
    market = market_of(usd_for_native(2, *CHEAPER, 100), usd_for_native(1, *DEARER, 100))
    assert book_order_key(*DEARER, 1) < book_order_key(*CHEAPER, 2)
    assert [offer.id for offer in market.offers(USD, NATIVE)] == [1, 2]


def test_rule_2_whether_a_price_crosses_is_compared_exactly() -> None:
    # given a new offer that pays exactly the cheaper price, and the dearer one first in the book
    limit = PriceLimit(CHEAPER[1], CHEAPER[0])
    assert price_crosses(*CHEAPER, limit.n, limit.d)
    assert not price_crosses(*DEARER, limit.n, limit.d)
    market = market_of(usd_for_native(1, *DEARER, 100), usd_for_native(2, *CHEAPER, 100))
    outcome = cross(market.offers(USD, NATIVE), INT64_MAX, 100, Rounding.NORMAL, "me", price_limit=limit)
    # then it stops there, though the offer behind would have crossed
    assert (outcome.stop, outcome.fills) == (Stop.PRICE_LIMIT, [])


# Rule 3


def test_rule_3_strict_send_can_pay_for_nothing_and_ends_under_destmin() -> None:
    market = market_of(usd_for_native(1, 1000, 1, 50), eur_for_usd(2, 1, 1, 50))
    # when 999 is sent where one stroop costs 1000
    result = path_send(market, "me", [NATIVE, USD, EUR], 999)
    # then the offer is paid and stays, the next hop passes with 0, and only the end fails
    assert result.code is PathCode.UNDER_DESTMIN
    assert [(hop.amount_in, hop.amount_out) for hop in result.hops] == [(999, 0), (0, 0)]
    assert result.hops[0].fills == [Fill(1, "maker", 0, 999, 50)]


def test_rule_3_strict_send_spends_all_the_sheep_and_no_1_percent_rule_binds() -> None:
    market = market_of(usd_for_native(1, 1000, 1, 50))
    hop = hop_send(market, None, NATIVE, USD, 1999)
    assert (hop.amount_in, hop.amount_out) == (1999, 1)


def test_rule_3_a_pool_in_a_later_hop_refuses_0() -> None:
    eur_pool = Pool(pool_id(EUR, USD), EUR, USD, 1000, 1000, 1)
    market = market_of(usd_for_native(1, 1000, 1, 50), eur_pool)
    result = path_send(market, "me", [NATIVE, USD, EUR], 999)
    # the empty book fills 0, which counts as a success of the book
    assert result.code is PathCode.UNDER_DESTMIN
    assert result.hops[1].venue is VenueKind.BOOK


# Rule 4


def test_rule_4_what_is_left_of_an_offer_is_adjusted_and_dust_vanishes() -> None:
    # given 2000 at 1/1000, when 1001 are bought
    market = market_of(usd_for_native(1, 1, 1000, 2000))
    hop = hop_receive(market, None, NATIVE, USD, 1001)
    # then the other 999 are worth less than one stroop and go with them
    assert hop.fills == [Fill(1, "maker", 1001, 2, 0)]


def test_rule_4_the_remainder_is_adjusted_to_the_makers_room() -> None:
    # given 1000 at 2/1 and room for exactly the 2000 it would bring
    offer = RestingOffer(1, "maker", 2, 1, 1000, 2000)
    # when a strict send overpays by rounding: 3 for 1
    fill = cross([offer], INT64_MAX, 3, Rounding.SEND, None).fills[0]
    # then there is room for 1997 more, which is 998 of the 999 left
    assert fill == Fill(1, "maker", 1, 3, 998)


# Rule 5


def test_rule_5_two_crossing_offers_may_trade_nothing() -> None:
    # given 34 at 3/2 in the book, when a new offer sells 50 at 2/3
    book = [RestingOffer(1, "maker", 3, 2, 34, INT64_MAX)]
    outcome = cross(book, INT64_MAX, 50, Rounding.NORMAL, "me", price_limit=PriceLimit(2, 3))
    # then it is done with nothing, and the book is as it was
    assert outcome.stop is Stop.FILLED
    assert outcome.fills == [Fill(1, "maker", 0, 0, 34)]
    assert outcome.sheep_sent == outcome.wheat_received == 0


# Rule 6


def test_rule_6_a_pool_refuses_to_take_0_and_to_give_everything_but_gives_0_for_0() -> None:
    assert swap_send(1000, 1000, 0) is None
    assert swap_receive(1000, 1000, 0) == 0
    assert swap_receive(1000, 1000, 1000) is None
    free = hop_receive(market_of(usd_pool(1000, 1000)), None, NATIVE, USD, 0)
    assert (free.code, free.venue, free.amount_in) == (PathCode.SUCCESS, VenueKind.POOL, 0)


# Rule 7


def test_rule_7_deposits_round_against_the_depositor_and_zero_is_a_bad_price() -> None:
    assert deposit(1000, 3000, 1732, 10, 10, *ANY_PRICE) == (3, 9, 5)
    assert deposit(10**9, 10**9, 10, 5, 5, *ANY_PRICE) is DepositRefusal.BAD_PRICE


# Work limit: core's LiquidityPoolTradeTests "max offers to cross", on the real limit of 1000.


def shelf(count: int, n: int = 1, d: int = 1) -> list[Offer]:
    return [eur_for_usd(1000 + i, n, d, 1) for i in range(count)]


def test_the_work_limit_spans_all_hops_of_a_path() -> None:
    market = market_of(*shelf(WORK_LIMIT), usd_for_native(1, 1, 1, 5000))
    path = [NATIVE, USD, EUR]
    assert path_receive(market, "me", path, WORK_LIMIT - 1).ok
    assert path_receive(market, "me", path, WORK_LIMIT).code is PathCode.EXCEEDED_WORK_LIMIT


@pytest.mark.parametrize("own_offer", [False, True])
def test_a_pool_takes_one_unit_of_work(own_offer: bool) -> None:
    market = market_of(*shelf(WORK_LIMIT), usd_pool(100_000, 2_000_000))
    if own_offer:  # without work left nobody looks whose offer it is
        market.upsert_offer(usd_for_native(1, 1, 1, 5000, seller="me"))
    path = [NATIVE, USD, EUR]
    assert path_receive(market, "me", path, WORK_LIMIT - 1).ok
    assert path_receive(market, "me", path, WORK_LIMIT).code is PathCode.EXCEEDED_WORK_LIMIT


@pytest.mark.parametrize(("discarded", "code"), [(998, PathCode.SUCCESS), (999, PathCode.EXCEEDED_WORK_LIMIT)])
def test_offers_that_the_pool_beat_count_as_work(discarded: int, code: PathCode) -> None:
    dear = [usd_for_native(i, 2, 1, 1) for i in range(1, discarded + 1)]
    market = market_of(*dear, eur_for_usd(5000, 1, 2, 200_000), usd_pool(1_000, 100_000))
    path = [NATIVE, USD, EUR]
    assert path_send(market, "me", path, 2_000).code is code
    assert path_receive(market, "me", path, 2 * discarded + 2).code is code


def test_without_work_left_the_pool_is_not_asked() -> None:
    market = market_of(usd_pool(1000, 1000))
    assert hop_send(market, None, NATIVE, USD, 10, work_left=0).code is PathCode.EXCEEDED_WORK_LIMIT
    assert hop_receive(market, None, NATIVE, USD, 10, work_left=0).code is PathCode.EXCEEDED_WORK_LIMIT
    # and a hop that wants nothing needs no work: the empty book does it
    assert hop_receive(market, None, NATIVE, USD, 0, work_left=0).venue is VenueKind.BOOK
