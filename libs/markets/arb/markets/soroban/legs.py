"""A Soroban pool traded in one direction, as the search sees it: floats that propose and exclude, integers that decide.

A constant-product leg is the map x -> out * x / (deep + x). A stable leg has no such form: its curve is evaluated, and
bounded by its marginal rate up to all it holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from math import inf, log, sqrt
from typing import Final, NamedTuple

from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, SorobanPool
from arb.markets.soroban.soroswap import FEE_BPS
from arb.markets.soroban.stable_curve import StableCurve
from arb.markets.soroban.swap import BPS

MOST_PARALLEL: Final = 4
"""Legs from one token to another that are all kept. Of more, those that another leg beats at every size are left out;

of few they stay, since rounding can put the lesser ahead by a unit.
"""

_ROUNDED_UP: Final = 2.0
"""Units by which the roundings of Phoenix and of stable pools can favour the trader."""


class Ceiling(NamedTuple):
    """No integer trade of a leg gives more than (p x + q) / (r x + 1) for x units in, nor more than at `until`."""

    p_approx: float
    q_approx: float
    r_approx: float
    until_approx: float


@dataclass(frozen=True, slots=True)
class Leg:
    """One direction of one pool.

    log_rate_approx: ln of units out per unit in of an infinitely small trade, the fee included. until_approx: units in
    beyond which the pool refuses, or has no more to give. `curve` where the leg is a stable pool's; for all others
    out_approx and deep_approx are those of the map.
    """

    pool: SorobanPool
    token_in: str
    token_out: str
    log_rate_approx: float
    out_approx: float
    deep_approx: float
    until_approx: float
    curve: StableCurve | None = None

    def quote(self, amount_in: int) -> int | None:
        """Exactly what the pool pays; None where it refuses."""
        return self.pool.quote_in(self.token_in, self.token_out, amount_in)

    def least_in(self, amount_out: int) -> int | None:
        """The least input that buys amount_out; None where there is none."""
        return self.pool.least_in(self.token_in, self.token_out, amount_out)

    def at_approx(self, amount_approx: float) -> float:
        """The unrounded curve; beyond `until`, what it gives there."""
        amount_approx = min(amount_approx, self.until_approx)
        if self.curve is not None:
            return self.curve.at_approx(amount_approx)
        return self.out_approx * amount_approx / (self.deep_approx + amount_approx)

    @property
    def ceiling(self) -> Ceiling:
        """What bounds every integer trade of this leg."""
        if self.curve is not None:
            return Ceiling(self.curve.rate_approx, _ROUNDED_UP, 0.0, self.until_approx)
        if isinstance(self.pool, PhoenixPool):
            p = (self.out_approx + _ROUNDED_UP) / self.deep_approx
            return Ceiling(p, _ROUNDED_UP, 1.0 / self.deep_approx, self._rounded_until_approx(self.pool))
        return Ceiling(self.out_approx / self.deep_approx, 0.0, 1.0 / self.deep_approx, self.until_approx)

    def _rounded_until_approx(self, pool: PhoenixPool) -> float:
        """Units in at which Phoenix's spread is above its limit however it was rounded.

        With t = x / X and the limit L: tY - 1 - g <= L * g for a g of up to tY / (1 + t) + 1.
        """
        held = pool.reserves[pool.tokens.index(self.token_out)]
        limit = pool.max_spread_bps / BPS
        linear = limit * held + limit + _ROUNDED_UP
        square = linear * linear + 4.0 * held * (limit + _ROUNDED_UP)
        return self.deep_approx * (linear + sqrt(square)) / (2.0 * held)


def all_legs(pools: Iterable[SorobanPool]) -> list[Leg]:
    """Every direction of every pool, in an order of their addresses, without those that another leg makes useless."""
    directed: dict[tuple[str, str], list[Leg]] = {}
    for pool in sorted(pools, key=lambda pool: pool.contract):
        for token_in, token_out in permutations(pool.tokens, 2):
            leg = _leg(pool, token_in, token_out)
            if leg is not None:
                directed.setdefault((token_in, token_out), []).append(leg)
    return [leg for pair in sorted(directed) for leg in _undominated(directed[pair])]


def _leg(pool: SorobanPool, token_in: str, token_out: str) -> Leg | None:
    reserve_in, reserve_out = (pool.reserves[pool.tokens.index(token)] for token in (token_in, token_out))
    if isinstance(pool, AquariusStablePool):
        curve = StableCurve.of(pool, token_in, token_out)
        if curve is None:
            return None
        rate = curve.rate_approx
        return Leg(pool, token_in, token_out, log(rate), float(reserve_out), inf, reserve_out / rate, curve)
    out_approx, deep_approx, until_approx = float(reserve_out), float(reserve_in), inf
    if isinstance(pool, PhoenixPool):
        out_approx *= (BPS - pool.fee_bps) / BPS
        until_approx = reserve_in * pool.max_spread_bps / BPS
    else:
        deep_approx *= BPS / (BPS - (pool.fee_bps if isinstance(pool, AquariusPool) else FEE_BPS))
    return Leg(pool, token_in, token_out, log(out_approx / deep_approx), out_approx, deep_approx, until_approx)


def _undominated(parallel: list[Leg]) -> list[Leg]:
    """Legs of one direction, less those that pay a worse rate and have less to give than one that has no limit.

    A cycle never needs a leg left out here because its better is taken: the same pool both ways gains nothing.
    """
    if len(parallel) <= MOST_PARALLEL:
        return parallel
    kept: list[Leg] = []
    most_approx = 0.0
    for leg in sorted(parallel, key=lambda leg: (-leg.log_rate_approx, -leg.out_approx)):
        if leg.curve is not None or leg.out_approx > most_approx:
            kept.append(leg)
        if leg.curve is None and leg.until_approx == inf:
            most_approx = max(most_approx, leg.out_approx)
    return kept
