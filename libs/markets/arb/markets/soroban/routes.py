"""The best cyclic routes over Soroban pools from a base token, exact to the unit: what one atomic call can trade.

Cycles are sized best ceiling first, and only while one could still be better than what is known (see ways.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from arb.markets.cycles import MOST_HOPS
from arb.markets.soroban.legs import Leg, all_legs
from arb.markets.soroban.pools import SorobanPool
from arb.markets.soroban.sizing import exact, propose, rounding_approx
from arb.markets.soroban.swap import I128_MAX
from arb.markets.soroban.ways import ways


class RouteStep(NamedTuple):
    """One swap of a route, as the pool quotes it: everything the step before brought, in the tokens' own units."""

    pool: SorobanPool
    token_in: str
    token_out: str
    amount_in: int
    amount_out: int


@dataclass(frozen=True, slots=True)
class Route:
    """A cycle from `base` back to it. `profit`: units of the base gained, before any cost."""

    base: str
    amount_in: int
    steps: tuple[RouteStep, ...]
    profit: int


def best_route(
    pools: Iterable[SorobanPool],
    base: str,
    *,
    cost: int = 0,
    largest: int = I128_MAX,
    most_hops: int = MOST_HOPS,
    through: str | None = None,
) -> Route | None:
    """The route of greatest profit that gains more than `cost`; None where there is none.

    base: the token's contract. cost: what the transaction costs, in units of the base. largest: the most units of the
    base to send. through: a token that the route has to hold on its way. most_hops: 2 to 4. Tokens between the ends
    come once, and every pool at most once. No input within 2 units of the route's gains more. The answer does not
    depend on the order of `pools`, each of which comes once.
    """
    legs = all_legs(pools)
    best: Route | None = None
    least = cost + 1
    for way in ways(legs, base, least, largest, most_hops):
        if way.ceiling_approx < least:
            break
        taken = [legs[index] for index in way.legs]
        if through is not None and all(leg.token_out != through for leg in taken[:-1]):
            continue
        found = _sized(base, taken, least, largest)
        if found is not None:
            best, least = found, found.profit + 1
    return best


def separate_routes(
    pools: Iterable[SorobanPool],
    base: str,
    most_routes: int,
    *,
    cost: int = 0,
    largest: int = I128_MAX,
    most_hops: int = MOST_HOPS,
) -> list[Route]:
    """The best route, then the best of the pools it leaves alone, and so on: each holds whatever becomes of the others.

    At most `most_routes`; the rest as best_route.
    """
    left = list(pools)
    found: list[Route] = []
    while len(found) < most_routes:
        route = best_route(left, base, cost=cost, largest=largest, most_hops=most_hops)
        if route is None:
            break
        found.append(route)
        taken = {step.pool.contract for step in route.steps}
        left = [pool for pool in left if pool.contract not in taken]
    return found


def _sized(base: str, legs: list[Leg], least: int, largest: int) -> Route | None:
    """The exact route through these legs, where it gains at least `least`."""
    proposal = propose(legs, largest)
    if proposal is None:
        return None
    # The ceiling of a stable leg is a loose one: what the proposal promises spares most of them the exact search.
    stable = any(leg.curve is not None for leg in legs)
    if stable and proposal[-1] - proposal[0] + rounding_approx(proposal) < least:
        return None
    amounts = exact(legs, proposal, largest)
    if amounts is None or amounts[-1] - amounts[0] < least:
        return None
    steps = tuple(
        RouteStep(leg.pool, leg.token_in, leg.token_out, amounts[hop], amounts[hop + 1]) for hop, leg in enumerate(legs)
    )
    return Route(base, amounts[0], steps, amounts[-1] - amounts[0])
