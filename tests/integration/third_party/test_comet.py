"""Comet as deployed: what a swap pays is what its simulation said, and close to the weighted formula."""

import random

import pytest
from support.contract_world import amounts
from support.third_party import STATES, Chain, Copy, Tally
from support.venue_formulas import weighted_out_approx

from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue

ONE = 10**7
"""Comet's weights, fees and ratios have seven decimals."""
ANY_PRICE = v.i128(2**120)
REFUSALS = {
    17: "more in than a third of the reserve",
    18: "spot price check",
    21: "more out than a third of the reserve",
}


class Comet:
    """Two tokens and a factory."""

    def __init__(self, chain: Chain) -> None:
        self.alice = chain.alice
        self.tokens = chain.tokens(2)
        self.factory = chain.create("comet_factory")
        chain.do(self.factory, "init", chain.code("comet"))

    def pool(self, reserves: tuple[int, int], weights: tuple[int, int], fee: int) -> tuple[HostValue, ...]:
        """Arguments of new_c_pool."""
        salt = v.bytes_(bytes(32))
        return salt, self.alice, v.vec(self.tokens), amounts(*weights), amounts(*reserves), v.i128(fee)

    def order(self, amount: int) -> tuple[HostValue, ...]:
        """Arguments of swap_exact_amount_in."""
        return self.tokens[0], v.i128(amount), self.tokens[1], v.i128(0), ANY_PRICE, self.alice


@pytest.fixture(scope="module")
def comet(chain: Chain) -> Comet:
    return Comet(chain)


def try_swap(tally: Tally, market: Comet, copy: Copy, pool: HostValue, amount: int) -> int | None:
    """Simulate and swap; both agree. The amount out."""
    with copy.copy() as trial:
        quoted = trial.tried(pool, "swap_exact_amount_in", *market.order(amount))
    before = copy.balance(market.tokens[1])
    swapped = copy.tried(pool, "swap_exact_amount_in", *market.order(amount))
    tally.same(swapped, quoted, "simulated as executed")
    if swapped is None:
        code = copy.refusal.code
        assert code in REFUSALS, copy.refusal
        tally[f"refused, {code}: {REFUSALS[code]}"] += 1
        return None
    out = int(swapped[1][0][1])
    tally.same(copy.balance(market.tokens[1]) - before, out, "paid as told")
    return out


def test_swaps_pay_what_their_simulation_said(chain: Chain, comet: Comet) -> None:
    tally, rng = Tally("Comet"), random.Random(5)
    for _ in range(STATES):
        # given a pool of any shape, weights and fee
        reserves = (rng.randrange(10**7, 10 ** rng.randrange(8, 16)), rng.randrange(10**7, 10 ** rng.randrange(8, 16)))
        first = rng.randrange(10, 91) * ONE // 100
        weights, fee = (first, ONE - first), rng.choice([10, 3 * ONE // 1000, ONE // 100])
        amount = rng.randrange(1, reserves[0] // 2)
        with chain.copy() as copy:
            pool = copy.call(comet.factory, "new_c_pool", *comet.pool(reserves, weights, fee))
            # when it is traded
            out = try_swap(tally, comet, copy, pool, amount)
            tally["states"] += 1
            if out is None:
                continue
            # then the amount is the weighted formula's, up to the contract's own fixed-point error
            ideal = weighted_out_approx(amount, *reserves, weights, fee / ONE)
            assert abs(out - ideal) <= 2 + ideal * 1e-6, (out, ideal, reserves, weights, fee, amount)
            tally["within 1e-6 of the weighted formula"] += 1
    tally.show()
    assert tally["paid as told"] > STATES // 4


def test_a_swap_is_one_transaction_and_pays_its_simulation(chain: Chain, comet: Comet) -> None:
    pool = chain.do(comet.factory, "new_c_pool", *comet.pool((10**12, 2 * 10**12), (8 * 10**6, 2 * 10**6), 30_000))
    quoted = chain.see(pool, "swap_exact_amount_in", *comet.order(123_456_789))
    assert chain.do(pool, "swap_exact_amount_in", *comet.order(123_456_789)) == quoted
