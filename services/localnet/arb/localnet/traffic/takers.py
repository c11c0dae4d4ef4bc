"""Takers: small orders against the books, payments over paths, and now and then a large order that moves a pool.

None of them closes a loop: what their orders push apart stays apart until somebody outside trades on it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from stellar_sdk import xdr

from arb.localnet.ledger.balances import available
from arb.localnet.traffic import operations
from arb.localnet.traffic.actors import Actor
from arb.localnet.traffic.claims import Claims, pair
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.universe import BOOKS, CODES, POOLS, Venue, asset

_SMALL_XLM: Final = 60.0
_SMALL_SIGMA: Final = 0.9
"""Median worth of a small order and the spread of its logarithm."""
_PUSH_SHARE: Final = 0.006
_PUSH_SIGMA: Final = 0.5
_PUSH_LIMIT: Final = 0.03
"""A large order as a share of the pool's reserve: median, spread of its logarithm, bound."""
_PUSH_BEYOND_BOOK: Final = 1.2
"""A large order is this much larger than the book, which then cannot fill it, so that it goes through the pool."""
_BACK: Final = 8.0
"""How strongly large orders lean against a pool that is already off: odds shift by this times the premium."""
_TWO_HOPS: Final = 0.2
"""Share of path payments that go from one asset to another by way of XLM."""
_SLIP: Final = 0.9
"""A path payment is content with this share of what reference prices promise."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What takers see when they decide: the market, which pairs are taken in this ledger, a factor on sizes."""

    sight: MarketSight
    claims: Claims
    scale: float

    def free(self, venues: Sequence[Venue]) -> list[Venue]:
        """The venues nobody has claimed."""
        return [venue for venue in venues if self.claims.are_free((pair(venue.base, venue.quote),))]


def small_order(taker: Actor, flow: Flow, draw: random.Random) -> list[xdr.Operation]:
    """A small order: against a book at its price, or over a path by strict send or strict receive."""
    leftovers = [
        operations.sell(taker, offer.selling, offer.buying, 0, (1, 1), offer.offer_id)
        for offer in flow.sight.state.offers_of(taker.account_id)
    ]
    worth = draw.lognormvariate(0.0, _SMALL_SIGMA) * _SMALL_XLM * flow.scale
    if draw.random() < 0.5:
        return leftovers + _against_book(taker, flow, worth, draw)
    return leftovers + _over_path(taker, flow, worth, draw)


def large_order(taker: Actor, flow: Flow, draw: random.Random) -> list[xdr.Operation]:
    """A large order through one pool, leaning against what is already far off its reference."""
    free = flow.free(POOLS)
    if not free:
        return []
    venue = draw.choice(free)
    share = min(_PUSH_LIMIT, draw.lognormvariate(0.0, _PUSH_SIGMA) * _PUSH_SHARE)
    premium = flow.sight.pool_premium(venue.base, venue.quote)
    sells_base = draw.random() < 0.5 + max(-0.45, min(0.45, _BACK * premium))
    code, other = (venue.base, venue.quote) if sells_base else (venue.quote, venue.base)
    side = flow.sight.pool(code, other)
    if side is None:
        return []
    book = flow.sight.worth_xlm(other, flow.sight.book_depth(other, code))
    beyond = flow.sight.reference.stroops(code, max(1.0, _PUSH_BEYOND_BOOK * book))
    amount = _affordable(taker, flow, code, max(int(side.reserve_in * share), beyond))
    if not amount:
        return []
    flow.claims.take((pair(code, other),))
    return [operations.path_send(taker, (asset(code), asset(other)), amount, 1)]


def _affordable(taker: Actor, flow: Flow, code: str, amount: int) -> int:
    """The amount, or half of what the taker has where that is less."""
    return min(amount, available(flow.sight.state, taker.account_id, asset(code)) // 2)


def _against_book(taker: Actor, flow: Flow, worth: float, draw: random.Random) -> list[xdr.Operation]:
    """A marketable offer: at the price of the last level it needs and no larger than the book: little rests."""
    free = flow.free(BOOKS)
    if not free:
        return []
    venue = draw.choice(free)
    code, other = draw.sample((venue.base, venue.quote), 2)
    wanted = _affordable(taker, flow, code, flow.sight.reference.stroops(code, worth))
    filled, price = 0, None
    for offer in flow.sight.state.offers(asset(other), asset(code)):
        price = (offer.d, offer.n)
        filled += offer.amount * offer.n // offer.d
        if filled >= wanted:
            break
    amount = min(wanted, filled)
    if price is None or not amount:
        return []
    flow.claims.take((pair(code, other),))
    return [operations.sell(taker, asset(code), asset(other), amount, price)]


def _over_path(taker: Actor, flow: Flow, worth: float, draw: random.Random) -> list[xdr.Operation]:
    codes = _route(flow, draw)
    pairs = [pair(*hop) for hop in pairwise(codes)]
    if not pairs or not flow.claims.are_free(pairs):
        return []
    path = [asset(code) for code in codes]
    reference = flow.sight.reference
    spend = _affordable(taker, flow, codes[0], reference.stroops(codes[0], worth))
    if not spend:
        return []
    flow.claims.take(pairs)
    if draw.random() < 0.5:
        return [operations.path_send(taker, path, spend, max(1, int(reference.stroops(codes[-1], worth) * _SLIP)))]
    most = _affordable(taker, flow, codes[0], int(spend / _SLIP))
    return [operations.path_receive(taker, path, reference.stroops(codes[-1], worth * _SLIP), most)]


def _route(flow: Flow, draw: random.Random) -> Sequence[str]:
    """Codes from the one sent to the one received: a pair with a market, or two assets by way of XLM; may be empty."""
    if draw.random() < _TWO_HOPS:
        first, last = draw.sample(CODES, 2)
        return (first, "XLM", last)
    free = flow.free((*BOOKS, *POOLS))
    if not free:
        return ()
    venue = draw.choice(free)
    return draw.sample((venue.base, venue.quote), 2)
