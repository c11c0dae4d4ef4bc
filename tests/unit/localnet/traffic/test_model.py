"""Reference prices are reproducible and stay sane; prices written as fractions keep six digits."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb.localnet.traffic.model import ReferencePrices, fraction, generator
from arb.localnet.traffic.universe import ANCHORS, CODES, asset
from arb.markets.asset import NATIVE
from arb.markets.exchange import INT32_MAX
from arb.markets.universe import default_universe


@given(st.floats(1e-8, 1e8))
def test_a_fraction_is_the_price_to_six_digits_and_fits_the_network(price: float) -> None:
    n, d = fraction(price)
    assert 0 < n <= INT32_MAX
    assert 0 < d <= INT32_MAX
    assert abs(Fraction(n, d) / Fraction(price) - 1) <= Fraction(1, 100_000)


@pytest.mark.parametrize("price", [0.0, -1.0, 1e9, 1e-9, float("nan"), float("inf")])
def test_a_price_the_network_cannot_hold_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        fraction(price)


def test_a_price_with_a_last_bit_more_is_the_same_fraction() -> None:
    assert fraction(0.11) == fraction(0.11 * (1 + 2e-16)) == (100_000, 909_091)


def _walk(seed: int, ledgers: int) -> ReferencePrices:
    reference = ReferencePrices(seed)
    for _ in range(ledgers):
        reference.step()
    return reference


def test_the_same_seed_walks_the_same_way_and_another_does_not() -> None:
    first, again, other = _walk(7, 50), _walk(7, 50), _walk(8, 50)
    assert [first.usd(code) for code in ANCHORS] == [again.usd(code) for code in ANCHORS]
    assert first.usd("AQUA") != other.usd("AQUA")


def test_hours_later_prices_are_still_near_their_anchors() -> None:
    reference = _walk(3, 10_000)
    for code, anchor in ANCHORS.items():
        assert 0.6 < reference.usd(code) / anchor.usd < 1.6


def test_before_the_first_step_prices_are_the_anchors() -> None:
    reference = ReferencePrices(1)
    assert reference.price("BTCLN", "USDC") == 60_000
    assert reference.stroops("XLM", 2.5) == 25_000_000
    assert reference.stroops("BTCLN", 1.0) == 18  # 0.11 dollars of an asset worth 60,000: stroops are coarse there


def test_one_purpose_never_shifts_what_another_draws() -> None:
    makers = generator(7, 100, "makers").random()
    generator(7, 100, "takers").random()
    assert generator(7, 100, "makers").random() == makers
    assert generator(7, 101, "makers").random() != makers


def test_the_assets_are_those_the_platform_trades_on_a_local_network() -> None:
    assert {asset(code) for code in CODES} | {NATIVE} == set(default_universe("LOCAL"))
