"""The best amount for a cycle of pools is the true integer optimum: against every amount, and against itself."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arb.markets import pool_cycle
from arb.markets.pool import Reserves
from arb.markets.pool_cycle import best_trade, receive_through, send_through


def pools(top: int) -> st.SearchStrategy[Reserves]:
    return st.builds(Reserves, st.just("p"), st.integers(1, top), st.integers(1, top), st.sampled_from([30, 30, 0, 99]))


def every_amount(row: list[Reserves]) -> int:
    """Best profit of all inputs; none above the last pool's reserve can gain."""
    gains = ((send_through(row, x) or 0) - x for x in range(1, row[-1].reserve_out))
    return max(0, max(gains, default=0))


@settings(max_examples=150, deadline=None)
@given(st.lists(pools(2000), min_size=2, max_size=4) | st.lists(pools(30), min_size=2, max_size=4))
def test_no_other_amount_gains_more(row: list[Reserves]) -> None:
    # given any small pools / when the best trade is asked
    trade = best_trade(row)
    # then trying every amount finds nothing better, and both ways to send it agree to the stroop
    assert (trade.profit if trade else 0) == every_amount(row)
    if trade is not None:
        assert trade.proven
        assert send_through(row, trade.amount_in) == trade.amount_out
        assert receive_through(row, trade.amount_out) == trade.amount_in


@settings(max_examples=60, deadline=None)
@given(st.lists(pools(400), min_size=2, max_size=4), st.integers(1, 60))
def test_least_and_enough_only_cut_the_search_short(row: list[Reserves], profit: int) -> None:
    true = every_amount(row)
    at_least = best_trade(row, least=profit)
    enough = best_trade(row, enough=profit)
    assert (at_least.profit if at_least else None) == (true if true >= profit else None)
    assert (enough.profit if enough else 0) >= min(true, profit)
    assert enough is None or enough.profit <= true


def real_sized(seed: int, hops: int, size: float) -> list[Reserves]:
    rng = random.Random(seed)
    depth = [size * 10 ** rng.uniform(-1, 1) for _ in range(hops)]
    price = [1.0, *(10 ** rng.uniform(-3, 3) for _ in range(hops - 1)), 1.0]
    return [
        Reserves(str(i), int(depth[i] * price[i] / (1 + abs(rng.gauss(0, 0.01)))) + 1, int(depth[i] * price[i + 1]) + 1)
        for i in range(hops)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_real_sizes_are_proven_and_beat_their_neighbourhood(seed: int) -> None:
    # given pools the size of the network's / when sized
    row = real_sized(seed, 2 + seed % 3, 10 ** (6 + seed % 7))
    trade = best_trade(row)
    # then the answer is proven, and nothing in a wide neighbourhood is better
    bound = every_near(row, trade.amount_in if trade else 1)
    assert (trade.profit if trade else 0) >= bound
    assert trade is None or trade.proven


def every_near(row: list[Reserves], centre: int) -> int:
    return max((send_through(row, x) or 0) - x for x in range(max(1, centre - 3000), centre + 3000))


@pytest.mark.parametrize("seed", range(12))
def test_the_screen_in_doubles_drops_nothing_that_pays(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # given cycles whose search is made long by an unreachable demand for the last stroop
    row = real_sized(seed, 4, 1e9)
    screened = best_trade(row)
    monkeypatch.setattr(pool_cycle, "_SCREEN_FROM", 1 << 62)
    # when every amount is tried in integers / then the profit is the same
    unscreened = best_trade(row)
    assert (screened and screened.profit) == (unscreened and unscreened.profit)
    monkeypatch.setattr(pool_cycle, "_SCREEN_FROM", 1)
    always = best_trade(row)
    assert (always and always.profit) == (unscreened and unscreened.profit)


def test_a_short_search_says_that_it_proved_nothing() -> None:
    row = real_sized(3, 4, 1e15)
    trade = best_trade(row, scan_limit=0)
    assert trade is None or not trade.proven or trade.profit == best_trade(row).profit  # type: ignore[union-attr]


def test_extreme_reserves_refuse_rather_than_overflow() -> None:
    # given a pool whose reserve is nearly INT64_MAX: it takes almost nothing more
    row = [Reserves("a", 2**63 - 10, 2**63 - 1), Reserves("b", 1000, 2**62)]
    trade = best_trade(row)
    assert trade is None or (trade.amount_in <= 9 and send_through(row, trade.amount_in) == trade.amount_out)
