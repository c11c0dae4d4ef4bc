"""A stable pool's curve without rounding, in floats: it proposes sizes, stableswap.py decides."""

from dataclasses import dataclass
from math import prod, sqrt
from typing import Self

from arb.markets.soroban.pools import AquariusStablePool
from arb.markets.soroban.stableswap import invariant
from arb.markets.soroban.swap import BPS


@dataclass(frozen=True, slots=True)
class StableCurve:
    """One direction: the invariant D solved for the balance bought, y^2 + (s + x) y = c / x.

    x and y are the scaled balances of the token sold and of the one bought; s and c hold everything that stays.
    """

    x_approx: float
    y_approx: float
    s_approx: float
    c_approx: float
    scale_in: float
    """Of a unit paid in, what reaches the scaled balance after the fee."""
    scale_out: float
    rate_approx: float
    """Units out per unit in of an infinitely small trade, the fee included."""

    @classmethod
    def of(cls, pool: AquariusStablePool, token_in: str, token_out: str) -> Self | None:
        """The curve of a pool; None where the contract finds no invariant."""
        scaled = [reserve * multiplier for reserve, multiplier in zip(pool.reserves, pool.multipliers, strict=True)]
        d = invariant(scaled, pool.amp)
        if d is None:
            return None
        count = len(scaled)
        index_in, index_out = pool.tokens.index(token_in), pool.tokens.index(token_out)
        x, y = scaled[index_in], scaled[index_out]
        idle = [balance for index, balance in enumerate(scaled) if index not in (index_in, index_out)]
        ann = float(pool.amp * count)
        bent = float(d) * prod(d / (count * balance) for balance in scaled)
        scale_in = pool.multipliers[index_in] * (BPS - pool.fee_bps) / BPS
        scale_out = float(pool.multipliers[index_out])
        return cls(
            x_approx=float(x),
            y_approx=float(y),
            s_approx=sum(idle) + d / ann - d,
            c_approx=prod((d / (count * balance) for balance in idle), start=float(d) * d / count) * d / (ann * count),
            scale_in=scale_in,
            scale_out=scale_out,
            rate_approx=(ann + bent / x) / (ann + bent / y) * scale_in / scale_out,
        )

    def at_approx(self, amount_approx: float) -> float:
        """Units out for units in."""
        x = self.x_approx + amount_approx * self.scale_in
        b = self.s_approx + x
        c = self.c_approx / x
        root = sqrt(b * b + 4.0 * c)
        # Of the two forms of the root, the one that does not subtract what is nearly equal.
        y = 2.0 * c / (root + b) if b > 0.0 else (root - b) / 2.0
        return max(0.0, (self.y_approx - y) / self.scale_out)
