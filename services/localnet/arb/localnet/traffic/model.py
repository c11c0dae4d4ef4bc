"""Reference prices: a seeded random walk per asset that stays near its anchor for as long as the network runs.

Floats are fine here: a reference only proposes prices. What reaches the ledger is rounded to six digits first, so that
a last bit that differs between two machines' maths libraries does not make two markets.
"""

import math
import random
from typing import Final

from arb.localnet.traffic.universe import ANCHORS
from arb.markets.amount import STROOPS_PER_UNIT

PULL: Final = 0.0008
"""Share of the (logarithmic) distance to the anchor taken back each ledger: a walk without it would run away."""
_DIGITS: Final = 6


def generator(seed: int, ledger: int, purpose: str) -> random.Random:
    """The generator of one purpose in one ledger. What one part draws never shifts what another part sees."""
    return random.Random(f"localnet/{seed}/{ledger}/{purpose}")


class ReferencePrices:
    """Dollar prices by code, moved one step a ledger."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._steps = 0
        self._log = dict.fromkeys(ANCHORS, 0.0)

    def step(self) -> None:
        """Move every price by one ledger."""
        draw = generator(self._seed, self._steps, "prices")
        self._steps += 1
        for code, anchor in ANCHORS.items():
            self._log[code] += draw.gauss(0.0, anchor.step) - PULL * self._log[code]

    def usd(self, code: str) -> float:
        """Dollars for one unit."""
        return ANCHORS[code].usd * math.exp(self._log[code])

    def price(self, base: str, quote: str) -> float:
        """Units of `quote` for one unit of `base`."""
        return self.usd(base) / self.usd(quote)

    def stroops(self, code: str, xlm: float) -> int:
        """An amount of `code` worth so many XLM, in stroops, at least 1."""
        return max(1, round(float(f"{xlm * self.price('XLM', code):.{_DIGITS}g}") * STROOPS_PER_UNIT))


def fraction(price: float) -> tuple[int, int]:
    """(n, d) within 32 bits for a positive price, exact to six significant digits.

    Raises:
        ValueError: the price is not positive, or so large or small that six digits of it do not fit 32 bits.
    """
    if not 1e-9 < price < 1e9:
        raise ValueError(f"price {price!r} cannot be written as n/d of 32 bits: expected 1e-9 to 1e9")
    if price < 1:
        n, d = fraction(1 / price)
        return d, n
    mantissa, _, exponent = f"{price:.{_DIGITS - 1}e}".partition("e")
    n, shift = int(mantissa.replace(".", "")), int(exponent) - (_DIGITS - 1)
    d = 1
    if shift >= 0:
        n *= 10**shift
    else:
        d = 10**-shift
    common = math.gcd(n, d)
    return n // common, d // common
