"""The basket search with nothing clever in it: for each payment every cycle walked, sized and quoted again.

It shares the sizes and the exact quotes with the search it stands beside, and none of what makes that one fast: no
screen in columns, no ceilings, no graph that is kept.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise, product

from arb.markets.asset import Asset
from arb.markets.basket import BasketPayment
from arb.markets.book import WORK_LIMIT
from arb.markets.cycles import LOG_RATE_FLOOR_APPROX, MOST_HOPS
from arb.markets.hop import MarketView
from arb.markets.overlay import Overlay
from arb.markets.quotes import Quote, quote
from arb.markets.sizing import Proposal, propose
from arb.markets.venues import BookEdge, Edge, PoolEdge

Path = tuple[Asset, ...]
INT64_MAX = 2**63 - 1


def plain_basket(
    view: MarketView,
    pairs: Iterable[tuple[Asset, Asset]],
    base: Asset,
    base_fee: int,
    *,
    most_payments: int = 20,
    largest_payment: int = INT64_MAX,
    risk_bps: int = 0,
) -> tuple[BasketPayment, ...]:
    """The payments of find_basket, which takes the same arguments."""
    known = sorted(pairs, key=str)
    largest = min(INT64_MAX, largest_payment + base_fee + 1)
    overlay = Overlay(view)
    payments: list[BasketPayment] = []
    gained = 0
    while len(payments) < most_payments:
        found = _best(overlay, known, base, max(base_fee + 1, gained * risk_bps // 10_000), largest)
        if found is None:
            break
        for hop in found.result.executed:
            overlay.apply(hop)
        gained += found.profit
        amount_in, amount_out = found.result.amount_in, found.result.amount_out
        payments.append(BasketPayment(found.path, amount_out, amount_out - base_fee - 1, amount_in, found.result.hops))
    return tuple(payments)


def best_proposal(hops: Iterable[tuple[Edge, ...]]) -> Proposal | None:
    """The best size over every choice of venues, given those of each hop."""
    best: Proposal | None = None
    for edges in product(*hops):
        if sum(edge.log_rate_approx for edge in edges) > LOG_RATE_FLOOR_APPROX:
            proposal = propose(edges)
            if proposal is not None and (best is None or proposal.profit_approx > best.profit_approx):
                best = proposal
    return best


def _best(view: MarketView, pairs: list[tuple[Asset, Asset]], base: Asset, least: int, largest: int) -> Quote | None:
    venues = {pair: edges for pair in pairs if (edges := _venues(view, *pair))}
    reachable: dict[Asset, list[Asset]] = {}
    for asset_in, asset_out in venues:
        reachable.setdefault(asset_in, []).append(asset_out)
    proposed = [
        (proposal, path)
        for path in _cycles(reachable, (base,))
        if (proposal := best_proposal([venues[pair] for pair in pairwise(path)])) is not None
    ]
    proposed.sort(key=lambda item: (-item[0].profit_approx, [str(asset) for asset in item[1]]))
    quoted = [quote(view, None, path, proposal, largest) for proposal, path in proposed]
    return max((found for found in quoted if found and found.profit >= least), key=lambda q: q.profit, default=None)


def _cycles(reachable: dict[Asset, list[Asset]], path: Path) -> Iterator[Path]:
    for asset in reachable.get(path[-1], ()):
        if asset == path[0]:
            if len(path) > 1:
                yield (*path, asset)
        elif asset not in path and len(path) < MOST_HOPS:
            yield from _cycles(reachable, (*path, asset))


def _venues(view: MarketView, asset_in: Asset, asset_out: Asset) -> tuple[Edge, ...]:
    reserves = view.pool(asset_in, asset_out)
    offers = tuple(view.offers(asset_out, asset_in))[:WORK_LIMIT]
    pool = () if reserves is None else (PoolEdge(reserves),)
    return (*pool, BookEdge(offers)) if offers else pool
