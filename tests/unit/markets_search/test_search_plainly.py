"""What makes the search fast changes nothing: baskets equal those of the plain search, ceilings hold for every size."""

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from support.plain_search import plain_basket

from arb.markets.asset import NATIVE
from arb.markets.basket import find_basket
from arb.markets.ceilings import ways
from arb.markets.cycles import screen
from arb.markets.graph import MarketGraph
from arb.markets.market import Market
from arb.markets.sizing import propose

MarketMaker = Callable[..., Market]


def any_market(make_market: MarketMaker, seed: int) -> Market:
    """Few assets or many, dust or reserves near the limit, calm or far apart."""
    rng = random.Random(seed)
    return make_market(
        seed,
        count=rng.randint(3, 8),
        pools=rng.randint(2, 20),
        books=rng.randint(0, 16),
        depth=10 ** rng.uniform(4, 16),
        noise=rng.choice([0.003, 0.01, 0.03, 0.1]),
    )


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize(("risk_bps", "largest"), [(0, 10**15), (500, 10**15), (0, 10**6)])
def test_baskets_equal_those_of_the_plain_search(
    make_market: MarketMaker, seed: int, risk_bps: int, largest: int
) -> None:
    market = any_market(make_market, seed)
    found = find_basket(
        market, market.pairs(), NATIVE, 100, most_payments=5, risk_bps=risk_bps, largest_payment=largest
    ).basket
    plain = plain_basket(
        market, market.pairs(), NATIVE, 100, most_payments=5, risk_bps=risk_bps, largest_payment=largest
    )
    assert (() if found is None else found.payments) == plain


@pytest.mark.parametrize("seed", range(60))
def test_no_size_gains_more_than_its_ceiling(make_market: MarketMaker, seed: int) -> None:
    # given every way that passes the screen / when each is sized
    market = any_market(make_market, seed)
    graph = MarketGraph(market, market.pairs())
    found = list(ways(graph, screen(graph, NATIVE), 0))
    # then its ceiling is above that, and the highest come first, none twice
    for way in found:
        hops = zip(pairwise(way.assets), way.venues, strict=True)
        proposal = propose([graph.edges(*pair)[venue] for pair, venue in hops])
        assert proposal is None or proposal.profit_approx <= way.ceiling_approx
    assert [way.ceiling_approx for way in found] == sorted((way.ceiling_approx for way in found), reverse=True)
    assert len({(way.assets, way.venues) for way in found}) == len(found)


def test_ceilings_leave_few_to_be_sized(make_market: MarketMaker) -> None:
    # given markets with pools and books on many pairs / then few ways could beat the best size of all
    sized, worth_sizing = 0, 0
    for seed in range(10):
        market = make_market(seed, count=8, pools=20, books=16, noise=0.02)
        graph = MarketGraph(market, market.pairs())
        found = list(ways(graph, screen(graph, NATIVE), 1))
        gains = []
        for way in found:
            hops = zip(pairwise(way.assets), way.venues, strict=True)
            proposal = propose([graph.edges(*pair)[venue] for pair, venue in hops])
            gains.append(0.0 if proposal is None else proposal.profit_approx)
        sized += len(found)
        worth_sizing += sum(way.ceiling_approx >= max(gains) for way in found)
    assert worth_sizing < sized / 5


def test_a_graph_handed_in_is_left_as_it_is(make_market: MarketMaker) -> None:
    market = make_market(3, noise=0.03)
    graph = MarketGraph(market, market.pairs())
    first = find_basket(market, graph, NATIVE, 100)
    assert first.basket is not None
    assert find_basket(market, graph, NATIVE, 100) == first == find_basket(market, market.pairs(), NATIVE, 100)
