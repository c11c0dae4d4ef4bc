"""The best integer amount for a cycle of classic pools, provably, to the stroop.

Swaps are monotone, so the best trade is found by the amount y that passes between two hops: the least input that
yields y is the composition of least inverses (swap_receive), the output is that of swap_send. The real-valued profit
bounds the integer profit at every y and is concave: only y inside its window for "one stroop better than the best so
far" can improve, so the search ends when that window holds nothing untried. y is taken where amounts are smallest,
where one unit is worth most: rounding elsewhere is finer, and the window is narrow.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from arb.markets.amount import INT64_MAX
from arb.markets.moebius import SplitBound, compose
from arb.markets.pool import BPS, Reserves, swap_receive, swap_send

_FIRST_REACH: Final = 8
_FURTHEST_REACH: Final = 1 << 16
_SCREEN_FROM: Final = 256
_DOUBLE_EXACT: Final = 1 << 53
_SLACK_APPROX: Final = 1e-14
"""Relative, per swap: several times what the roundings of a swap in doubles can lose, so the screen stays sound."""


class CycleTrade(NamedTuple):
    """A trade around a cycle, in stroops of its base: amount_in is the least input that buys amount_out, and strictly

    sending it pays exactly amount_out. `proven`: no other amount gains more (False only where a search was cut short).
    """

    amount_in: int
    amount_out: int
    proven: bool

    @property
    def profit(self) -> int:
        return self.amount_out - self.amount_in


def send_through(pools: Iterable[Reserves], amount: int) -> int | None:
    """What strict-sending exactly `amount` through distinct pools pays; None where one of them refuses."""
    for pool in pools:
        paid = swap_send(pool.reserve_in, pool.reserve_out, amount, pool.fee_bps)
        if paid is None:
            return None
        amount = paid
    return amount


def receive_through(pools: Sequence[Reserves], amount: int) -> int | None:
    """The least input that buys exactly `amount` through distinct pools; None where one of them refuses."""
    for pool in reversed(pools):
        cost = swap_receive(pool.reserve_in, pool.reserve_out, amount, pool.fee_bps)
        if cost is None:
            return None
        amount = cost
    return amount


def best_trade(
    pools: Sequence[Reserves], least: int = 1, enough: int | None = None, scan_limit: int | None = None
) -> CycleTrade | None:
    """The trade of greatest profit around distinct pools that lead from an asset back to it.

    None when no amount gains `least` (>= 1) stroops. The search may stop once a profit of `enough` is found, or after
    about `scan_limit` amounts; without either, the answer is the optimum over all integer amounts.
    """
    whole = compose(pools)
    if whole.profit_bound() < least:
        return None
    split, seed = _coarsest(pools, whole.best_input())
    before, after = pools[:split], pools[split:]
    bound = SplitBound(compose(before), compose(after))
    window = bound.window(least)
    room = 0 if window is None else _room(before, after, *window)
    gain_found = 0
    low = high = None
    reach, tried, proven = _FIRST_REACH, 0, True
    while window is not None and window[0] <= room:
        first, last = window[0], min(window[1], room)
        if low is None or high is None:
            low = high = min(max(seed, first), last)
        # All of low..high-1 has been tried or lies outside the window.
        low, high = min(low, last + 1), max(high, first)
        upward, downward = range(high, min(last + 1, high + reach)), range(max(first, low - reach), low)
        if not upward and not downward:
            break
        if (scan_limit is not None and tried > scan_limit) or (enough is not None and least > enough):
            proven = False
            break
        for y in chain(_promising(upward, before, after, least), _promising(downward[::-1], before, after, least)):
            cost, gain = receive_through(before, y), send_through(after, y)
            if cost is not None and gain is not None and gain - cost >= least:
                gain_found, least = gain, gain - cost + 1
        tried += len(upward) + len(downward)
        low, high = low - len(downward), high + len(upward)
        reach = min(2 * reach, _FURTHEST_REACH)
        window = bound.window(least)
    return _trade(pools, gain_found, proven) if gain_found else None


def _trade(pools: Sequence[Reserves], gain: int, proven: bool) -> CycleTrade:
    """The found output at its least cost. A better rounded neighbour can only turn up where nothing was proven."""
    cost = receive_through(pools, gain)
    paid = None if cost is None else send_through(pools, cost)
    assert cost is not None
    assert paid is not None
    return CycleTrade(cost, paid, proven)


def _coarsest(pools: Sequence[Reserves], best_input: int) -> tuple[int, int]:
    """Where along the cycle (0 = input, n = output) the amounts of the real optimum are smallest, and that amount."""
    amounts = [best_input, *(compose(pools[: end + 1]).floor(best_input) for end in range(len(pools)))]
    position = min(range(len(amounts)), key=amounts.__getitem__)
    return position, amounts[position]


def _room(before: Sequence[Reserves], after: Sequence[Reserves], first: int, last: int) -> int:
    """The largest amount up to `last` that every pool has room for; below `first` when there is none.

    A pool refuses what would lift its reserve above INT64_MAX, and refusing is monotone in the amount.
    """
    if not _too_large(before, after, last):
        return last
    fits, refused = first - 1, last
    while refused - fits > 1:
        middle = (fits + refused) // 2
        if _too_large(before, after, middle):
            refused = middle
        else:
            fits = middle
    return fits


def _too_large(before: Sequence[Reserves], after: Sequence[Reserves], amount: int) -> bool:
    if receive_through(before, amount) is None:
        return True
    for pool in after:
        if amount > INT64_MAX - pool.reserve_in:
            return True
        paid = swap_send(pool.reserve_in, pool.reserve_out, amount, pool.fee_bps)
        if paid is None:
            return False
        amount = paid
    return False


def _promising(block: range, before: Sequence[Reserves], after: Sequence[Reserves], least: int) -> Iterable[int]:
    """The amounts of `block` that may gain `least`: all of a short block; a long one is screened in doubles.

    The screen rounds every step in the trade's favour, so it drops only what cannot gain that much.
    """
    if len(block) < _SCREEN_FROM:
        return block
    if max(block[0], block[-1], *(pool.reserve_out for pool in before), 0) >= _DOUBLE_EXACT:
        return block
    y_approx = np.arange(block.start, block.stop, block.step, dtype=np.float64)
    cost_approx, gain_approx = y_approx, y_approx
    for pool in reversed(before):
        left_approx = pool.reserve_out - cost_approx
        with np.errstate(divide="ignore", invalid="ignore"):
            raw_approx = float(BPS * pool.reserve_in) * cost_approx / (left_approx * (BPS - pool.fee_bps))
        cost_approx = np.where(left_approx > 0, np.ceil(raw_approx * (1 - _SLACK_APPROX)), np.inf)
    for pool in after:
        kept_approx = float(BPS - pool.fee_bps) * gain_approx
        raw_approx = pool.reserve_out * kept_approx / (float(BPS * pool.reserve_in) + kept_approx)
        gain_approx = np.floor(raw_approx * (1 + _SLACK_APPROX))
    hopeful = gain_approx * (1 + _SLACK_APPROX) - cost_approx >= least - 0.5
    return [block[index] for index in np.flatnonzero(hopeful).tolist()]
