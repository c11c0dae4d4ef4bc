"""Classic pool swaps: stellar-core's vectors and the laws of a constant-product pool."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.errors import PoolError
from arb.markets.pool import Pool, swap_receive, swap_send

MAX = INT64_MAX
USD = Asset("USD", "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI")

reserves = st.integers(1, 5_000) | st.integers(1, 10**15) | st.integers(1, MAX)
amounts = st.integers(1, 5_000) | st.integers(1, 10**12) | st.integers(1, MAX)
fees = st.just(30) | st.integers(0, 9_999)


@pytest.mark.parametrize(
    ("reserve_in", "reserve_out", "amount_in", "fee_bps", "amount_out"),
    [
        (1000, 1000, 500, 30, 332),
        (1000, 2000, 1004, 30, 1000),
        (10**12, 2 * 10**12, 123_456_789, 30, 246_142_540),
        (10_000, 20_000, 10_031, 30, 10_000),
        (100, 100, MAX - 100, 0, 99),
        (100, 100, MAX - 99, 0, None),
        (MAX - 100, MAX - 100, 100, 0, 99),
        (MAX - 99, MAX - 100, 100, 0, None),
        (100, 100, 2, 0, 1),
        (100, 100, 1, 0, None),
        (100, 100, 100, 0, 50),
        (100, 100, 50, 0, 33),
        (100, 100, 0, 0, None),
        (0, 100, 50, 30, None),
        (100, 0, 50, 30, None),
    ],
)
def test_strict_send_vectors(
    reserve_in: int, reserve_out: int, amount_in: int, fee_bps: int, amount_out: int | None
) -> None:
    assert swap_send(reserve_in, reserve_out, amount_in, fee_bps) == amount_out


@pytest.mark.parametrize(
    ("reserve_in", "reserve_out", "amount_out", "fee_bps", "amount_in"),
    [
        (1000, 1000, 332, 30, 499),
        (1000, 2000, 1000, 30, 1004),
        (10**12, 2 * 10**12, 10**7, 30, 5_015_071),
        (10_000, 20_000, 10_000, 30, 10_031),
        (100, 100, 99, 0, 9900),
        (100, 100, 100, 0, None),
        (100, MAX // 100, MAX // 100 - 1, 0, MAX - 107),
        (100, MAX // 100, MAX // 100, 0, None),
        (MAX // 100, 101 * 10_000 + 1, 101 * 10_000, 0, None),
        (MAX // 100, 10_001, 10_000, 0, None),
        (MAX - 100, MAX // 2, 49, 0, 98),
        (MAX - 100, MAX // 2, 50, 0, None),
        (MAX - 1, MAX, 1, 0, 1),
        (MAX, MAX, 1, 0, None),
        (100, 100, 50, 0, 100),
        (100, 100, 33, 0, 50),
        (100, 100, 0, 0, 0),
        (0, 100, 50, 30, None),
        (100, 0, 0, 30, None),
    ],
)
def test_strict_receive_vectors(
    reserve_in: int, reserve_out: int, amount_out: int, fee_bps: int, amount_in: int | None
) -> None:
    assert swap_receive(reserve_in, reserve_out, amount_out, fee_bps) == amount_in


@given(reserves, reserves, amounts, amounts, fees)
def test_more_in_never_gives_less_out(x: int, y: int, less: int, more: int, fee: int) -> None:
    less, more = sorted((less, more))
    assume(swap_send(x, y, more, fee) is not None)
    assert (swap_send(x, y, less, fee) or 0) <= (swap_send(x, y, more, fee) or 0)


@given(reserves, reserves, amounts, amounts, fees)
def test_more_out_never_costs_less(x: int, y: int, less: int, more: int, fee: int) -> None:
    less, more = sorted((less, more))
    cost_more = swap_receive(x, y, more, fee)
    assume(cost_more is not None)
    cost_less = swap_receive(x, y, less, fee)
    assert cost_less is not None
    assert cost_more is not None
    assert cost_less <= cost_more


@given(reserves, reserves, amounts, fees)
def test_the_product_of_reserves_never_falls(x: int, y: int, amount: int, fee: int) -> None:
    out = swap_send(x, y, amount, fee)
    if out is not None:
        assert 0 < out < y
        assert (x + amount) * (y - out) >= x * y
    cost = swap_receive(x, y, amount, fee)
    if cost is not None:
        assert x + cost <= MAX
        assert (x + cost) * (y - amount) >= x * y


@given(reserves, reserves, amounts, fees)
def test_there_and_back_never_gains(x: int, y: int, amount: int, fee: int) -> None:
    out = swap_send(x, y, amount, fee)
    assume(out is not None)
    assert out is not None
    back = swap_send(y - out, x + amount, out, fee)
    assert back is None or back <= amount


@given(reserves, reserves, amounts, fees)
def test_sending_the_cost_of_an_amount_gives_at_least_that_amount(x: int, y: int, wanted: int, fee: int) -> None:
    cost = swap_receive(x, y, wanted, fee)
    assume(cost is not None)
    assert cost is not None
    assert (swap_send(x, y, cost, fee) or 0) >= wanted
    # and one stroop less does not
    assert (swap_send(x, y, cost - 1, fee) or 0) < wanted


@given(reserves, reserves, amounts, fees)
def test_what_a_send_gives_can_be_bought_for_no_more(x: int, y: int, sent: int, fee: int) -> None:
    out = swap_send(x, y, sent, fee)
    assume(out is not None)
    assert out is not None
    cost = swap_receive(x, y, out, fee)
    assert cost is not None
    assert cost <= sent


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"a": USD, "b": NATIVE}, "lower asset"),
        ({"b": NATIVE}, "lower asset"),
        ({"reserve_a": -1}, "expected 0"),
        ({"reserve_b": MAX + 1}, "expected 0"),
        ({"shares": -1}, "expected 0"),
        ({"fee_bps": 10_000}, "basis points"),
    ],
)
def test_a_pool_the_ledger_could_not_hold_is_refused(changes: dict[str, object], complaint: str) -> None:
    state: dict[str, object] = {
        "id": pool_id(NATIVE, USD),
        "a": NATIVE,
        "b": USD,
        "reserve_a": 1,
        "reserve_b": 1,
        "shares": 1,
    }
    Pool(**state)  # type: ignore[arg-type]
    with pytest.raises(PoolError, match=complaint):
        Pool(**(state | changes))  # type: ignore[arg-type]
