"""Routes over Soroban pools: as good as trying everything, exact to the unit, and the same on every run."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from support.plain_routes import address, best_profit, large_market, small_markets, through

from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, SorobanPool, SoroswapPool
from arb.markets.soroban.routes import Route, best_route, separate_routes

BASE = address("token 0")
A, B, C = (address(f"token {number}") for number in (1, 2, 3))
COST = 20
"""Rounding alone can give a unit or two: gains that small are not looked for, and no cost on a network is."""


def replayed(route: Route) -> None:
    """Runs a route on its pools and checks every figure of it."""
    held: int | None = route.amount_in
    for step in route.steps:
        assert step.amount_in == held
        held = step.pool.quote_in(step.token_in, step.token_out, step.amount_in)
        assert step.amount_out == held
    assert route.steps[0].token_in == route.steps[-1].token_out == route.base
    assert all(step.token_out == following.token_in for step, following in pairwise(route.steps))
    assert route.profit == route.steps[-1].amount_out - route.amount_in
    contracts = [step.pool.contract for step in route.steps]
    assert len(set(contracts)) == len(contracts)


@given(small_markets())
@settings(max_examples=150, deadline=None)
def test_no_cycle_and_no_amount_gains_more(pools: list[SorobanPool]) -> None:
    # When the best of everything is known
    best = best_profit(pools, BASE, largest=150)
    # Then the search finds as much
    route = best_route(pools, BASE, cost=COST, largest=150)
    if best <= COST:
        assert route is None
    else:
        assert route is not None
        replayed(route)
        assert route.profit == best


@given(small_markets())
@settings(max_examples=40, deadline=None)
def test_shorter_routes_are_the_best_of_their_length(pools: list[SorobanPool]) -> None:
    for most_hops in (2, 3):
        best = best_profit(pools, BASE, largest=100, most_hops=most_hops)
        route = best_route(pools, BASE, cost=COST, largest=100, most_hops=most_hops)
        assert (route.profit if route else 0) == (best if best > COST else 0)
        assert route is None or len(route.steps) <= most_hops


@pytest.mark.parametrize("seed", range(12))
def test_no_input_within_two_units_gains_more(seed: int) -> None:
    route = best_route(large_market(seed), BASE, cost=100_000)
    assert route is not None
    replayed(route)
    hops = tuple((step.pool, step.token_in, step.token_out) for step in route.steps)
    for off in (-2, -1, 1, 2):
        near = route.amount_in + off
        assert (through(hops, near) or 0) - near <= route.profit


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_pools_does_not_matter(seed: int) -> None:
    pools = large_market(seed)
    shuffled = random.Random(seed).sample(pools, len(pools))
    assert best_route(pools, BASE, cost=100_000) == best_route(shuffled, BASE, cost=100_000)


@pytest.mark.parametrize("seed", range(4))
def test_a_largest_notional_binds_and_is_used_in_full_or_nearly(seed: int) -> None:
    pools = large_market(seed)
    free = best_route(pools, BASE, cost=100)
    assert free is not None
    capped = best_route(pools, BASE, cost=100, largest=free.amount_in // 10)
    assert capped is not None
    replayed(capped)
    assert capped.amount_in <= free.amount_in // 10
    assert capped.profit < free.profit
    hops = tuple((step.pool, step.token_in, step.token_out) for step in free.steps)
    assert capped.profit >= (through(hops, free.amount_in // 10) or 0) - free.amount_in // 10


def test_a_cost_above_the_profit_leaves_nothing() -> None:
    pools = large_market(1)
    free = best_route(pools, BASE)
    assert free is not None
    assert best_route(pools, BASE, cost=free.profit - 1) == free
    assert best_route(pools, BASE, cost=free.profit) is None


def test_separate_routes_share_no_pool_and_fall_in_profit() -> None:
    pools = large_market(2)
    routes = separate_routes(pools, BASE, 3, cost=100_000)
    assert len(routes) == 3
    assert routes[0] == best_route(pools, BASE, cost=100_000)
    used = [step.pool.contract for route in routes for step in route.steps]
    assert len(set(used)) == len(used)
    assert routes[0].profit >= routes[1].profit >= routes[2].profit > 100_000
    for route in routes:
        replayed(route)


def test_one_pool_of_three_tokens_is_not_used_twice() -> None:
    # Given a pool whose three tokens do not agree, and nothing else to trade them on
    lone = AquariusStablePool(address("3pool"), (BASE, A, B), (10**12, 3 * 10**12, 10**12), 1, 1, decimals=(7, 7, 7))
    assert best_route([lone], BASE) is None
    # When another pool leads back
    back = AquariusPool(address("back"), (A, BASE), (10**12, 10**12), 10)
    route = best_route([lone, back], BASE)
    # Then the cycle goes through each once
    assert route is not None
    assert [step.pool for step in route.steps] == [lone, back]


def test_a_spread_limit_caps_the_trade() -> None:
    # Given prices so far apart that the best trade is larger than Phoenix allows at once
    limited = PhoenixPool(address("phoenix"), (BASE, A), (10**12, 2 * 10**12), 30, max_spread_bps=100)
    open_ = SoroswapPool(address("soroswap"), (A, BASE), (10**13, 10**13))
    route = best_route([limited, open_], BASE, cost=100)
    # Then it trades up to the limit, and a little more is refused
    assert route is not None
    replayed(route)
    assert abs(route.amount_in - 10**12 // 100) < 1_000
    assert limited.quote_in(BASE, A, route.amount_in + 1_000) is None


def test_many_pools_of_one_pair_do_not_hide_the_best() -> None:
    pools: list[SorobanPool] = [
        SoroswapPool(address(f"pair {number}"), (BASE, A), (10**12 + number * 10**9, 10**12)) for number in range(20)
    ]
    pools.append(AquariusPool(address("dear"), (A, BASE), (10**12, 11 * 10**11), 10))
    route = best_route(pools, BASE)
    assert route is not None
    assert [step.pool.contract for step in route.steps] == [address("pair 0"), address("dear")]


@pytest.mark.parametrize("pools", [[], [SoroswapPool(address("pair"), (A, B), (10**9, 10**9))]])
def test_a_base_that_nothing_trades_has_no_route(pools: list[SorobanPool]) -> None:
    assert best_route(pools, BASE) is None
    assert separate_routes(pools, BASE, 3) == []


def test_units_of_very_different_worth() -> None:
    # Given a token of which one unit is worth a million of the base
    pools: list[SorobanPool] = [
        SoroswapPool(address("buy"), (BASE, C), (10**13, 10**7)),
        AquariusPool(address("sell"), (C, BASE), (10**7, 11 * 10**12), 30),
    ]
    route = best_route(pools, BASE, cost=100)
    # Then the input is the least that buys its whole units: one less would bring a unit less
    assert route is not None
    replayed(route)
    assert pools[0].quote_in(BASE, C, route.amount_in - 1) == route.steps[0].amount_out - 1
