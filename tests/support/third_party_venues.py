"""Other people's exchanges with pools of any shape: how each is quoted, traded, filled and emptied."""

import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from itertools import combinations
from typing import Any, ClassVar, Self

from support.third_party_network import Call, ThirdPartyNetwork

from arb.contracts.contract_errors import CallFailedError
from arb.contracts.routes.call import Venue
from arb.contracts.venues import aquarius, phoenix, soroswap
from arb.contracts.venues.pool_entries import PoolAt
from arb.markets.soroban.pools import SorobanPool

DECIMALS = (7, 6, 9, 7)
"""Of the tokens that every exchange trades, a pool for each two of them."""
_LATER = 2**40
_PHOENIX_TERMS = ((0, 10_000), (30, 5_000), (100, 1_000), (30, 100), (10, 500), (30, 37))
"""Fee and spread limit of the pools, in basis points."""
_AQUARIUS_FEES = (10, 30, 100)
_PROTOCOL_SHARE = 5_000
_STABLE_FEE = 6


class Exchange(ABC):
    """Its contracts are in `network.codes`; `sides` are the tokens of every pool."""

    venue: ClassVar[Venue]

    def __init__(self, network: ThirdPartyNetwork, tokens: list[str]) -> None:
        self.network, self.tokens, self.alice = network, tokens, network.alice.address
        self.decimals = dict(zip(tokens, DECIMALS, strict=True))
        self.sides: dict[str, tuple[str, ...]] = {}

    @classmethod
    async def on(cls, network: ThirdPartyNetwork) -> Self:
        exchange = cls(network, await network.assets(DECIMALS))
        await exchange.deploy()
        return exchange

    @property
    def at(self) -> list[PoolAt]:
        return [PoolAt(self.venue, pool) for pool in self.sides]

    async def quote(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> int | None:
        """By our typed caller; None where the contract has no answer."""
        try:
            return await self.asked(pool, sold, bought, amount)
        except CallFailedError:
            return None

    @abstractmethod
    async def deploy(self) -> None:
        """Its contracts, and pools with nothing in them."""

    def first(self, rng: random.Random, pool: str) -> list[int]:
        """Something to fill an empty pool with."""
        return [rng.randrange(2_000, 10 ** rng.randrange(5, 17)) for _ in self.sides[pool]]

    @abstractmethod
    async def asked(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> int: ...

    @abstractmethod
    async def held(self, pool: SorobanPool) -> tuple[int, ...]:
        """The reserves by the contract's own words."""

    @abstractmethod
    def selling(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> Call: ...

    def paid(self, result: Any) -> int:
        """What came of `selling`."""
        return int(result)

    @abstractmethod
    def adding(self, pool: str, amounts: Sequence[int]) -> Call: ...

    @abstractmethod
    async def shares(self, pool: str) -> int:
        """Of alice."""

    @abstractmethod
    def taking(self, pool: str, shares: int) -> Call: ...


class Soroswap(Exchange):
    venue = Venue.SOROSWAP

    async def deploy(self) -> None:
        network = self.network
        factory = await network.create("soroswap_factory")
        await network.do(factory, "initialize", self.alice, await network.upload("soroswap_pair"))
        router = await network.create("soroswap_router")
        await network.do(router, "initialize", factory)
        pairs = list(combinations(self.tokens, 2))
        # One after the other: the factory numbers its pairs.
        made = [await network.do(factory, "create_pair", *pair) for pair in pairs]
        self.sides = dict(zip(made, pairs, strict=True))
        network.codes |= dict.fromkeys(made, "soroswap_pair")
        self.router = soroswap.SoroswapRouter(network.rpc, router, network.interfaces)
        known = soroswap.SoroswapFactory(network.rpc, factory, network.interfaces)
        assert set(await known.pairs()) == set(self.sides)

    async def asked(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> int:
        return (await self.router.amounts_out(amount, (sold, bought)))[1]

    async def held(self, pool: SorobanPool) -> tuple[int, ...]:
        return await soroswap.SoroswapPair(self.network.rpc, pool.contract, self.network.interfaces).reserves()

    def selling(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> Call:
        order = (amount, 0, [sold, bought], self.alice, _LATER)
        return Call(self.router.id, "swap_exact_tokens_for_tokens", order)

    def paid(self, result: Any) -> int:
        return int(result[-1])

    def adding(self, pool: str, amounts: Sequence[int]) -> Call:
        return Call(self.router.id, "add_liquidity", (*self.sides[pool], *amounts, 0, 0, self.alice, _LATER))

    async def shares(self, pool: str) -> int:
        return int(await self.network.contract(pool).read("balance", self.alice))

    def taking(self, pool: str, shares: int) -> Call:
        return Call(self.router.id, "remove_liquidity", (*self.sides[pool], shares, 0, 0, self.alice, _LATER))


class Phoenix(Exchange):
    venue = Venue.PHOENIX

    async def deploy(self) -> None:
        network = self.network
        factory = await network.create("phoenix_factory")
        names = ("phoenix_multihop", "phoenix_pool", "phoenix_pool_stable", "phoenix_stake", "phoenix_token")
        codes = [await network.upload(name) for name in names]
        await network.do(factory, "initialize", self.alice, *codes, [self.alice], 7)
        pairs, made = list(combinations(self.tokens, 2)), []
        for (token_a, token_b), (fee, limit) in zip(pairs, _PHOENIX_TERMS, strict=True):
            terms = {
                "admin": self.alice,
                "fee_recipient": self.alice,
                "default_slippage_bps": 10_000,
                "max_allowed_slippage_bps": 10_000,
                "max_allowed_spread_bps": limit,
                "max_referral_bps": 0,
                "swap_fee_bps": fee,
                "stake_init_info": {
                    "manager": self.alice, "max_complexity": 7, "min_bond": 100, "min_reward": 100,
                },
                "token_init_info": {"token_a": token_a, "token_b": token_b},
            }  # fmt: skip
            asked = (self.alice, terms, "Share", "SHR", int(phoenix.PoolType.XYK), None, 10_000, 10_000)
            made.append(await network.do(factory, "create_liquidity_pool", *asked))
        self.sides = dict(zip(made, pairs, strict=True))
        network.codes |= dict.fromkeys(self.sides, "phoenix_pool")

    async def asked(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> int:
        return (await self._typed(pool).simulate_swap(sold, amount)).amount_out

    async def held(self, pool: SorobanPool) -> tuple[int, ...]:
        tokens, reserves = await self._typed(pool).tokens_and_reserves()
        assert tokens == pool.tokens
        return reserves

    def selling(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> Call:
        return Call(pool.contract, "swap", (self.alice, sold, amount, None, None, None, None))

    def adding(self, pool: str, amounts: Sequence[int]) -> Call:
        return Call(pool, "provide_liquidity", (self.alice, amounts[0], None, amounts[1], None, None, None))

    async def shares(self, pool: str) -> int:
        share = await self.network.contract(pool).read("query_share_token_address")
        return int(await self.network.contract(share).read("balance", self.alice))

    def taking(self, pool: str, shares: int) -> Call:
        return Call(pool, "withdraw_liquidity", (self.alice, shares, 0, 0, None))

    def _typed(self, pool: SorobanPool) -> phoenix.PhoenixPool:
        return phoenix.PhoenixPool(self.network.rpc, pool.contract, self.network.interfaces)


class Aquarius(Exchange):
    """Constant-product pools, a fee for each in turn."""

    venue = Venue.AQUARIUS
    code: ClassVar[str] = "aquarius_pool"

    async def deploy(self) -> None:
        network, alice = self.network, self.alice
        router = await network.create("aquarius_router")
        storage = await network.create("aquarius_config_storage", alice, alice)
        await network.do(router, "init_admin", alice)
        await network.do(router, "init_config_storage", alice, storage)
        await network.do(router, "set_privileged_addrs", alice, alice, alice, alice, [alice], alice)
        await network.do(router, "set_pool_hash", alice, await network.upload("aquarius_pool"))
        await network.do(router, "set_stableswap_pool_hash", alice, await network.upload("aquarius_stableswap"))
        await network.do(router, "set_token_hash", alice, await network.upload("aquarius_token"))
        await network.do(router, "set_reward_token", alice, self.tokens[0])
        await network.do(router, "configure_init_pool_payment", alice, self.tokens[0], 0, 0, 0, alice)
        feed = await network.create("aquarius_locker_feed", alice, alice, alice)
        await network.do(router, "set_reward_boost_config", alice, self.tokens[0], feed)
        await network.do(router, "set_protocol_fee_fraction", alice, _PROTOCOL_SHARE)
        plane = await network.create("aquarius_plane")
        await network.do(plane, "init_admin", alice)
        await network.do(router, "set_pools_plane", alice, plane)
        self.sides = {pool: tokens async for pool, tokens in self.made(router)}
        network.codes |= dict.fromkeys(self.sides, self.code)
        known = aquarius.AquariusRouter(network.rpc, router, network.interfaces)
        assert set(await known.all_pools()) == set(self.sides)

    async def made(self, router: str) -> AsyncIterator[tuple[str, tuple[str, ...]]]:
        for number, pair in enumerate(combinations(self.tokens, 2)):
            fee = _AQUARIUS_FEES[number % len(_AQUARIUS_FEES)]
            yield (await self.network.do(router, "init_standard_pool", self.alice, list(pair), fee))[1], pair

    async def asked(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> int:
        return await self._typed(pool).estimate_swap(pool.tokens.index(sold), pool.tokens.index(bought), amount)

    async def held(self, pool: SorobanPool) -> tuple[int, ...]:
        assert await self._typed(pool).tokens() == pool.tokens
        return await self._typed(pool).reserves()

    def selling(self, pool: SorobanPool, sold: str, bought: str, amount: int) -> Call:
        places = (pool.tokens.index(sold), pool.tokens.index(bought))
        return Call(pool.contract, "swap", (self.alice, *places, amount, 0))

    def adding(self, pool: str, amounts: Sequence[int]) -> Call:
        return Call(pool, "deposit", (self.alice, list(amounts), 0))

    async def shares(self, pool: str) -> int:
        return int(await self.network.contract(pool).read("get_user_shares", self.alice))

    def taking(self, pool: str, shares: int) -> Call:
        return Call(pool, "withdraw", (self.alice, shares, [0] * len(self.sides[pool])))

    def _typed(self, pool: SorobanPool) -> aquarius.AquariusPool:
        return aquarius.AquariusPool(self.network.rpc, pool.contract, self.network.interfaces)


class AquariusStable(Aquarius):
    """Stable pools of two and of three tokens with different decimals."""

    code = "aquarius_stableswap"

    async def made(self, router: str) -> AsyncIterator[tuple[str, tuple[str, ...]]]:
        for tokens in (*combinations(self.tokens[:3], 2), *combinations(self.tokens, 3)):
            asked = (self.alice, list(tokens), _STABLE_FEE)
            yield (await self.network.do(router, "init_stableswap_pool", *asked))[1], tokens

    def first(self, rng: random.Random, pool: str) -> list[int]:
        depth = 10 ** rng.randrange(1, 10)
        return [rng.randrange(depth, depth * 30) * 10 ** self.decimals[token] for token in self.sides[pool]]


EXCHANGES: dict[str, type[Exchange]] = {
    "Soroswap": Soroswap,
    "Phoenix xyk": Phoenix,
    "Aquarius constant-product": Aquarius,
    "Aquarius stable": AquariusStable,
}
