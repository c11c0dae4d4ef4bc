"""Our own venues on a thousand random states each: every number is the formula's, every refusal one it foresees.

The same is done with the mainnet contracts in tests/integration/third_party, where their wasm is at hand.
"""

import random

from support.contract_world import LATER, ContractWorld, account, amounts, fields
from support.venue_formulas import (
    aquarius_in,
    aquarius_out,
    phoenix_out,
    phoenix_spread_fits,
    soroswap_accepts,
    soroswap_in,
    soroswap_out,
)

from arb.localnet.soroban import values as v

STATES = 1_000
ALICE, COLLECTOR = account(1), account(3)
PLENTY = 10**30
MOST = 2**100
NO_LIMITS = (v.VOID, v.VOID, v.VOID, v.VOID)


def random_pool(rng: random.Random) -> tuple[int, int]:
    return rng.randrange(2_000, 10 ** rng.randrange(5, 19)), rng.randrange(2_000, 10 ** rng.randrange(5, 19))


def random_amount(rng: random.Random, reserve: int) -> int:
    """From dust to more than there is."""
    return rng.randrange(1, max(2, (2 * reserve) >> rng.randrange(24)))


def test_pair_and_router() -> None:
    world, rng = ContractWorld(), random.Random(21)
    tokens = world.tokens(2, ALICE, PLENTY)
    factory, router = world.deploy("factory"), world.deploy("router")
    world.call(factory, "initialize", ALICE, v.bytes_(world.upload("pair")))
    world.call(router, "initialize", factory)
    world.call(factory, "create_pair", *tokens)
    path, zero = v.vec(tokens), v.i128(0)
    traded = 0
    for state in range(STATES):
        x, y = random_pool(rng)
        with world.undone():
            # given a pool of any shape
            world.call(router, "add_liquidity", *tokens, v.i128(x), v.i128(y), zero, zero, ALICE, LATER)
            if state % 2:
                # when an amount is sold, then it brings what the formula says, or nothing is sold for nothing
                amount = random_amount(rng, x)
                out = soroswap_out(amount, x, y)
                expected = None if not out else amounts(amount, out)
                sold = world.tried(router, "swap_exact_tokens_for_tokens", v.i128(amount), zero, path, ALICE, LATER)
            else:
                # when an amount is bought, then it costs what the formula says, or the pair refuses
                wanted = rng.randrange(1, y + y // 20)
                paid = soroswap_in(wanted, x, y)
                fits = paid is not None and paid > 0 and soroswap_accepts(paid, wanted, x, y)
                expected = amounts(paid, wanted) if paid is not None and fits else None
                sold = world.tried(
                    router, "swap_tokens_for_exact_tokens", v.i128(wanted), v.i128(MOST), path, ALICE, LATER
                )
            assert sold == expected, (state, x, y)
            traded += sold is not None
    assert traded > STATES // 2


def test_aquarius_pools() -> None:
    world, rng = ContractWorld(), random.Random(22)
    tokens = world.tokens(2, ALICE, PLENTY)
    pools = {fee: world.deploy("aquarius_pool", v.vec(tokens), v.u32(fee)) for fee in (10, 30, 100)}
    for state in range(STATES):
        (x, y), fee = random_pool(rng), rng.choice(list(pools))
        pool = pools[fee]
        with world.undone():
            # given a pool of any shape
            world.call(pool, "deposit", ALICE, v.vec(map(v.u128, (x, y))), v.u128(0))
            if state % 2:
                # when an amount is sold, then it brings what the formula says, and the reserves moved by it
                amount = random_amount(rng, x)
                out = aquarius_out(amount, x, y, fee)
                assert out is not None
                order = (ALICE, v.u32(0), v.u32(1), v.u128(amount), v.u128(0))
                assert world.call(pool, "swap", *order) == v.u128(out), (state, x, y, fee)
                assert world.call(pool, "get_reserves") == v.vec(map(v.u128, (x + amount, y - out)))
            else:
                # when an amount is bought, then it costs what the formula says, or there is less than that
                wanted = rng.randrange(1, y + y // 20)
                paid = aquarius_in(wanted, x, y, fee)
                order = (ALICE, v.u32(0), v.u32(1), v.u128(wanted), v.u128(MOST))
                bought = world.tried(pool, "swap_strict_receive", *order)
                assert bought == (None if paid is None else v.u128(paid)), (state, x, y, fee)


def test_phoenix_pools() -> None:
    world, rng = ContractWorld(), random.Random(23)
    tokens = world.tokens(2, ALICE, PLENTY)
    limit = 5_000
    pools = {
        fee: world.deploy("phoenix_pool", *tokens, v.i64(fee), v.i64(limit), COLLECTOR) for fee in (0, 10, 30, 100)
    }
    traded = 0
    for state in range(STATES):
        (x, y), fee = random_pool(rng), rng.choice(list(pools))
        pool, amount = pools[fee], random_amount(rng, x)
        expected = phoenix_out(amount, x, y, fee)
        with world.undone():
            # given a pool of any shape
            wanted = (v.i128(x), v.VOID, v.i128(y), v.VOID, v.VOID, LATER, v.boolean(False))
            world.call(pool, "provide_liquidity", ALICE, *wanted)
            # when an amount is offered
            quoted = world.tried(pool, "simulate_swap", tokens[0], v.i128(amount))
            sold = world.tried(pool, "swap", ALICE, tokens[0], v.i128(amount), *NO_LIMITS)
            # then quote and swap are the formula's; what has no spread is refused, and the swap of too great a one
            if expected is None:
                assert (quoted, sold) == (None, None), (state, x, y, fee, amount)
                continue
            assert quoted is not None
            told = fields(quoted)
            assert (told["ask_amount"], told["commission_amount"], told["spread_amount"]) == expected
            trades = expected[0] > 0 and phoenix_spread_fits(expected, limit)
            assert sold == (v.i128(expected[0]) if trades else None), (state, x, y, fee, amount)
            traded += trades
    assert traded > STATES // 2
