"""Sizes proposed in floats are optimal, and the exact payment is best to the stroop in its neighbourhood."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from support.plain_search import best_proposal

from arb.markets.asset import NATIVE
from arb.markets.cycles import paying_cycles
from arb.markets.graph import MarketGraph
from arb.markets.market import Market
from arb.markets.path import path_receive
from arb.markets.quotes import Quote, quote

MarketMaker = Callable[..., Market]


def quotes(market: Market) -> list[tuple[float, Quote | None]]:
    graph = MarketGraph(market, market.pairs())
    found = []
    for cycle in paying_cycles(graph, NATIVE):
        proposal = best_proposal([graph.edges(*pair) for pair in pairwise(cycle.assets)])
        if proposal is not None:
            path = tuple(graph.assets[index] for index in cycle.assets)
            found.append((proposal.profit_approx, quote(market, None, path, proposal)))
    return found


def profit_at(market: Market, found: Quote, dest_amount: int) -> int:
    result = path_receive(market, None, found.path, dest_amount)
    return dest_amount - result.amount_in if result.ok else -(2**63)


@pytest.mark.parametrize("seed", range(12))
def test_no_amount_nearby_gains_more(make_market: MarketMaker, seed: int) -> None:
    # given a market of pools and books / when its cycles are quoted
    market = make_market(seed, noise=0.02)
    found = quotes(market)
    assert found
    for proposed, exact in found:
        if exact is None:
            # then a cycle is dropped only when rounding eats what little the reals promised
            assert proposed < 1000
            continue
        # then the quote replays exactly, nothing within 2 stroops is better, and further away no more than rounding is
        assert profit_at(market, exact, exact.result.amount_out) == exact.profit > 0
        amount = exact.result.amount_out
        assert max(profit_at(market, exact, amount + step) for step in range(-2, 3)) == exact.profit
        for step in (sign * amount * part // 10_000 for sign in (-1, 1) for part in (1, 10, 100, 1000)):
            assert profit_at(market, exact, amount + step) <= exact.profit + 10


@pytest.mark.parametrize("seed", range(25))
def test_the_float_size_promises_what_the_integers_give(make_market: MarketMaker, seed: int) -> None:
    for proposed, exact in quotes(make_market(seed, depth=1e12, noise=0.01)):
        gained = 0 if exact is None else exact.profit
        assert gained == pytest.approx(proposed, rel=1e-4, abs=5000)


@pytest.mark.parametrize("seed", range(12))
def test_small_markets_against_every_amount(make_market: MarketMaker, seed: int) -> None:
    # given reserves of a few thousand stroops, where rounding is everything
    market = make_market(seed, count=4, pools=5, books=3, depth=20_000, noise=0.1)
    for _, exact in quotes(market):
        if exact is None:
            continue
        best = max(profit_at(market, exact, amount) for amount in range(1, 3 * exact.result.amount_out + 100))
        # then the answer is within one stroop of the coarsest asset of the best of all amounts, and never claims more
        unit = exact.result.amount_in // min(hop.amount_in for hop in exact.result.hops)
        assert best - max(2, unit) <= exact.profit <= best
