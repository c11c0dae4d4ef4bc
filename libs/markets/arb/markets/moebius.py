"""A row of constant-product pools as one exact rational map, the real-valued bound on every integer trade.

One pool with reserves X, Y and fee keeps y = gYx / (BX + gx), with g = B - fee in basis points and B = 10,000 (CAP-38
without the rounding). Such maps compose: l(x) = kx / (m + nx). Integers only, so that bounds built on them are proofs.
"""

from collections.abc import Iterable
from math import isqrt
from typing import Final, NamedTuple

from arb.markets.pool import BPS, Reserves


class Moebius(NamedTuple):
    """The map x -> kx / (m + nx), concave and increasing on x >= 0; k and m are positive, n is not negative."""

    k: int
    m: int
    n: int

    def then(self, pool: Reserves) -> "Moebius":
        """This map followed by a swap through `pool`."""
        keep = BPS - pool.fee_bps
        deep = BPS * pool.reserve_in
        return Moebius(keep * pool.reserve_out * self.k, deep * self.m, deep * self.n + keep * self.k)

    def floor(self, x: int) -> int:
        """The map at x, rounded down."""
        return self.k * x // (self.m + self.n * x)

    @property
    def profitable(self) -> bool:
        """Whether l(x) > x for small x, when both ends are the same asset."""
        return self.k > self.m

    def best_input(self) -> int:
        """The x that maximises l(x) - x, rounded down: (sqrt(km) - m) / n. 0 where nothing is to be gained."""
        return max(0, (isqrt(self.k * self.m) - self.m) // self.n) if self.n else 0

    def profit_bound(self) -> int:
        """floor(max over real x of l(x) - x) = floor((sqrt(k) - sqrt(m))^2 / n), exactly.

        Rounded trades never do better: out is rounded down and in is rounded up at every pool.
        """
        if not self.profitable or self.n == 0:
            return 0
        root = isqrt(4 * self.k * self.m)
        rounded_up = root + (root * root < 4 * self.k * self.m)
        return (self.k + self.m - rounded_up) // self.n


IDENTITY: Final = Moebius(1, 1, 0)


def compose(pools: Iterable[Reserves]) -> Moebius:
    """The map of a whole row of pools, in order, all with reserves above zero."""
    whole = IDENTITY
    for pool in pools:
        whole = whole.then(pool)
    return whole


class SplitBound:
    """Real-valued profit of a pool cycle by the amount y that passes between two of its hops.

    before(x) = y and after(y) = out give P(y) = after(y) - before^-1(y), a concave function: the integers at which it
    reaches a target are one window, found in closed form.
    """

    def __init__(self, before: Moebius, after: Moebius) -> None:
        self._before = before
        self._after = after
        # before^-1 has a pole at k/n: at and beyond it no input is large enough.
        self._last = (before.k - 1) // before.n if before.n else None

    def window(self, profit: int) -> tuple[int, int] | None:
        """First and last integer y > 0 with P(y) >= profit (at least 1), or None where there is no such integer.

        P(y) >= T times both denominators is the quadratic -ay^2 + by - c >= 0; its rational roots are rounded inward
        exactly. It is negative at 0 and at the pole, so the window lies wholly before the pole or nowhere.
        """
        (k1, m1, n1), (k2, m2, n2) = self._before, self._after
        a = k2 * n1 + m1 * n2 - profit * n1 * n2
        b = k1 * k2 - m1 * m2 - profit * (n2 * k1 - m2 * n1)
        c = profit * m2 * k1
        discriminant = b * b - 4 * a * c
        if a <= 0 or discriminant < 0:
            return None
        root = isqrt(discriminant)
        first, last = max(1, -((root - b) // (2 * a))), (b + root) // (2 * a)
        if first > last or (self._last is not None and last > self._last):
            return None
        return first, last
