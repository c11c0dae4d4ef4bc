"""The most that a cycle could gain through each choice of its venues: so few need to be sized, best first.

Ceilings of venues are Moebius maps that hold up to an amount (see venues.Ceiling), and so are those of cycles of them:
the real-valued profit under such a map has its maximum in closed form. It is never below that of the trade itself.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arb.markets.cycles import LOG_RATE_FLOOR_APPROX, MOST_HOPS, CycleColumns, assets_of
from arb.markets.graph import MarketGraph

_RELATIVE_SLACK_APPROX: Final = 1e-9
_AMOUNT_SLACK_APPROX: Final = 1e-12
"""Thousands of times what doubles round away in a gain, and in the amounts whose difference it is."""

_Floats = NDArray[np.float64]
_Indices = NDArray[np.int64]


class Way(NamedTuple):
    """A cycle with one venue chosen on every hop. No size of it gains more than `ceiling_approx` stroops of the base.

    `assets`: indices of the graph, from base to base. `venues`: of every hop the place among the edges of its pair.
    """

    ceiling_approx: float
    assets: tuple[int, ...]
    venues: tuple[int, ...]


def ways(graph: MarketGraph, screened: CycleColumns, least: int) -> Iterator[Way]:
    """Every choice of venues whose own log-rates pass the screen and whose ceiling reaches `least`, highest first."""
    cycle, choices = _choices(graph, screened.pairs)
    hops = [graph.venues[screened.pairs[cycle, hop], choices >> hop & 1] for hop in range(MOST_HOPS)]
    log_rate_approx = sum(hop[:, 0] for hop in hops)
    ceilings = _ceilings([hop[:, 1:] for hop in hops])
    reach = np.flatnonzero((log_rate_approx > LOG_RATE_FLOOR_APPROX) & (ceilings >= least))
    for way in reach[np.argsort(-ceilings[reach], kind="stable")].tolist():
        assets = assets_of(graph, screened.pairs[cycle[way]])
        choice = int(choices[way])
        yield Way(float(ceilings[way]), assets, tuple(choice >> hop & 1 for hop in range(len(assets) - 1)))


def _choices(graph: MarketGraph, pairs: _Indices) -> tuple[_Indices, _Indices]:
    """The cycles, each as often as there are choices of its venues, and the choices: at the hop's bit the venue."""
    cycle, choices = np.arange(len(pairs)), np.zeros(len(pairs), np.int64)
    for hop in range(MOST_HOPS):
        # Every pair that passed the screen has a first venue; some have a second.
        other = np.isfinite(graph.venues[pairs[cycle, hop], 1, 0])
        cycle = np.concatenate((cycle, cycle[other]))
        choices = np.concatenate((choices, choices[other] | 1 << hop))
    return cycle, choices


@np.errstate(divide="ignore", invalid="ignore")
def _ceilings(hops: list[_Floats]) -> _Floats:
    """max over x of l(x) - x with l the venues' ceilings one after the other, by way; rounded up."""
    count = len(hops[0])
    k, m, n, until = np.ones(count), np.ones(count), np.zeros(count), np.full(count, np.inf)
    for hop in hops:
        out, deep, curve, ends = hop.T
        # The cycle's input at which this venue has given all it can: invert the map so far.
        slope = k - n * ends
        until = np.where(slope > 0.0, np.minimum(until, m * ends / slope), until)
        k, m, n = out * k, deep * m, deep * n + curve * k
    best = np.where(n > 0.0, (np.sqrt(k * m) - m) / n, np.inf)
    amount = np.minimum(best, until)
    gain = np.where(best <= until, (np.sqrt(k) - np.sqrt(m)) ** 2 / n, k * amount / (m + n * amount) - amount)
    gain = np.where(k > m, gain, 0.0)
    rounded_up: _Floats = gain * (1.0 + _RELATIVE_SLACK_APPROX) + np.abs(amount) * _AMOUNT_SLACK_APPROX + 1.0
    return rounded_up
