"""Pool deposits and withdrawals on a real ledger, result by result."""

import pytest
from stellar_sdk import LiquidityPoolWithdraw
from unit.localnet.operations.world import PriceOf, World, address, credit

from arb.localnet.ledger.entries import AUTHORIZED_TO_MAINTAIN_LIABILITIES
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE

USD, EUR = credit("USD"), credit("EUR")


@pytest.fixture
def pooled(world: World) -> World:
    """ "max" owns all shares of an EUR/USD pool; "ann" and "bob" may hold shares and have a million of each asset."""
    for name in ("max", "ann", "bob"):
        world.trader(name, EUR, USD)
    pool_id = world.put_pool("max", EUR, USD, 0, 0, 0)
    for name in ("ann", "bob"):
        world.trust_shares(name, pool_id)
    return world


def pool_of(world: World) -> str:
    (pool,) = world.state.pools()
    return pool.pool_id


def test_the_first_deposit_gives_the_square_root_rounded_down(pooled: World) -> None:
    assert pooled.deposit("ann", pool_of(pooled), 1_000, 2_000).code == "SUCCESS"

    assert pooled.pool(EUR, USD) == (1_000, 2_000, 1_414)
    assert pooled.balance("ann", EUR) == 999_000
    assert pooled.balance("ann", USD) == 998_000
    pooled.check_laws()


def test_later_deposits_round_shares_down_and_amounts_up(pooled: World) -> None:
    # Rule 7: 1414 * 10 // 1000 = 14 shares, which cost ceil(14 * 1000 / 1414) = 10 and ceil(14 * 2000 / 1414) = 20.
    pooled.deposit("max", pool_of(pooled), 1_000, 2_000)

    assert pooled.deposit("ann", pool_of(pooled), 10, 500).code == "SUCCESS"
    assert pooled.pool(EUR, USD) == (1_010, 2_020, 1_428)
    pooled.check_laws()


def test_a_share_quote_beyond_64_bits_is_ignored(pooled: World) -> None:
    # Rule 7: INT64_MAX of USD would buy more shares than fit; the EUR side decides.
    pooled.deposit("max", pool_of(pooled), 1_000_000, 1)

    assert pooled.pool(EUR, USD) == (1_000_000, 1, 1_000)
    assert pooled.deposit("ann", pool_of(pooled), 2_000, INT64_MAX).code == "SUCCESS"
    assert pooled.pool(EUR, USD) == (1_002_000, 2, 1_002)


def test_a_deposit_of_nothing_on_either_side_is_a_bad_price(pooled: World) -> None:
    # Rule 7
    pooled.deposit("max", pool_of(pooled), 1_000_000, 1)

    assert pooled.deposit("ann", pool_of(pooled), 1, 1).code == "BAD_PRICE"


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        ((1, 2), (1, 2), "SUCCESS"),
        ((1, 3), (2, 3), "SUCCESS"),
        ((51, 100), (1, 1), "BAD_PRICE"),
        ((1, 3), (49, 100), "BAD_PRICE"),
    ],
)
def test_the_price_paid_stays_within_bounds(pooled: World, low: PriceOf, high: PriceOf, code: str) -> None:
    assert pooled.deposit("max", pool_of(pooled), 1_000, 2_000, low, high).code == code
    if code == "SUCCESS":
        assert pooled.deposit("ann", pool_of(pooled), 500, 1_000, low, high).code == code


def test_what_a_depositor_lacks(pooled: World) -> None:
    pool_id = pool_of(pooled)
    pooled.trader("cyd", EUR, USD)
    pooled.trader("lax", EUR, USD)
    pooled.trust_shares("lax", pool_id)
    pooled.trust("lax", USD, 10, flags=AUTHORIZED_TO_MAINTAIN_LIABILITIES)
    pooled.trader("ful", EUR, USD)
    pooled.trust_shares("ful", pool_id, limit=99)

    assert pooled.deposit("cyd", pool_id, 10, 10).code == "NO_TRUST"
    assert pooled.deposit("lax", pool_id, 10, 10).code == "NOT_AUTHORIZED"
    assert pooled.deposit("ann", pool_id, 1_000_001, 10).code == "UNDERFUNDED"
    assert pooled.deposit("ann", pool_id, 10, 1_000_001).code == "UNDERFUNDED"
    assert pooled.deposit("ful", pool_id, 100, 100).code == "LINE_FULL"
    assert pooled.deposit("max", pool_id, 100, 100).code == "SUCCESS"
    assert pooled.deposit("ful", pool_id, 100, 100).code == "LINE_FULL"
    assert pooled.deposit("ful", pool_id, 99, 99).code == "SUCCESS"
    pooled.check_laws()


def test_what_is_reserved_for_offers_cannot_be_deposited(pooled: World) -> None:
    pooled.put_offer("ann", EUR, NATIVE, 999_995, (1, 1))

    assert pooled.deposit("ann", pool_of(pooled), 6, 6).code == "UNDERFUNDED"
    assert pooled.deposit("ann", pool_of(pooled), 5, 5).code == "SUCCESS"
    pooled.check_laws()


def test_native_deposits_keep_the_reserve(world: World) -> None:
    world.account("ann", 6 * 5_000_000 + 100)
    world.trust("ann", USD, 1_000)
    pool_id = world.put_pool("ann", NATIVE, USD, 0, 0, 0)

    assert world.deposit("ann", pool_id, 5_000_101, 100).code == "UNDERFUNDED"
    assert world.deposit("ann", pool_id, 5_000_100, 100).code == "SUCCESS"
    world.check_laws()


def test_a_pool_holds_no_more_than_64_bits(world: World) -> None:
    world.trader("max", EUR, USD, balance=0)
    pool_id = world.put_pool("max", EUR, USD, INT64_MAX - 10, INT64_MAX - 10, INT64_MAX - 10)
    world.trust_shares("issuer", pool_id)

    assert world.deposit("issuer", pool_id, 11, 11).code == "POOL_FULL"
    assert world.deposit("issuer", pool_id, 10, 10).code == "SUCCESS"


@pytest.mark.parametrize(
    ("max_a", "max_b", "low", "high"),
    [
        (0, 1, (1, 1), (1, 1)),
        (1, 0, (1, 1), (1, 1)),
        (1, 1, (0, 1), (1, 1)),
        (1, 1, (1, 1), (1, -1)),
        (1, 1, (2, 1), (1, 1)),
    ],
)
def test_malformed_deposits(world: World, max_a: int, max_b: int, low: PriceOf, high: PriceOf) -> None:
    assert world.deposit("ann", "00" * 32, max_a, max_b, low, high).code == "MALFORMED"


def test_a_withdrawal_rounds_down_and_the_last_one_takes_all(pooled: World) -> None:
    pooled.deposit("ann", pool_of(pooled), 1_000, 2_000)

    assert pooled.withdraw("ann", pool_of(pooled), 100, min_a=70, min_b=141).code == "SUCCESS"
    assert pooled.pool(EUR, USD) == (930, 1_859, 1_314)
    assert pooled.withdraw("ann", pool_of(pooled), 1_314).code == "SUCCESS"
    assert pooled.pool(EUR, USD) == (0, 0, 0)
    assert pooled.balance("ann", EUR) == pooled.balance("ann", USD) == 1_000_000
    pooled.check_laws()


def test_what_stops_a_withdrawal(pooled: World) -> None:
    pool_id = pool_of(pooled)
    pooled.deposit("ann", pool_id, 1_000, 2_000)
    pooled.trader("cyd")

    assert pooled.withdraw("cyd", pool_id, 1).code == "NO_TRUST"
    assert pooled.withdraw("ann", pool_id, 1_415).code == "UNDERFUNDED"
    assert pooled.withdraw("ann", pool_id, 100, min_a=71).code == "UNDER_MINIMUM"
    assert pooled.withdraw("ann", pool_id, 100, min_b=142).code == "UNDER_MINIMUM"
    pooled.trust("ann", EUR, 10, limit=79)
    assert pooled.withdraw("ann", pool_id, 100, min_b=142).code == "LINE_FULL"  # the first asset is tried first
    pooled.trust("ann", EUR, 10, limit=80)
    assert pooled.withdraw("ann", pool_id, 100).code == "SUCCESS"
    assert pooled.balance("ann", EUR) == 80


@pytest.mark.parametrize(("shares", "min_a", "min_b"), [(0, 0, 0), (-1, 0, 0), (1, -1, 0), (1, 0, -1)])
def test_malformed_withdrawals(world: World, shares: int, min_a: int, min_b: int) -> None:
    body = LiquidityPoolWithdraw("00" * 32, "1", "1", "1").to_xdr_object().body
    op = body.liquidity_pool_withdraw_op
    assert op is not None
    op.amount.int64, op.min_amount_a.int64, op.min_amount_b.int64 = shares, min_a, min_b

    assert world.apply_body("ann", body).code == "MALFORMED"


def test_issuers_deposit_their_own_asset(world: World) -> None:
    world.trader("max", USD)
    pool_id = world.put_pool("max", NATIVE, USD, 1_000, 1_000, 1_000)
    world.trust_shares("issuer", pool_id)

    assert world.deposit("issuer", pool_id, 100, 100).code == "SUCCESS"
    assert world.withdraw("issuer", pool_id, 100).code == "SUCCESS"
    line = world.state.trustline(address("issuer"), USD)
    assert line is None
