"""A basket of payments taken greedily, best first: each is quoted on the market as the ones before it leave it.

All of a basket rides in one transaction and applies in this order, so its figures are exact for the scanned state.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.cycles import MOST_HOPS
from arb.markets.graph import MarketGraph
from arb.markets.hop import HopResult, MarketView
from arb.markets.quotes import Quote
from arb.markets.search import Search

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


def find_basket(
    view: MarketView,
    pairs: Iterable[tuple[Asset, Asset]] | MarketGraph,
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
    pairs: the directed pairs to search (see Market.pairs), or a graph that shows them as they are in `view`: it spares
    building one, and is left as it is. largest_payment: the most stroops one payment may send.
    taker: account whose own offers are in its way, if any.
    `view` is not changed and must not change meanwhile.
    """
    # What is sent is at most send_max, which leaves room for the fee (see BasketPayment).
    largest = min(INT64_MAX, largest_payment + base_fee + 1)
    graph = pairs.copy() if isinstance(pairs, MarketGraph) else MarketGraph(view, pairs)
    search = Search(view, graph, base, most_hops, taker, largest)
    dropped: Counter[str] = Counter()
    payments: list[BasketPayment] = []
    screened, gained = search.paying, 0
    while search.paying and len(payments) < most_payments:
        least = max(base_fee + 1, gained * risk_bps // 10_000)
        found = search.best(least)
        if found is None:
            dropped["below_fee" if least == base_fee + 1 else "not_worth_its_risk"] += search.paying
            break
        search.take(found)
        gained += found.profit
        payments.append(_payment(found, base_fee))
    if search.paying and len(payments) == most_payments:
        dropped["beyond_basket_size"] += search.paying
    if search.gone:
        dropped["gone_when_quoted_exactly"] = search.gone
    basket = Basket(base, tuple(payments), base_fee * len(payments)) if payments else None
    return BasketSearch(basket, screened, dict(dropped))


def _payment(found: Quote, base_fee: int) -> BasketPayment:
    dest_amount = found.result.amount_out
    return BasketPayment(
        path=found.path,
        dest_amount=dest_amount,
        send_max=dest_amount - base_fee - 1,
        predicted_in=found.result.amount_in,
        hops=found.result.hops,
    )
