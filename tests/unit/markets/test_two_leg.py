"""A classic venue against a Soroban pool: the best size both ways, never called atomic."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.book import Offer
from arb.markets.errors import PathError
from arb.markets.market import Market
from arb.markets.path import path_receive, path_send
from arb.markets.pool import Pool
from arb.markets.soroban.pools import AquariusPool, SorobanPool, SoroswapPool
from arb.markets.soroban.tokens import AssetTokens, contract_address
from arb.markets.two_leg import BuyOn, TwoLeg, best_two_leg

ISSUER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
USD, EUR = Asset("USD", ISSUER), Asset("EUR", ISSUER)
TOKENS = AssetTokens("Standalone Network ; February 2017", [NATIVE, USD, EUR])
CONTRACT = contract_address(hashlib.sha256(b"pool").digest())
SIDES = tuple(token for asset in (NATIVE, USD) if (token := TOKENS.token(asset)) is not None)


def classic(native: int, usd: int) -> Market:
    market = Market()
    market.upsert_pool(Pool(pool_id(NATIVE, USD), NATIVE, USD, native, usd, 1))
    return market


def soroban(native: int, usd: int) -> SorobanPool:
    return AquariusPool(CONTRACT, SIDES, (native, usd), 30)


def replayed(market: Market, found: TwoLeg) -> None:
    """Runs both legs and checks every figure."""
    native, usd = SIDES
    if found.buy_on is BuyOn.CLASSIC:
        assert path_receive(market, None, found.path, found.amount).amount_in == found.spent
        assert found.pool.quote_in(usd, native, found.amount) == found.received
    else:
        assert (found.pool.quote_in(native, usd, found.spent) or 0) >= found.amount
        assert path_send(market, None, found.path, found.amount).amount_out == found.received
    assert found.profit == found.received - found.spent
    assert not found.atomic


@pytest.mark.parametrize(
    ("held", "buy_on", "path"),
    [
        ((11 * 10**11, 10**12), BuyOn.CLASSIC, (NATIVE, USD)),
        ((10**12, 11 * 10**11), BuyOn.SOROBAN, (USD, NATIVE)),
    ],
)
def test_it_buys_where_the_asset_is_cheap(held: tuple[int, int], buy_on: BuyOn, path: tuple[Asset, ...]) -> None:
    # Given an asset that costs a tenth more in one place than in the other
    market, pool = classic(10**12, 10**12), soroban(*held)
    found = best_two_leg(market, path, pool, TOKENS, buy_on)
    assert found is not None
    replayed(market, found)
    assert found.profit > 10**8
    # Then the other way round pays nothing
    other = BuyOn.SOROBAN if buy_on is BuyOn.CLASSIC else BuyOn.CLASSIC
    assert best_two_leg(market, path[::-1], pool, TOKENS, other) is None


sides = st.integers(200, 2_000)


@given(st.tuples(sides, sides), st.tuples(sides, sides), st.sampled_from(BuyOn))
@settings(max_examples=60, deadline=None)
def test_near_the_best_of_every_amount(held: tuple[int, int], other: tuple[int, int], buy_on: BuyOn) -> None:
    # Given markets so small that every amount can be tried
    market, pool = classic(*held), soroban(*other)
    native, usd = SIDES
    gains = {0: 0}
    for amount in range(1, max(held[1], other[1])):
        if buy_on is BuyOn.CLASSIC:
            bought = path_receive(market, None, (NATIVE, USD), amount)
            received = pool.quote_in(usd, native, amount)
            if bought.ok and received is not None:
                gains[amount] = received - bought.amount_in
        else:
            spent, sold = pool.least_in(native, usd, amount), path_send(market, None, (USD, NATIVE), amount)
            if spent is not None and sold.ok:
                gains[amount] = sold.amount_out - spent
    path = (NATIVE, USD) if buy_on is BuyOn.CLASSIC else (USD, NATIVE)
    found = best_two_leg(market, path, pool, TOKENS, buy_on)
    # Then what is found is a top of its surroundings, and rounding alone makes others higher
    best = max(gains.values())
    if found is None:
        assert best <= 3
        return
    replayed(market, found)
    assert found.profit == gains[found.amount]
    assert all(found.profit >= gains.get(found.amount + off, 0) for off in (-2, -1, 1, 2))
    assert best - found.profit <= 3 + 2 * max(held[0] // held[1], other[0] // other[1])


def test_a_book_of_several_offers_is_walked() -> None:
    market = Market()
    for number in range(5):
        market.upsert_offer(Offer(number + 1, "maker", USD, NATIVE, 10**9, 100 + number, 100))
    found = best_two_leg(market, (NATIVE, USD), soroban(11 * 10**11, 10**12), TOKENS, BuyOn.CLASSIC)
    assert found is not None
    replayed(market, found)
    assert found.amount == 5 * 10**9


def test_a_longer_classic_path_ends_at_the_pools_tokens() -> None:
    market = Market()
    market.upsert_pool(Pool(pool_id(NATIVE, EUR), NATIVE, EUR, 10**12, 10**12, 1))
    market.upsert_pool(Pool(pool_id(EUR, USD), EUR, USD, 10**12, 10**12, 1))
    found = best_two_leg(market, (NATIVE, EUR, USD), soroban(11 * 10**11, 10**12), TOKENS, BuyOn.CLASSIC)
    assert found is not None
    replayed(market, found)


def test_costs_and_limits() -> None:
    market, pool = classic(10**12, 10**12), soroban(11 * 10**11, 10**12)
    free = best_two_leg(market, (NATIVE, USD), pool, TOKENS, BuyOn.CLASSIC)
    assert free is not None
    assert best_two_leg(market, (NATIVE, USD), pool, TOKENS, BuyOn.CLASSIC, cost=free.profit - 1) == free
    assert best_two_leg(market, (NATIVE, USD), pool, TOKENS, BuyOn.CLASSIC, cost=free.profit) is None
    capped = best_two_leg(market, (NATIVE, USD), pool, TOKENS, BuyOn.CLASSIC, largest=10**8)
    assert capped is not None
    replayed(market, capped)
    assert 10**8 - 10 < capped.spent <= 10**8


def test_a_pool_of_other_tokens_is_no_second_leg() -> None:
    eur = TOKENS.token(EUR)
    assert eur is not None
    other = SoroswapPool(CONTRACT, (SIDES[0], eur), (10**9, 10**9))
    for path in ((NATIVE, USD), (NATIVE, USD, NATIVE), (NATIVE, Asset("GBP", ISSUER))):
        with pytest.raises(PathError, match="second leg"):
            best_two_leg(classic(10**9, 10**9), path, other, TOKENS, BuyOn.CLASSIC)
