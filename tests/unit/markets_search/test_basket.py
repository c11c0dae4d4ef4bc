"""A basket's figures are what the payments give one after the other, and no payment can lose."""

from collections.abc import Callable

import pytest

from arb.markets.asset import NATIVE
from arb.markets.basket import find_basket
from arb.markets.market import Market
from arb.markets.overlay import Overlay
from arb.markets.path import path_receive

MarketMaker = Callable[..., Market]


FEE = 100


@pytest.mark.parametrize("seed", range(10))
def test_payments_replay_one_after_the_other(make_market: MarketMaker, seed: int) -> None:
    # given a market with many ways to gain / when a basket is taken
    market = make_market(seed, count=9, pools=20, books=10, noise=0.03)
    search = find_basket(market, market.pairs(), NATIVE, FEE)
    basket = search.basket
    assert basket is not None
    assert search.screened > 0
    # then the payments, in order on the untouched market, cost what was predicted to the stroop
    overlay = Overlay(market)
    for payment in basket.payments:
        assert payment.path[0] == payment.path[-1] == NATIVE
        result = path_receive(overlay, None, payment.path, payment.dest_amount, payment.send_max)
        assert result.ok
        assert result.amount_in == payment.predicted_in
        assert result.hops == payment.hops
        for hop in result.executed:
            overlay.apply(hop)
        # and each gains more than its fee, also at the dearest it accepts
        assert payment.predicted_in <= payment.send_max < payment.dest_amount - FEE
    assert basket.profit == sum(p.dest_amount - p.predicted_in for p in basket.payments)
    assert basket.fee == FEE * len(basket.payments)


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_best_first_and_leaves_nothing_worth_its_fee(make_market: MarketMaker, seed: int) -> None:
    market = make_market(seed, count=6, pools=9, books=6, noise=0.02)
    fee = 50_000
    one = find_basket(market, market.pairs(), NATIVE, fee, most_payments=1).basket
    all_ = find_basket(market, market.pairs(), NATIVE, fee, most_payments=100).basket
    assert one is not None
    assert all_ is not None
    assert all_.payments[0] == one.payments[0]
    assert all_.payments[0].profit == max(payment.profit for payment in all_.payments)
    overlay = Overlay(market)
    for payment in all_.payments:
        for hop in path_receive(overlay, None, payment.path, payment.dest_amount).executed:
            overlay.apply(hop)
    assert find_basket(overlay, market.pairs(), NATIVE, fee).basket is None


def test_the_same_market_gives_the_same_basket_whatever_the_order_of_pairs(make_market: MarketMaker) -> None:
    market = make_market(3, noise=0.03)
    pairs = sorted(market.pairs(), key=str)
    assert find_basket(market, pairs, NATIVE, FEE) == find_basket(market, pairs[::-1], NATIVE, FEE)


def test_what_is_dropped_is_counted_by_reason(make_market: MarketMaker) -> None:
    market = make_market(3, noise=0.03)
    dear = find_basket(market, market.pairs(), NATIVE, 10**15)
    assert dear.basket is None
    assert dear.dropped["below_fee"] == dear.screened > 0
    short = find_basket(market, market.pairs(), NATIVE, FEE, most_payments=1)
    assert short.dropped.get("beyond_basket_size", 0) > 0


@pytest.mark.parametrize("seed", range(5))
def test_no_payment_may_send_more_than_the_largest(make_market: MarketMaker, seed: int) -> None:
    # given a market whose best payments are large / when payments are capped
    market = make_market(seed, depth=1e12, noise=0.03)
    free = find_basket(market, market.pairs(), NATIVE, FEE).basket
    assert free is not None
    cap = max(payment.send_max for payment in free.payments) // 10
    capped = find_basket(market, market.pairs(), NATIVE, FEE, largest_payment=cap).basket
    # then each sends at most that much, also at its dearest, and something is still gained
    assert capped is not None
    assert max(payment.send_max for payment in capped.payments) <= cap
    assert 0 < capped.payments[0].profit <= free.payments[0].profit


@pytest.mark.parametrize("seed", range(5))
def test_a_payment_rides_only_when_it_is_worth_its_risk(make_market: MarketMaker, seed: int) -> None:
    # given a payment more sinks the basket one time in ten
    market = make_market(seed, count=9, pools=20, books=10, noise=0.03)
    greedy = find_basket(market, market.pairs(), NATIVE, FEE).basket
    search = find_basket(market, market.pairs(), NATIVE, FEE, risk_bps=1_000)
    careful = search.basket
    assert greedy is not None
    assert careful is not None
    # then the careful basket is where the greedy one starts
    count = len(careful.payments)
    assert careful.payments == greedy.payments[:count]
    # every payment gains a tenth of what rides before it
    gained = 0
    for payment in careful.payments:
        assert payment.profit >= gained // 10
        gained += payment.profit
    # and the next one would not have
    if count < len(greedy.payments):
        assert greedy.payments[count].profit < gained // 10
        assert search.dropped["not_worth_its_risk"] > 0
