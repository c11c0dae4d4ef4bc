"""The screen finds every cycle whose marginal rates pay, each once."""

from collections.abc import Callable
from itertools import pairwise, permutations
from math import inf

import pytest

from arb.markets.asset import NATIVE, Asset
from arb.markets.cycles import LOG_RATE_FLOOR_APPROX, paying_cycles
from arb.markets.graph import MarketGraph
from arb.markets.market import Market

MarketMaker = Callable[..., Market]


def brute_force(graph: MarketGraph, most_hops: int) -> dict[tuple[Asset, ...], float]:
    rates = {(graph.assets[int(a)], graph.assets[int(b)]): float(rate) for a, b, rate in zip(*graph.rates, strict=True)}
    others = [asset for asset in graph.assets if asset != NATIVE]
    found = {}
    for between in range(1, most_hops):
        for chosen in permutations(others, between):
            path = (NATIVE, *chosen, NATIVE)
            total = sum(rates.get(pair, -inf) for pair in pairwise(path))
            if total > LOG_RATE_FLOOR_APPROX:
                found[path] = total
    return found


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("most_hops", [2, 3, 4])
def test_the_screen_equals_trying_every_permutation(make_market: MarketMaker, seed: int, most_hops: int) -> None:
    # given a random market / when screened
    market = make_market(seed, count=8, pools=16, books=9, noise=0.02)
    graph = MarketGraph(market, market.pairs())
    cycles = paying_cycles(graph, NATIVE, most_hops)
    # then the cycles are those of brute force, best first, none twice
    named = {tuple(graph.assets[i] for i in cycle.assets): cycle.log_rate_approx for cycle in cycles}
    assert len(named) == len(cycles)
    assert named == pytest.approx(brute_force(graph, most_hops))
    assert [cycle.log_rate_approx for cycle in cycles] == sorted(named.values(), reverse=True)


def test_nothing_is_found_without_the_base_or_without_a_way_back(make_market: MarketMaker) -> None:
    market = make_market(1)
    graph = MarketGraph(market, market.pairs())
    assert paying_cycles(graph, Asset("NOPE", "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL")) == []
    one_way = MarketGraph(market, [pair for pair in market.pairs() if pair[1] != NATIVE])
    assert paying_cycles(one_way, NATIVE) == []
    assert paying_cycles(MarketGraph(market, []), NATIVE) == []


def test_a_refreshed_pair_shows_its_new_rate(make_market: MarketMaker) -> None:
    market = make_market(2)
    graph = MarketGraph(market, market.pairs())
    pool = next(iter(market.pools_by_id.values()))
    before = {cycle.assets for cycle in paying_cycles(graph, NATIVE)}
    # when a pool is drained / then cycles through it in that direction are gone after a refresh
    market.delete_pool(pool.id)
    graph.refresh(market, [pair for pair in ((pool.a, pool.b), (pool.b, pool.a)) if graph.has(*pair)])
    assert {cycle.assets for cycle in paying_cycles(graph, NATIVE)} == {
        cycle.assets
        for cycle in paying_cycles(MarketGraph(market, [*market.pairs(), (pool.a, pool.b), (pool.b, pool.a)]), NATIVE)
    }
    assert before is not None
