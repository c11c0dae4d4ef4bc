"""The numbers of Soroban venues, written down a second time: what a test compares contracts and our own quotes with.

Every function gives None where the contract has no answer. Amounts are ints in a token's smallest unit.
"""

_I128 = 1 << 127
_U128 = 1 << 128


def ceil_div(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


# --- Soroswap: i128 throughout, traps on overflow -------------------------------------------------------------


def soroswap_out(amount: int, x: int, y: int) -> int | None:
    kept = amount - ceil_div(3 * amount, 1000)
    fits = 3 * amount < _I128 and kept * y < _I128 and x + kept < _I128
    return kept * y // (x + kept) if amount > 0 and fits else None


def soroswap_in(wanted: int, x: int, y: int) -> int | None:
    """Also where the pair would refuse: more than the reserve gives a negative number, as the contract's does."""
    numerator, denominator = x * wanted * 1000, (y - wanted) * 997
    if wanted <= 0 or denominator == 0 or numerator >= _I128 or abs(denominator) >= _I128:
        return None
    quotient = abs(numerator) // abs(denominator) * (1 if denominator > 0 else -1)
    return quotient + (numerator % abs(denominator) != 0) + 1


def soroswap_accepts(paid: int, taken: int, x: int, y: int) -> bool:
    """Whether a pair keeps its product; what it checks is in i128."""
    if not 0 < taken < y:
        return False
    fee = ceil_div(3 * paid, 1000)
    return (x + paid - fee) * (y - taken) >= x * y


# --- Aquarius -------------------------------------------------------------------------------------------------


def aquarius_out(amount: int, x: int, y: int, fee: int) -> int | None:
    """Constant product; `fee` in basis points."""
    if amount * (10_000 - fee) >= _U128:
        return None
    kept = amount * (10_000 - fee) // 10_000
    return kept * y // (x + kept)


def aquarius_in(wanted: int, x: int, y: int, fee: int) -> int | None:
    if wanted >= y:
        return None
    return ceil_div(ceil_div(x * wanted, y - wanted) * 10_000, 10_000 - fee)


class StablePool:
    """Curve's invariant as Aquarius computes it: reserves in tokens' own units, `multipliers` to common precision."""

    def __init__(self, reserves: list[int], multipliers: list[int], amp: int, fee: int) -> None:
        self.reserves, self.multipliers, self.fee = reserves, multipliers, fee
        self._n = len(reserves)
        self._ann = amp * self._n
        self._scaled = [reserve * multiplier for reserve, multiplier in zip(reserves, multipliers, strict=True)]

    def _invariant(self) -> int:
        total, n, ann = sum(self._scaled), self._n, self._ann
        d = total
        for _ in range(255):
            product = d
            for balance in self._scaled:
                product = product * d // (balance * n)
            before, d = d, (ann * total + product * n) * d // ((ann - 1) * d + (n + 1) * product)
            if abs(d - before) <= 1:
                return d
        raise ArithmeticError("the invariant does not converge")

    def _balance_of(self, out: int, known: dict[int, int]) -> int:
        d, n, ann = self._invariant(), self._n, self._ann
        c, total = d, 0
        for index in range(n):
            if index != out:
                balance = known.get(index, self._scaled[index])
                total += balance
                c = c * d // (balance * n)
        c = c * d // (ann * n)
        b, y = total + d // ann, d
        for _ in range(255):
            before, y = y, (y * y + c) // (2 * y + b - d)
            if abs(y - before) <= 1:
                return y
        raise ArithmeticError("the balance does not converge")

    def out(self, sold: int, bought: int, amount: int) -> int | None:
        fee = ceil_div(amount * self.fee, 10_000)
        y = self._balance_of(bought, {sold: self._scaled[sold] + (amount - fee) * self.multipliers[sold]})
        if y + 1 > self._scaled[bought]:
            return None
        return (self._scaled[bought] - y - 1) // self.multipliers[bought]


# --- Phoenix --------------------------------------------------------------------------------------------------


def phoenix_out(amount: int, x: int, y: int, fee: int) -> tuple[int, int, int] | None:
    """(paid out, commission, spread); None where the spread would be below zero, which the pool cannot express."""
    gross = y - x * y // (x + amount)
    spread = amount * y // x - gross
    commission = gross * fee // 10_000
    return (gross - commission, commission, spread) if spread >= 0 else None


def phoenix_spread_fits(quote: tuple[int, int, int], limit: int) -> bool:
    """Whether the pool swaps what it quotes; `limit` in basis points. It compares in eighteen decimals, in an i128."""
    paid, commission, spread = quote
    ratio = spread * 10**18
    return ratio < _I128 and ratio // max(paid + commission, 1) <= limit * 10**14


# --- Comet ----------------------------------------------------------------------------------------------------


def weighted_out_approx(amount: int, x: int, y: int, weights: tuple[int, int], fee: float) -> float:
    """Balancer's weighted formula in floats: what Comet approximates in fixed point."""
    kept = amount * (1 - fee)
    return float(y * (1 - (x / (x + kept)) ** (weights[0] / weights[1])))
