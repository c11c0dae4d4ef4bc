"""The scanner on a recorded market: per ledger, how many cycles paid and the best of them, exactly."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from arb.markets.asset import NATIVE, Asset
from arb.markets.cycles import Cycle, paying_cycles
from arb.markets.graph import MarketGraph
from arb.markets.market import Market
from arb.markets.moebius import compose
from arb.markets.pool import Reserves
from arb.markets.pool_cycle import CycleTrade, best_trade
from arb.markets.recorded import PoolRecord, by_ledger

SCAN_LIMIT: Final = 1 << 24
"""Amounts tried for one cycle. Reserves far beyond the supply of XLM could ask for more; then the best tried counts."""


@dataclass(frozen=True, slots=True)
class BestCycle:
    """The trade of greatest profit: assets from native to native, the pool of every hop, and the exact amounts."""

    assets: tuple[Asset, ...]
    pools: tuple[str, ...]
    trade: CycleTrade


@dataclass(frozen=True, slots=True)
class LedgerScan:
    """One recorded ledger: pools known at its close, cycles with a profit of at least one stroop, the best one."""

    ledger: int
    pools: int
    opportunities: int
    best: BestCycle | None


def scan_recorded(records: Iterable[PoolRecord]) -> Iterator[LedgerScan]:
    """One result per ledger that has changes. Cycles run through native, 2 to 4 hops, each directed cycle once.

    Profits are before network fees. Of several cycles with the best profit, the one with the highest real-valued
    bound is shown, then the first by the names of its assets.
    """
    market = Market()
    for ledger, changes in by_ledger(records):
        for change in changes:
            change.apply(market)
        graph = MarketGraph(market, market.pairs())
        rows = [(cycle, _pools(market, graph, cycle)) for cycle in paying_cycles(graph, NATIVE)]
        paying = [row for row in rows if best_trade(row[1], enough=1, scan_limit=SCAN_LIMIT) is not None]
        yield LedgerScan(ledger, len(market.pools_by_id), len(paying), _best(graph, paying))


def _pools(market: Market, graph: MarketGraph, cycle: Cycle) -> tuple[Reserves, ...]:
    found = (market.pool(graph.assets[a], graph.assets[b]) for a, b in pairwise(cycle.assets))
    return tuple(pool for pool in found if pool is not None)


def _best(graph: MarketGraph, paying: list[tuple[Cycle, tuple[Reserves, ...]]]) -> BestCycle | None:
    """Cycles in the order of what they could gain at most: one that cannot beat the best so far is not searched."""
    bounds = sorted((-compose(pools).profit_bound(), cycle.assets, pools) for cycle, pools in paying)
    best: BestCycle | None = None
    for bound, assets, pools in bounds:
        least = 1 if best is None else best.trade.profit + 1
        if -bound < least:
            break
        trade = best_trade(pools, least=least, scan_limit=SCAN_LIMIT)
        if trade is not None:
            best = BestCycle(
                tuple(graph.assets[index] for index in assets), tuple(pool.pool_id for pool in pools), trade
            )
    return best
