"""A basket of payments taken greedily, best first: each is quoted on the market as the ones before it leave it.

All of a basket rides in one transaction and applies in this order, so its figures are exact for the scanned state.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.cycles import MOST_HOPS, Cycle, paying_cycles
from arb.markets.graph import Edge, MarketGraph
from arb.markets.hop import HopResult, MarketView
from arb.markets.overlay import Overlay
from arb.markets.quotes import Quote, best_proposal, quote
from arb.markets.sizing import Proposal

MOST_PAYMENTS: Final = 20
"""Payments of one basket unless told otherwise; a transaction holds at most 100 operations."""


class BasketPayment(NamedTuple):
    """One strict-receive self-cycle, amounts in stroops of the base.

    send_max is the dearest at which the payment still gains a stroop after its own fee; at worst the basket fails, it
    never loses more than the fee of its transaction.
    """

    path: tuple[Asset, ...]
    dest_amount: int
    send_max: int
    predicted_in: int
    hops: tuple[HopResult, ...]
    """In path order, as quoted."""

    @property
    def profit(self) -> int:
        return self.dest_amount - self.predicted_in


@dataclass(frozen=True, slots=True)
class Basket:
    """Payments in the order they must be applied. `fee`: base fee times payments, in stroops of XLM."""

    base: Asset
    payments: tuple[BasketPayment, ...]
    fee: int

    @property
    def profit(self) -> int:
        """Stroops of the base gained, before network fees."""
        return sum(payment.profit for payment in self.payments)


@dataclass(frozen=True, slots=True)
class BasketSearch:
    """What one search found: the basket, if any, the cycles that passed the screen, and what was dropped and why."""

    basket: Basket | None
    screened: int
    dropped: Mapping[str, int]


class _Sized(NamedTuple):
    venues: tuple[tuple[Edge, ...], ...]
    proposal: Proposal | None


class _Search:
    """One market being taken apart: an overlay that takes each payment, and the graph kept in step with it."""

    def __init__(self, view: MarketView, pairs: Iterable[tuple[Asset, Asset]], base: Asset, most_hops: int) -> None:
        self.overlay = Overlay(view)
        self.graph = MarketGraph(self.overlay, pairs)
        self.base = base
        self.most_hops = most_hops
        self.dropped: Counter[str] = Counter()
        self._sized: dict[tuple[int, ...], _Sized] = {}

    def cycles(self) -> list[Cycle]:
        return paying_cycles(self.graph, self.base, self.most_hops)

    def best(self, cycles: Iterable[Cycle], taker: str | None, least: int, largest: int) -> Quote | None:
        """The exact payment of greatest profit, at least `least` stroops; sized ones are tried best first."""
        proposed = [(proposal, cycle) for cycle in cycles if (proposal := self._proposal(cycle)) is not None]
        proposed.sort(key=lambda item: (-item[0].profit_approx, item[1].assets))
        best: Quote | None = None
        for proposal, cycle in proposed:
            if proposal.profit_approx < (least if best is None else best.profit):
                break
            path = tuple(self.graph.assets[index] for index in cycle.assets)
            found = quote(self.overlay, taker, path, proposal, largest)
            if found is None:
                self.dropped["gone_when_quoted_exactly"] += 1
            elif found.profit >= least and (best is None or found.profit > best.profit):
                best = found
        return best

    def _proposal(self, cycle: Cycle) -> Proposal | None:
        """The cycle's size, taken from the last round where none of its venues has moved since."""
        venues = tuple(self.graph.edges(asset_in, asset_out) for asset_in, asset_out in pairwise(cycle.assets))
        known = self._sized.get(cycle.assets)
        if known is not None and all(a is b for a, b in zip(known.venues, venues, strict=True)):
            return known.proposal
        proposal = best_proposal(self.graph, cycle)
        self._sized[cycle.assets] = _Sized(venues, proposal)
        return proposal

    def take(self, found: Quote) -> None:
        """Applies a payment, and reads again what it touched in both directions."""
        for hop in found.result.executed:
            self.overlay.apply(hop)
        touched = {pair for a, b in pairwise(found.path) for pair in ((a, b), (b, a))}
        self.graph.refresh(self.overlay, [pair for pair in touched if self.graph.has(*pair)])


def find_basket(
    view: MarketView,
    pairs: Iterable[tuple[Asset, Asset]],
    base: Asset,
    base_fee: int,
    *,
    most_payments: int = MOST_PAYMENTS,
    most_hops: int = MOST_HOPS,
    largest_payment: int = INT64_MAX,
    risk_bps: int = 0,
    taker: str | None = None,
) -> BasketSearch:
    """Takes the best cycle through `base`, then the best of what is left, while each gains more than base_fee stroops.

    risk_bps: how likely one payment more is to fail, in basis points. When it fails it takes the whole basket with it,
    so it is only added if it gains at least that share of what the basket gains without it.
    pairs: the directed pairs to search (see Market.pairs). largest_payment: the most stroops one payment may send.
    taker: account whose own offers are in its way, if any.
    `view` is not changed and must not change meanwhile.
    """
    # What is sent is at most send_max, which leaves room for the fee (see BasketPayment).
    largest = min(INT64_MAX, largest_payment + base_fee + 1)
    search = _Search(view, pairs, base, most_hops)
    payments: list[BasketPayment] = []
    cycles = search.cycles()
    screened, gained = len(cycles), 0
    while cycles and len(payments) < most_payments:
        least = max(base_fee + 1, gained * risk_bps // 10_000)
        found = search.best(cycles, taker, least, largest)
        if found is None:
            search.dropped["below_fee" if least == base_fee + 1 else "not_worth_its_risk"] += len(cycles)
            break
        search.take(found)
        gained += found.profit
        payments.append(_payment(found, base_fee))
        cycles = search.cycles()
    if cycles and len(payments) == most_payments:
        search.dropped["beyond_basket_size"] += len(cycles)
    basket = Basket(base, tuple(payments), base_fee * len(payments)) if payments else None
    return BasketSearch(basket, screened, dict(search.dropped))


def _payment(found: Quote, base_fee: int) -> BasketPayment:
    dest_amount = found.result.amount_out
    return BasketPayment(
        path=found.path,
        dest_amount=dest_amount,
        send_max=dest_amount - base_fee - 1,
        predicted_in=found.result.amount_in,
        hops=found.result.hops,
    )
