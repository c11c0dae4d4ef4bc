"""From a cycle that may pay to the exact payment that takes it: floats propose a size, integers decide.

The payment is a strict-receive self-cycle: it asks for dest_amount of the base and pays what path_receive says.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.hop import MarketView
from arb.markets.path import PathResult, path_receive, path_send
from arb.markets.pool_cycle import best_trade
from arb.markets.sizing import Proposal
from arb.markets.venues import Edge, PoolEdge

POOL_SCAN_LIMIT: Final = 1 << 14
"""Amounts tried for a pools-only cycle: nearly always enough for the proven optimum, and a bound on the time."""

_MOST_CLIMBS: Final = 128
_UNITS_AROUND: Final = ((64, 64), (10_000, 4))
"""Up to so many stroops of the coarsest asset, so many on either side are tried: few are worth much each, and rounding

can outweigh the real optimum. Of many, one is worth next to nothing: its neighbours are enough.
"""


class Quote(NamedTuple):
    """One exact payment: the path, base asset at both ends, and the outcome the network's rules give."""

    path: tuple[Asset, ...]
    result: PathResult

    @property
    def profit(self) -> int:
        """Stroops of the base gained, before network fees."""
        return self.result.amount_out - self.result.amount_in


def quote(
    view: MarketView,
    taker: str | None,
    path: tuple[Asset, ...],
    proposal: Proposal,
    largest: int = INT64_MAX,
) -> Quote | None:
    """The exact payment of greatest profit near `proposal` on `view`; None when nothing near it gains.

    Pools-only proposals start from the proven integer optimum. No dest_amount within 2 stroops of the answer gains
    more. taker: the operation's source account, whose own offers are in its way; None for one without offers.
    largest: the most stroops the payment may ask for; profit is concave, so where it binds it is the best.
    """
    climb = _Climb(view, taker, path, largest)
    for dest_amount in _seeds(view, taker, path, proposal):
        climb.attempt(min(dest_amount, largest))
    return climb.top()


class _Climb:
    """Exact profits by dest_amount, each evaluated once."""

    def __init__(self, view: MarketView, taker: str | None, path: tuple[Asset, ...], largest: int) -> None:
        self._largest = largest
        self._view = view
        self._taker = taker
        self._path = path
        self._results: dict[int, PathResult] = {}
        self._best: PathResult | None = None

    def attempt(self, dest_amount: int) -> bool:
        """Evaluates one dest_amount; whether it gains more than all before."""
        if not 0 < dest_amount <= self._largest or dest_amount in self._results:
            return False
        result = path_receive(self._view, self._taker, self._path, dest_amount)
        self._results[dest_amount] = result
        if not result.ok or result.amount_in >= dest_amount:
            return False
        if self._best is not None and dest_amount - result.amount_in <= _gain(self._best):
            return False
        self._best = result
        return True

    def top(self) -> Quote | None:
        """Steps uphill from the best so far, longer while it pays, until nothing within 2 stroops is higher."""
        for _ in range(_MOST_CLIMBS):
            if self._best is None:
                return None
            here = self._best.amount_out
            # All that the same input buys, when every hop is rounded once from the other side.
            sent = path_send(self._view, self._taker, self._path, self._best.amount_in)
            if (sent.ok and self.attempt(sent.amount_out)) or any(self._stride(here, way) for way in (1, -1, 2, -2)):
                continue
            break
        return None if self._best is None else Quote(self._path, self._best)

    def _stride(self, here: int, step: int) -> bool:
        moved = False
        while self.attempt(here + step):
            moved, here, step = True, here + step, 2 * step
        return moved


def _gain(result: PathResult) -> int:
    return result.amount_out - result.amount_in


def _seeds(view: MarketView, taker: str | None, path: tuple[Asset, ...], proposal: Proposal) -> Iterator[int]:
    """Amounts to try first: the integer optimum of pools, the proposal's output, whole units of the coarsest asset."""
    pools = _pools(proposal.edges)
    if pools is not None:
        trade = best_trade([edge.reserves for edge in pools], scan_limit=POOL_SCAN_LIMIT)
        if trade is not None:
            yield trade.amount_out
        return
    yield int(proposal.amounts_approx[-1])
    coarsest = min(range(len(path)), key=proposal.amounts_approx.__getitem__)
    whole = int(proposal.amounts_approx[coarsest])
    around = next((units for most, units in _UNITS_AROUND if whole <= most), 1)
    for units in range(max(1, whole - around), whole + around + 1):
        if coarsest == len(path) - 1:
            yield units
            continue
        sent = path_send(view, taker, path[coarsest:], units)
        if sent.ok:
            yield sent.amount_out


def _pools(edges: Sequence[Edge]) -> list[PoolEdge] | None:
    pools = [edge for edge in edges if isinstance(edge, PoolEdge)]
    return pools if len(pools) == len(edges) else None
