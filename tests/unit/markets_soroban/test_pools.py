"""Pools as values: one protocol over every kind, and states that no pool could be in."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest

from arb.markets.errors import ContractAddressError, PoolError
from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, PoolKind, SorobanPool, SoroswapPool
from arb.markets.soroban.swap import I128_MAX, Refusal, Swap

X, Y = 10**12, 2 * 10**12
Build = Callable[[str, tuple[str, ...], tuple[int, ...]], SorobanPool]

BUILDS: dict[PoolKind, Build] = {
    PoolKind.SOROSWAP: SoroswapPool,
    PoolKind.AQUARIUS: lambda pool, tokens, held: AquariusPool(pool, tokens, held, fee_bps=30),
    PoolKind.AQUARIUS_STABLE: lambda pool, tokens, held: AquariusStablePool(
        pool, tokens, held, fee_bps=10, amp=750, decimals=(7,) * len(tokens)
    ),
    PoolKind.PHOENIX: lambda pool, tokens, held: PhoenixPool(pool, tokens, held, fee_bps=30, max_spread_bps=500),
}
every_kind = pytest.mark.parametrize("kind", PoolKind, ids=lambda kind: str(kind.value))


@pytest.mark.parametrize(
    ("kind", "paid"),
    [(PoolKind.SOROSWAP, 246_142_539), (PoolKind.AQUARIUS, 246_142_539), (PoolKind.PHOENIX, 246_142_450)],
)
def test_the_published_vectors(kind: PoolKind, paid: int, tokens: list[str], pool_id: str) -> None:
    pool = BUILDS[kind](pool_id, (tokens[0], tokens[1]), (X, Y))
    mirrored = BUILDS[kind](pool_id, (tokens[1], tokens[0]), (Y, X))
    assert pool.kind is kind
    assert pool.quote_in(tokens[0], tokens[1], 123_456_789) == paid
    assert mirrored.quote_in(tokens[0], tokens[1], 123_456_789) == paid


@every_kind
def test_a_pool_after_a_swap_holds_what_the_swap_left(kind: PoolKind, tokens: list[str], pool_id: str) -> None:
    pool = BUILDS[kind](pool_id, (tokens[0], tokens[1]), (X, X))
    answer = pool.swap(tokens[1], tokens[0], 10**9)
    assert isinstance(answer, Swap)
    after = pool.after(tokens[1], tokens[0], 10**9)
    assert after is not None
    assert after.reserves == (answer.reserve_out, answer.reserve_in)
    assert (after.contract, after.tokens, after.kind) == (pool.contract, pool.tokens, pool.kind)
    assert pool.reserves == (X, X)


@every_kind
def test_a_refused_swap_is_none_and_moves_nothing(kind: PoolKind, tokens: list[str], pool_id: str) -> None:
    pool = BUILDS[kind](pool_id, (tokens[0], tokens[1]), (X, X))
    assert pool.swap(tokens[0], tokens[1], 0) is Refusal.BAD_AMOUNT
    assert pool.quote_in(tokens[0], tokens[1], 0) is None
    assert pool.after(tokens[0], tokens[1], 0) is None


@every_kind
def test_least_in_buys_what_is_asked(kind: PoolKind, tokens: list[str], pool_id: str) -> None:
    pool = BUILDS[kind](pool_id, (tokens[0], tokens[1]), (X, Y))
    least = pool.least_in(tokens[0], tokens[1], 10**9)
    assert least is not None
    assert (
        (pool.quote_in(tokens[0], tokens[1], least) or 0)
        >= 10**9
        > (pool.quote_in(tokens[0], tokens[1], least - 1) or 0)
    )
    assert pool.least_in(tokens[0], tokens[1], 2 * Y) is None


def test_a_stable_pool_of_three_trades_every_pair(tokens: list[str], pool_id: str) -> None:
    pool = AquariusStablePool(
        pool_id, tuple(tokens[:3]), (10**13, 10**12, 10**13), fee_bps=10, amp=1_500, decimals=(7, 6, 7)
    )
    after = pool.after(tokens[1], tokens[2], 10**9)
    assert after is not None
    assert after.reserves[0] == 10**13
    assert after.reserves[1] == 10**12 + 10**9
    assert 10**10 * 99 // 100 < 10**13 - after.reserves[2] < 10**10


def test_the_protocols_share_leaves_the_reserves(tokens: list[str], pool_id: str) -> None:
    pair = (tokens[0], tokens[1])
    whole = AquariusPool(pool_id, pair, (X, Y), 30).after(*pair, 10**9)
    shared = AquariusPool(pool_id, pair, (X, Y), 30, protocol_share_bps=5_000).after(*pair, 10**9)
    assert whole is not None
    assert shared is not None
    assert whole.reserves[0] - shared.reserves[0] == 1_500_000
    assert whole.reserves[1] == shared.reserves[1]


@every_kind
@pytest.mark.parametrize("held", [(0, 10), (10, 0), (-1, 10), (10, I128_MAX + 1), (10,), (10, 10, 10)])
def test_reserves_that_no_pool_holds(kind: PoolKind, held: tuple[int, ...], tokens: list[str], pool_id: str) -> None:
    with pytest.raises(PoolError, match=pool_id):
        BUILDS[kind](pool_id, (tokens[0], tokens[1]), held)


@every_kind
def test_tokens_that_no_pool_holds(kind: PoolKind, tokens: list[str], pool_id: str) -> None:
    with pytest.raises(PoolError, match="twice"):
        BUILDS[kind](pool_id, (tokens[0], tokens[0]), (10, 10))
    with pytest.raises(PoolError, match="tokens"):
        BUILDS[kind](pool_id, (tokens[0],), (10,))
    with pytest.raises(PoolError, match="tokens"):
        BUILDS[kind](pool_id, tuple(tokens[:4]), (10, 10, 10, 10))
    with pytest.raises(ContractAddressError):
        BUILDS[kind](pool_id, (tokens[0], "native"), (10, 10))
    with pytest.raises(ContractAddressError):
        BUILDS[kind]("pool", (tokens[0], tokens[1]), (10, 10))


@every_kind
def test_tokens_that_are_not_the_pools(kind: PoolKind, tokens: list[str], pool_id: str) -> None:
    pool = BUILDS[kind](pool_id, (tokens[0], tokens[1]), (X, Y))
    with pytest.raises(PoolError, match="does not trade"):
        pool.quote_in(tokens[0], tokens[2], 5)
    with pytest.raises(PoolError, match="for itself"):
        pool.quote_in(tokens[0], tokens[0], 5)


def test_parameters_that_no_contract_accepts(tokens: list[str], pool_id: str) -> None:
    pair = (tokens[0], tokens[1])
    for fee in (-1, 10_000):
        with pytest.raises(PoolError, match="fee"):
            AquariusPool(pool_id, pair, (X, Y), fee_bps=fee)
        with pytest.raises(PoolError, match="fee"):
            PhoenixPool(pool_id, pair, (X, Y), fee_bps=fee, max_spread_bps=100)
        with pytest.raises(PoolError, match="fee"):
            AquariusStablePool(pool_id, pair, (X, Y), fee_bps=fee, amp=10, decimals=(7, 7))
    with pytest.raises(PoolError, match="protocol share"):
        AquariusPool(pool_id, pair, (X, Y), 30, protocol_share_bps=10_000)
    with pytest.raises(PoolError, match="spread limit"):
        PhoenixPool(pool_id, pair, (X, Y), fee_bps=30, max_spread_bps=10_001)
    for amp in (0, 1_000_001):
        with pytest.raises(PoolError, match="amplification"):
            AquariusStablePool(pool_id, pair, (X, Y), fee_bps=10, amp=amp, decimals=(7, 7))
    for decimals in ((7,), (7, 39), (-1, 7)):
        with pytest.raises(PoolError, match="decimals"):
            AquariusStablePool(pool_id, pair, (X, Y), fee_bps=10, amp=10, decimals=decimals)


def test_pools_are_values(tokens: list[str], pool_id: str) -> None:
    pool = SoroswapPool(pool_id, (tokens[0], tokens[1]), (X, Y))
    assert pool == SoroswapPool(pool_id, (tokens[0], tokens[1]), (X, Y))
    with pytest.raises(FrozenInstanceError):
        pool.reserves = (1, 1)  # type: ignore[misc]
