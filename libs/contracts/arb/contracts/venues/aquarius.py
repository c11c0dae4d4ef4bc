"""Aquarius (AquaToken/soroban-amm): the router that knows every pool, constant-product and stable pools."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from arb.contracts.venues.typed_contract import TypedContract
from arb.markets.soroban.tokens import contract_key

_SETS_AT_ONCE: Final = 8


class AquariusRouter(TypedContract):
    """Pools by the set of tokens they trade."""

    kind: ClassVar[str] = "an Aquarius router"
    functions: ClassVar[tuple[str, ...]] = ("estimate_swap", "get_pools", "get_tokens", "get_tokens_sets_count")

    async def token_set_count(self) -> int:
        return await self._integer("get_tokens_sets_count")

    async def tokens(self, index: int) -> tuple[str, ...]:
        """One set of tokens, in the network's order."""
        return await self._texts("get_tokens", index)

    async def pools(self, tokens: Iterable[str]) -> dict[bytes, str]:
        """The pools of a set of tokens by pool index (32 bytes)."""
        answer = await self._read("get_pools", sorted(tokens, key=contract_key))
        if not isinstance(answer, dict) or not all(isinstance(pool, str) for pool in answer.values()):
            raise self._not_that("get_pools", f"answered {answer!r:.60}, expected pools by index")
        return answer

    async def all_pools(self) -> dict[str, tuple[str, ...]]:
        """Every pool with its tokens: two calls a set of tokens, so ask seldom."""
        gate = asyncio.Semaphore(_SETS_AT_ONCE)

        async def of(index: int) -> dict[str, tuple[str, ...]]:
            async with gate:
                tokens = await self.tokens(index)
                return dict.fromkeys((await self.pools(tokens)).values(), tokens)

        found = await asyncio.gather(*(of(index) for index in range(await self.token_set_count())))
        return {pool: tokens for pools in found for pool, tokens in pools.items()}

    async def estimate_swap(self, tokens: Sequence[str], sold: str, bought: str, index: bytes, amount: int) -> int:
        """What selling `amount` to the pool with this index pays."""
        return await self._integer("estimate_swap", sorted(tokens, key=contract_key), sold, bought, index, amount)


class AquariusPool(TypedContract):
    """One pool of two or three tokens, by its own words; for many see `reserves`."""

    kind: ClassVar[str] = "an Aquarius pool"
    functions: ClassVar[tuple[str, ...]] = ("estimate_swap", "get_fee_fraction", "get_reserves", "get_tokens", "swap")

    async def tokens(self) -> tuple[str, ...]:
        return await self._texts("get_tokens")

    async def reserves(self) -> tuple[int, ...]:
        """In the order of `tokens`."""
        return await self._integers("get_reserves")

    async def fee_bps(self) -> int:
        """Basis points of what goes in."""
        return await self._integer("get_fee_fraction")

    async def pool_type(self) -> str:
        """constant_product, stable or concentrated; only the first two have a formula here."""
        return await self._text("pool_type")

    async def estimate_swap(self, sold: int, bought: int, amount: int) -> int:
        """What selling `amount` pays; tokens by their place in `tokens`."""
        return await self._integer("estimate_swap", sold, bought, amount)


class AquariusStablePool(AquariusPool):
    """A stable pool, with what its formula needs besides."""

    kind: ClassVar[str] = "an Aquarius stable pool"
    functions: ClassVar[tuple[str, ...]] = (*AquariusPool.functions, "a", "get_decimals")

    async def amplification(self) -> int:
        """As of the ledger's time."""
        return await self._integer("a")

    async def decimals(self) -> tuple[int, ...]:
        """In the order of `tokens`."""
        return await self._integers("get_decimals")
